//! Values as XDR writes them (RFC 1014): everything in units of four bytes, big end first.

use crate::LinkError;

/// Arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// An integer, of either sign, or an enumeration.
    pub(super) fn number(mut self, value: u32) -> Writer {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(super) fn boolean(self, value: bool) -> Writer {
        self.number(u32::from(value))
    }

    /// Bytes, or a string: its length, itself, and zeros up to a multiple of four.
    pub(super) fn bytes(self, value: &[u8]) -> Writer {
        // What is sent was split to what the server accepts, which is a `u32` itself.
        let mut writer = self.number(value.len() as u32);
        writer.0.extend_from_slice(value);
        writer.0.resize(writer.0.len().next_multiple_of(4), 0);
        writer
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Results of a call.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    whole: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes, whole: bytes.len() }
    }

    pub(super) fn number(&mut self) -> Result<u32, LinkError> {
        let Some((number, rest)) = self.rest.split_first_chunk::<4>() else {
            return Err(self.too_short());
        };
        self.rest = rest;
        Ok(u32::from_be_bytes(*number))
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], LinkError> {
        let length = self.number()? as usize;
        if length > self.rest.len() {
            return Err(self.too_short());
        }
        let (bytes, rest) = self.rest.split_at(length);
        // Padding that was left out at the very end does no harm.
        let padding = (length.next_multiple_of(4) - length).min(rest.len());
        self.rest = &rest[padding..];
        Ok(bytes)
    }

    fn too_short(&self) -> LinkError {
        LinkError::Protocol {
            protocol: "VXI-11",
            expected: "the results that the procedure has",
            found: format!("{} bytes, which is too short", self.whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_are_padded_to_four() {
        let bytes = Writer::default().bytes(b"inst0").boolean(true).into_bytes();
        assert_eq!(bytes, b"\0\0\0\x05inst0\0\0\0\0\0\0\x01");
    }

    proptest! {
        #[test]
        fn values_are_read_as_they_were_written(
            values in proptest::collection::vec((any::<u32>(), proptest::collection::vec(any::<u8>(), 0..20)), 0..6),
        ) {
            let mut writer = Writer::default();
            for (number, bytes) in &values {
                writer = writer.number(*number).bytes(bytes);
            }
            let written = writer.into_bytes();
            let mut reader = Reader::new(&written);
            for (number, bytes) in &values {
                prop_assert_eq!(reader.number().unwrap(), *number);
                prop_assert_eq!(reader.bytes().unwrap(), bytes.as_slice());
            }
            prop_assert!(reader.number().is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            let mut reader = Reader::new(&bytes);
            while reader.bytes().is_ok() {}
        }
    }
}
