//! HiSLIP messages as bytes (IVI-6.1, 2.4 and table 4).

use crate::{LinkError, end::LONGEST_REPLY};

/// Every message begins with so many bytes: `HS`, type, control code, parameter, payload length.
pub(super) const HEADER: usize = 16;
/// The longest payload that is accepted. Whoever announces more is refused before any room is made.
pub(super) const LONGEST_PAYLOAD: usize = LONGEST_REPLY;

/// Message types (IVI-6.1, table 4), as far as this client sends or expects them.
pub(super) mod kind {
    pub(in super::super) const INITIALIZE: u8 = 0;
    pub(in super::super) const INITIALIZE_RESPONSE: u8 = 1;
    pub(in super::super) const FATAL_ERROR: u8 = 2;
    pub(in super::super) const ERROR: u8 = 3;
    pub(in super::super) const ASYNC_LOCK: u8 = 4;
    pub(in super::super) const ASYNC_LOCK_RESPONSE: u8 = 5;
    pub(in super::super) const DATA: u8 = 6;
    pub(in super::super) const DATA_END: u8 = 7;
    pub(in super::super) const DEVICE_CLEAR_COMPLETE: u8 = 8;
    pub(in super::super) const DEVICE_CLEAR_ACKNOWLEDGE: u8 = 9;
    pub(in super::super) const ASYNC_REMOTE_LOCAL_CONTROL: u8 = 10;
    pub(in super::super) const ASYNC_REMOTE_LOCAL_RESPONSE: u8 = 11;
    pub(in super::super) const TRIGGER: u8 = 12;
    pub(in super::super) const INTERRUPTED: u8 = 13;
    pub(in super::super) const ASYNC_INTERRUPTED: u8 = 14;
    pub(in super::super) const ASYNC_MAXIMUM_MESSAGE_SIZE: u8 = 15;
    pub(in super::super) const ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE: u8 = 16;
    pub(in super::super) const ASYNC_INITIALIZE: u8 = 17;
    pub(in super::super) const ASYNC_INITIALIZE_RESPONSE: u8 = 18;
    pub(in super::super) const ASYNC_DEVICE_CLEAR: u8 = 19;
    pub(in super::super) const ASYNC_SERVICE_REQUEST: u8 = 20;
    pub(in super::super) const ASYNC_STATUS_QUERY: u8 = 21;
    pub(in super::super) const ASYNC_STATUS_RESPONSE: u8 = 22;
    pub(in super::super) const ASYNC_DEVICE_CLEAR_ACKNOWLEDGE: u8 = 23;
    pub(in super::super) const ASYNC_LOCK_INFO_RESPONSE: u8 = 25;
    /// The last type that version 2.0 defines.
    pub(in super::super) const LAST_DEFINED: u8 = 38;
    /// From here on, types belong to vendors.
    pub(in super::super) const FIRST_OF_VENDORS: u8 = 128;
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) control: u8,
    pub(super) parameter: u32,
    pub(super) payload: Vec<u8>,
}

impl Message {
    /// What came instead of something else, for people.
    pub(super) fn describe(&self) -> String {
        format!(
            "a message of type {}, control code {}, parameter 0x{:08x} and {} bytes",
            self.kind,
            self.control,
            self.parameter,
            self.payload.len()
        )
    }
}

/// Appends a message to what is to be sent.
pub(super) fn encode(kind: u8, control: u8, parameter: u32, payload: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(b"HS");
    to.extend_from_slice(&[kind, control]);
    to.extend_from_slice(&parameter.to_be_bytes());
    to.extend_from_slice(&(payload.len() as u64).to_be_bytes());
    to.extend_from_slice(payload);
}

/// Takes the first whole message off `received`; `None` when more bytes are needed.
///
/// # Errors
/// What stands there is no HiSLIP message, or one with a payload too long to be accepted.
pub(super) fn decode(received: &mut Vec<u8>) -> Result<Option<Message>, LinkError> {
    let begin = received.len().min(2);
    if received[..begin] != b"HS"[..begin] {
        return Err(LinkError::Protocol {
            protocol: "HiSLIP",
            expected: "a message that begins with HS",
            found: format!("`{}`", received[..received.len().min(HEADER)].escape_ascii()),
        });
    }
    let Some(header) = received.first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let [_, _, kind, control, parameter @ .., _, _, _, _, _, _, _, _] = *header;
    let [.., l0, l1, l2, l3, l4, l5, l6, l7] = *header;
    let announced = u64::from_be_bytes([l0, l1, l2, l3, l4, l5, l6, l7]);
    let length = usize::try_from(announced).unwrap_or(usize::MAX);
    if length > LONGEST_PAYLOAD {
        return Err(LinkError::Protocol {
            protocol: "HiSLIP",
            expected: "a payload of at most 16 MiB",
            found: format!("one of {announced} bytes"),
        });
    }
    if received.len() < HEADER + length {
        return Ok(None);
    }
    let rest = received.split_off(HEADER + length);
    let mut payload = std::mem::replace(received, rest);
    payload.drain(..HEADER);
    Ok(Some(Message { kind, control, parameter: u32::from_be_bytes(parameter), payload }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_header_is_laid_out_as_the_standard_says() {
        let mut bytes = Vec::new();
        encode(kind::DATA_END, 1, 0xffff_ff02, b"*IDN?", &mut bytes);
        assert_eq!(bytes, b"HS\x07\x01\xff\xff\xff\x02\0\0\0\0\0\0\0\x05*IDN?");
    }

    #[test]
    fn a_hostile_length_is_refused_at_the_header() {
        let mut bytes = b"HS\x07\0\0\0\0\0".to_vec();
        bytes.extend_from_slice(&u64::MAX.to_be_bytes());
        let error = decode(&mut bytes).unwrap_err().to_string();
        assert_eq!(
            error,
            "HiSLIP: expected a payload of at most 16 MiB, found one of 18446744073709551615 bytes"
        );
    }

    #[test]
    fn something_else_is_refused_at_its_first_byte() {
        let error = decode(&mut b"2".to_vec()).unwrap_err().to_string();
        assert_eq!(error, "HiSLIP: expected a message that begins with HS, found `2`");
    }

    proptest! {
        #[test]
        fn messages_come_out_as_they_went_in_however_torn(
            messages in proptest::collection::vec(
                (any::<u8>(), any::<u8>(), any::<u32>(), proptest::collection::vec(any::<u8>(), 0..40)),
                0..5,
            ),
            piece in 1_usize..30,
        ) {
            let mut bytes = Vec::new();
            for (kind, control, parameter, payload) in &messages {
                encode(*kind, *control, *parameter, payload, &mut bytes);
            }
            let mut received = Vec::new();
            let mut found = Vec::new();
            for piece in bytes.chunks(piece) {
                received.extend_from_slice(piece);
                while let Some(message) = decode(&mut received).unwrap() {
                    found.push((message.kind, message.control, message.parameter, message.payload));
                }
            }
            prop_assert!(received.is_empty());
            prop_assert_eq!(found, messages);
        }

        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..60), good in any::<bool>()) {
            if good {
                bytes.splice(0..0, *b"HS");
            }
            let _ = decode(&mut bytes);
        }
    }
}
