//! The data of remote procedures (RFC 1014): everything is four bytes or a multiple of them.

/// The arguments of a call. They may be anything.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

/// Arguments that are not what the procedure takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Garbage;

impl<'a> Reader<'a> {
    pub(super) fn number(&mut self) -> Result<u32, Garbage> {
        let (number, rest) = self.0.split_first_chunk::<4>().ok_or(Garbage)?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*number))
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Garbage> {
        match self.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Garbage),
        }
    }

    /// Bytes, at most so many of them.
    pub(super) fn opaque(&mut self, most: usize) -> Result<&'a [u8], Garbage> {
        let length = usize::try_from(self.number()?).map_err(|_| Garbage)?;
        let padded = length.checked_next_multiple_of(4).ok_or(Garbage)?;
        if length > most || padded > self.0.len() {
            return Err(Garbage);
        }
        let (bytes, rest) = self.0.split_at(padded);
        self.0 = rest;
        Ok(&bytes[..length])
    }
}

/// The results of a call.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn number(mut self, number: u32) -> Writer {
        self.0.extend(number.to_be_bytes());
        self
    }

    pub(super) fn opaque(mut self, bytes: &[u8]) -> Writer {
        // A reply of four gigabytes is never formed.
        self = self.number(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        self.0.extend_from_slice(bytes);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_padded_to_multiples_of_four_both_ways() {
        let Writer(bytes) = Writer::default().opaque(b"hello").number(7);
        assert_eq!(bytes, b"\0\0\0\x05hello\0\0\0\0\0\0\x07");
        let mut reader = Reader(&bytes);
        assert_eq!((reader.opaque(5), reader.number()), (Ok(&b"hello"[..]), Ok(7)));
        assert_eq!(reader.number(), Err(Garbage));
    }

    #[test]
    fn lengths_that_promise_too_much_are_refused() {
        for bytes in [&b"\xff\xff\xff\xffabcd"[..], b"\0\0\0\x05hello", b"\0\0", b""] {
            assert_eq!(Reader(bytes).opaque(usize::MAX), Err(Garbage));
        }
        assert_eq!(Reader(b"\0\0\0\x04abcd").opaque(3), Err(Garbage));
        assert_eq!(Reader(b"\0\0\0\x02").boolean(), Err(Garbage));
    }
}
