//! Where replies end in a byte stream.

/// The reply is longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reply is longer than {limit} bytes")]
pub struct TooLong {
    /// The limit.
    pub limit: usize,
}

/// Finds where replies end in a byte stream: at a line feed (or another byte, see
/// [`Framer::ended_by`]) that is neither in a definite block nor in a string. Keeps a few bytes of
/// state, never the reply itself.
///
/// An indefinite block ends at the first line feed, for a stream has no other mark, unless its length
/// was told ([`Framer::expect_block`]).
#[derive(Clone, Debug)]
pub struct Framer {
    limit: usize,
    end: u8,
    seen: usize,
    state: Framing,
    /// Data bytes of the indefinite block with which the reply begins, if it does.
    expected: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Framing {
    Start,
    Plain,
    String(u8),
    /// Behind a string: the same quote again is a quote inside it.
    Closed(u8),
    Hash,
    Length {
        digits: u8,
        length: usize,
    },
    Data(usize),
    /// Behind a block's data.
    Behind,
    /// An indefinite block.
    Endless,
}

impl Framer {
    /// A framer of replies of at most `limit` bytes, terminator included.
    pub fn new(limit: usize) -> Framer {
        Framer::ended_by(limit, b'\n')
    }

    /// A framer of replies of at most `limit` bytes whose last byte is `end` instead of a line feed.
    pub fn ended_by(limit: usize, end: u8) -> Framer {
        Framer { limit, end, seen: 0, state: Framing::Start, expected: None }
    }

    /// Says that the next reply, if its first bytes are `#0`, is an indefinite block of `bytes` bytes
    /// of data: it ends behind the terminator that follows them. Said before the reply's first byte is
    /// pushed, and forgotten when the reply has ended.
    pub fn expect_block(&mut self, bytes: usize) {
        self.expected = Some(bytes);
    }

    /// Whether the bytes seen so far end inside a block of known length, or its header.
    pub fn in_block(&self) -> bool {
        matches!(self.state, Framing::Length { .. } | Framing::Data(1..))
    }

    /// Whether the last byte seen was the last one of a block.
    pub fn behind_block(&self) -> bool {
        self.state == Framing::Behind
    }

    /// Looks at the next bytes of the stream: `Some(n)` when the reply ends with the first `n` of
    /// them, the line feed included. The rest belongs to the next reply; push it again.
    ///
    /// # Errors
    /// The reply is longer than the limit, however it was torn. Pushing on is an error until its
    /// line feed has come; what follows that is framed again.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<usize>, TooLong> {
        let mut at = 0;
        while at < bytes.len() {
            if let Framing::Data(left) = self.state {
                let step = left.min(bytes.len() - at);
                at += step;
                self.state =
                    if step == left { Framing::Behind } else { Framing::Data(left - step) };
                continue;
            }
            let byte = bytes[at];
            at += 1;
            if byte == self.end && !matches!(self.state, Framing::String(_)) {
                let length = self.seen.saturating_add(at);
                *self = Framer::ended_by(self.limit, self.end);
                return if length > self.limit { Err(self.too_long()) } else { Ok(Some(at)) };
            }
            self.state = match (self.state, byte, self.expected) {
                (Framing::Hash, b'0', Some(length)) if self.seen.saturating_add(at) == 2 => {
                    Framing::Data(length)
                }
                _ => self.state.after(byte),
            };
        }
        self.seen = self.seen.saturating_add(bytes.len());
        // The line feed is still to come.
        if self.seen >= self.limit { Err(self.too_long()) } else { Ok(None) }
    }

    fn too_long(&self) -> TooLong {
        TooLong { limit: self.limit }
    }
}

impl Framing {
    fn after(self, byte: u8) -> Framing {
        match (self, byte) {
            (Framing::String(quote), _) if quote == byte => Framing::Closed(quote),
            (Framing::String(quote), _) => Framing::String(quote),
            (Framing::Closed(quote), _) if quote == byte => Framing::String(quote),
            (Framing::Start, b'#') => Framing::Hash,
            (Framing::Start, b'"' | b'\'') => Framing::String(byte),
            (Framing::Endless, _) | (Framing::Hash, b'0') => Framing::Endless,
            (Framing::Hash, b'1'..=b'9') => Framing::Length { digits: byte - b'0', length: 0 },
            (Framing::Length { digits, length }, b'0'..=b'9') => {
                let length = length * 10 + usize::from(byte - b'0');
                match digits {
                    1 if length == 0 => Framing::Behind,
                    1 => Framing::Data(length),
                    _ => Framing::Length { digits: digits - 1, length },
                }
            }
            (_, b',' | b';') => Framing::Start,
            (Framing::Start, ..=b' ') => Framing::Start,
            _ => Framing::Plain,
        }
    }
}
