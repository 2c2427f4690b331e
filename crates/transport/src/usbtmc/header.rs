//! The twelve bytes in front of every bulk transfer (USBTMC 1.0, 3.2 and 3.3).

use crate::LinkError;

pub(super) const HEADER: usize = 12;

const DEV_DEP_MSG_OUT: u8 = 1;
const DEV_DEP_MSG_IN: u8 = 2;
const TRIGGER: u8 = 128;

/// Attribute bit 0: the last byte of the transfer is the last of the message.
const EOM: u8 = 1;
/// Attribute bit 1: end the transfer at this character.
const TERM_CHAR: u8 = 2;

fn header(id: u8, tag: u8, size: u32, attributes: u8, term_char: u8) -> Vec<u8> {
    let mut bytes = vec![id, tag, !tag, 0];
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&[attributes, term_char, 0, 0]);
    bytes
}

/// `DEV_DEP_MSG_OUT` with a part of a message, filled up to a multiple of four bytes.
pub(super) fn message_out(tag: u8, part: &[u8], last: bool) -> Vec<u8> {
    // A part is at most a transfer long.
    let size = u32::try_from(part.len()).unwrap_or(u32::MAX);
    let mut bytes = header(DEV_DEP_MSG_OUT, tag, size, if last { EOM } else { 0 }, 0);
    bytes.extend_from_slice(part);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// `REQUEST_DEV_DEP_MSG_IN` for at most `size` bytes.
pub(super) fn request_in(tag: u8, size: u32, term_char: Option<u8>) -> Vec<u8> {
    let attributes = if term_char.is_some() { TERM_CHAR } else { 0 };
    header(DEV_DEP_MSG_IN, tag, size, attributes, term_char.unwrap_or(0))
}

/// USB488's `TRIGGER`.
pub(super) fn trigger(tag: u8) -> Vec<u8> {
    header(TRIGGER, tag, 0, 0, 0)
}

/// The header of a `DEV_DEP_MSG_IN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MessageIn {
    pub(super) tag: u8,
    pub(super) size: usize,
    pub(super) last: bool,
}

impl MessageIn {
    /// # Errors
    /// What stands there is no such header.
    pub(super) fn parse(transfer: &[u8]) -> Result<MessageIn, LinkError> {
        let wrong = |expected| LinkError::Protocol {
            protocol: "USBTMC",
            expected,
            found: transfer[..transfer.len().min(HEADER)].escape_ascii().to_string(),
        };
        let Some(&[id, tag, inverse, _, a, b, c, d, attributes, ..]) =
            transfer.first_chunk::<HEADER>()
        else {
            return Err(wrong("a header of 12 bytes"));
        };
        if id != DEV_DEP_MSG_IN {
            return Err(wrong("DEV_DEP_MSG_IN"));
        }
        if inverse != !tag || tag == 0 {
            return Err(wrong("a bTag from 1 to 255 and its inverse"));
        }
        let size = u32::from_le_bytes([a, b, c, d]);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Ok(MessageIn { tag, size, last: attributes & EOM != 0 })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headers_are_those_of_the_specification() {
        assert_eq!(
            message_out(1, b"*IDN?\n", true),
            b"\x01\x01\xfe\x00\x06\x00\x00\x00\x01\x00\x00\x00*IDN?\n\x00\x00"
        );
        assert_eq!(
            request_in(2, 0x0102, Some(b'\n')),
            b"\x02\x02\xfd\x00\x02\x01\x00\x00\x02\x0a\x00\x00"
        );
        assert_eq!(trigger(255), b"\x80\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00");
    }

    proptest! {
        #[test]
        fn a_message_is_aligned_and_says_its_size(
            tag in 1_u8.., part in proptest::collection::vec(any::<u8>(), 1..70), last: bool,
        ) {
            let bytes = message_out(tag, &part, last);
            prop_assert_eq!(bytes.len() % 4, 0);
            prop_assert!(bytes.len() - HEADER - part.len() < 4);
            prop_assert_eq!(&bytes[HEADER..HEADER + part.len()], part.as_slice());
            prop_assert_eq!(&bytes[..4], &[1, tag, 255 - tag, 0]);
            prop_assert_eq!(&bytes[4..8], &u32::try_from(part.len()).unwrap().to_le_bytes());
            prop_assert_eq!(bytes[8], u8::from(last));
        }

        #[test]
        fn any_bytes_are_a_header_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            if let Ok(found) = MessageIn::parse(&bytes) {
                prop_assert_eq!(&bytes[..3], &[2, found.tag, !found.tag]);
            }
        }
    }
}
