//! Where a reply ends in a stream of bytes.

#[derive(Debug)]
pub(crate) struct Framer {
    seen: usize,
    limit: usize,
}

pub(crate) struct TooLong;

impl Framer {
    pub(crate) fn new(limit: usize) -> Framer {
        Framer { seen: 0, limit }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Option<usize>, TooLong> {
        if let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
            return Ok(Some(at + 1));
        }
        self.seen += bytes.len();
        if self.seen > self.limit { Err(TooLong) } else { Ok(None) }
    }
}
