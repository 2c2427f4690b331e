//! Messages as they are on the wire (IVI-6.1, section 2.4 and table 4).

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// What a message is; any number may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(pub(super) u8);

impl Kind {
    pub(super) const INITIALIZE: Kind = Kind(0);
    pub(super) const INITIALIZE_RESPONSE: Kind = Kind(1);
    pub(super) const FATAL_ERROR: Kind = Kind(2);
    pub(super) const ERROR: Kind = Kind(3);
    pub(super) const ASYNC_LOCK: Kind = Kind(4);
    pub(super) const ASYNC_LOCK_RESPONSE: Kind = Kind(5);
    pub(super) const DATA: Kind = Kind(6);
    pub(super) const DATA_END: Kind = Kind(7);
    pub(super) const DEVICE_CLEAR_COMPLETE: Kind = Kind(8);
    pub(super) const DEVICE_CLEAR_ACKNOWLEDGE: Kind = Kind(9);
    pub(super) const ASYNC_REMOTE_LOCAL_CONTROL: Kind = Kind(10);
    pub(super) const ASYNC_REMOTE_LOCAL_RESPONSE: Kind = Kind(11);
    pub(super) const TRIGGER: Kind = Kind(12);
    pub(super) const INTERRUPTED: Kind = Kind(13);
    pub(super) const ASYNC_INTERRUPTED: Kind = Kind(14);
    pub(super) const ASYNC_MAXIMUM_MESSAGE_SIZE: Kind = Kind(15);
    pub(super) const ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE: Kind = Kind(16);
    pub(super) const ASYNC_INITIALIZE: Kind = Kind(17);
    pub(super) const ASYNC_INITIALIZE_RESPONSE: Kind = Kind(18);
    pub(super) const ASYNC_DEVICE_CLEAR: Kind = Kind(19);
    pub(super) const ASYNC_SERVICE_REQUEST: Kind = Kind(20);
    pub(super) const ASYNC_STATUS_QUERY: Kind = Kind(21);
    pub(super) const ASYNC_STATUS_RESPONSE: Kind = Kind(22);
    pub(super) const ASYNC_DEVICE_CLEAR_ACKNOWLEDGE: Kind = Kind(23);
    pub(super) const ASYNC_LOCK_INFO: Kind = Kind(24);
    pub(super) const ASYNC_LOCK_INFO_RESPONSE: Kind = Kind(25);

    /// The vendor's own.
    pub(super) fn is_vendor_specific(self) -> bool {
        self.0 >= 128
    }
}

/// How long a header is.
pub(super) const HEADER: usize = 16;

/// The beginning of a message, without the length of its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) control: u8,
    pub(super) parameter: u32,
}

impl Header {
    pub(super) fn new(kind: Kind, control: u8, parameter: u32) -> Header {
        Header { kind, control, parameter }
    }

    /// The whole message.
    pub(super) fn with(self, payload: &[u8]) -> Vec<u8> {
        self.with_length(payload, payload.len() as u64)
    }

    /// The same, with a length that may promise more than there is.
    pub(super) fn with_length(self, payload: &[u8], length: u64) -> Vec<u8> {
        let mut message = Vec::with_capacity(HEADER + payload.len());
        message.extend([b'H', b'S', self.kind.0, self.control]);
        message.extend(self.parameter.to_be_bytes());
        message.extend(length.to_be_bytes());
        message.extend_from_slice(payload);
        message
    }
}

/// What came.
pub(super) enum Incoming {
    Message(Header, Vec<u8>),
    /// A message whose payload was too long to be taken; it was skipped.
    TooLarge,
    /// Not a message.
    Malformed,
    End,
}

/// Reads a message with a payload of at most `most` bytes.
///
/// # Errors
/// Reading failed, or the stream ended in the middle of a message.
pub(super) async fn read<R: AsyncRead + Unpin>(stream: &mut R, most: u64) -> io::Result<Incoming> {
    let mut bytes = [0; HEADER];
    if stream.read(&mut bytes[..1]).await? == 0 {
        return Ok(Incoming::End);
    }
    stream.read_exact(&mut bytes[1..]).await?;
    let [h, s, kind, control, a, b, c, d, length @ ..] = bytes;
    if [h, s] != *b"HS" {
        return Ok(Incoming::Malformed);
    }
    let header = Header::new(Kind(kind), control, u32::from_be_bytes([a, b, c, d]));
    let length = u64::from_be_bytes(length);
    if length > most {
        let skipped = tokio::io::copy(&mut stream.take(length), &mut tokio::io::sink()).await?;
        let whole = skipped == length;
        return Ok(if whole { Incoming::TooLarge } else { Incoming::End });
    }
    let mut payload = Vec::new();
    // What was promised is not reserved before it comes.
    let count = stream.take(length).read_to_end(&mut payload).await?;
    let whole = count as u64 == length;
    Ok(if whole { Incoming::Message(header, payload) } else { Incoming::End })
}

/// Why a connection ends (table 14).
#[derive(Clone, Copy)]
pub(super) enum Fatal {
    Unidentified = 0,
    Header = 1,
    Channels = 2,
    Initialization = 3,
    TooManyClients = 4,
}

impl Fatal {
    pub(super) fn message(self, what: &str) -> Vec<u8> {
        Header::new(Kind::FATAL_ERROR, self as u8, 0).with(what.as_bytes())
    }
}

/// Why a message is not acted upon (table 16).
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    Type = 1,
    Control = 2,
    Vendor = 3,
    TooLarge = 4,
}

impl Refusal {
    pub(super) fn message(self, what: &str) -> Vec<u8> {
        Header::new(Kind::ERROR, self as u8, 0).with(what.as_bytes())
    }

    /// For a message that is not expected on its channel.
    pub(super) fn of(kind: Kind) -> Vec<u8> {
        if kind.is_vendor_specific() {
            Refusal::Vendor.message("unrecognized vendor defined message")
        } else {
            Refusal::Type.message("unrecognized message type")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_reads_back_as_it_was_written() {
        let header = Header::new(Kind::DATA_END, 1, 0xffff_ff00);
        let bytes = header.with(b"*IDN?\n");
        assert_eq!(bytes, b"HS\x07\x01\xff\xff\xff\0\0\0\0\0\0\0\0\x06*IDN?\n");
        let mut stream = &bytes[..];
        let Incoming::Message(read_header, payload) = read(&mut stream, 6).await.unwrap() else {
            panic!("no message");
        };
        assert_eq!((read_header, &payload[..]), (header, &b"*IDN?\n"[..]));
        assert!(matches!(read(&mut stream, 6).await, Ok(Incoming::End)));
    }

    #[tokio::test]
    async fn what_is_too_long_is_skipped_and_what_is_promised_too_much_ends() {
        let header = Header::new(Kind::DATA, 0, 0);
        let bytes = [header.with(b"1234567"), header.with(b"123456")].concat();
        let mut stream = &bytes[..];
        assert!(matches!(read(&mut stream, 6).await, Ok(Incoming::TooLarge)));
        assert!(matches!(read(&mut stream, 6).await, Ok(Incoming::Message(..))));
        let promise = header.with_length(b"123", u64::MAX);
        assert!(matches!(read(&mut &promise[..], 6).await, Ok(Incoming::End)));
        assert!(matches!(read(&mut &promise[..], u64::MAX).await, Ok(Incoming::End)));
        assert!(matches!(read(&mut &b"GET / HTTP/1.1\r\n"[..], 6).await, Ok(Incoming::Malformed)));
        assert!(read(&mut &b"HS\x07"[..], 6).await.is_err());
    }
}
