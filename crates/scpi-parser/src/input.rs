//! Where program messages end in a byte stream.

use crate::scan::block;

/// More bytes came without a terminator than the input buffer holds; they were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the input buffer of {capacity} bytes overran")]
pub struct Overrun {
    /// What the buffer holds.
    pub capacity: usize,
}

/// An instrument's input buffer: bytes go in as the link delivers them, whole messages come out.
///
/// A line feed ends a message, except inside a definite block. Messages are handed over without it,
/// empty ones too; a carriage return before it is white space to [`units`](crate::program::units).
/// Memory is bounded by the capacity, whatever comes.
#[derive(Clone, Debug)]
pub struct InputBuffer {
    bytes: Vec<u8>,
    scanned: usize,
    capacity: usize,
    /// An overrun message is dropped up to its terminator.
    dropping: bool,
}

impl InputBuffer {
    /// A buffer of at most `capacity` bytes.
    pub fn new(capacity: usize) -> InputBuffer {
        InputBuffer { bytes: Vec::new(), scanned: 0, capacity, dropping: false }
    }

    /// Takes bytes from the link, and hands every message that they complete to `message`.
    ///
    /// # Errors
    /// The buffer overran; everything up to the next terminator is dropped. Messages that were
    /// complete before were handed over.
    pub fn receive(
        &mut self,
        mut input: &[u8],
        mut message: impl FnMut(&[u8]),
    ) -> Result<(), Overrun> {
        let mut overrun = false;
        while !input.is_empty() {
            let line = input.iter().position(|it| *it == b'\n').map_or(input.len(), |it| it + 1);
            let (head, rest) = input.split_at(line);
            input = rest;
            if self.dropping {
                self.dropping = !head.ends_with(b"\n");
                continue;
            }
            if self.bytes.len() + head.len() > self.capacity {
                self.clear();
                self.dropping = !head.ends_with(b"\n");
                overrun = true;
                continue;
            }
            self.bytes.extend_from_slice(head);
            if head.ends_with(b"\n") && self.is_complete() {
                message(&self.bytes[..self.bytes.len() - 1]);
                self.clear();
            }
        }
        if overrun { Err(Overrun { capacity: self.capacity }) } else { Ok(()) }
    }

    /// Forgets what has come, as a device clear does.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.scanned = 0;
    }

    /// Whether the line feed at the end is a terminator: no definite block is still open.
    fn is_complete(&mut self) -> bool {
        let mut quote = None;
        let mut at = self.scanned;
        while at < self.bytes.len() {
            match (quote, self.bytes[at]) {
                (None, it @ (b'"' | b'\'')) => quote = Some(it),
                (Some(open), it) if it == open => quote = None,
                (None, b'#')
                    if self.bytes.get(at + 1).is_some_and(|it| (b'1'..=b'9').contains(it)) =>
                {
                    match block(&self.bytes[at..]) {
                        // The terminator must come behind the data.
                        Some((_, end)) if at + end < self.bytes.len() => {
                            at += end;
                            continue;
                        }
                        _ if declares_more(&self.bytes[at..]) => {
                            self.scanned = at;
                            return false;
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            at += 1;
        }
        true
    }
}

/// Bytes that begin with a well-formed block header and fewer data than it says.
fn declares_more(bytes: &[u8]) -> bool {
    let digits = usize::from(bytes[1] - b'0');
    bytes[2..].iter().take(digits).all(u8::is_ascii_digit)
}
