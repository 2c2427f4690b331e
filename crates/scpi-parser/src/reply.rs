//! Replies: what a controller reads from an instrument.

use std::borrow::Cow;

use crate::scan::{block as block_extent, trim};

/// SCPI's stand-in for infinity, 9.9E37 (SCPI-99, volume 1, section 7.2.1.4).
pub const INFINITY: f64 = 9.9e37;
/// SCPI's stand-in for not-a-number, 9.91E37 (section 7.2.1.5).
pub const NOT_A_NUMBER: f64 = 9.91e37;

/// Why a reply cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// Not NR1, NR2 or NR3.
    #[error("\"{found}\" is not a number")]
    NotANumber {
        /// What came, shortened.
        found: String,
    },
    /// Not a string in quotes.
    #[error("\"{found}\" is not a string in quotes")]
    NotAString {
        /// What came, shortened.
        found: String,
    },
    /// Not a block, or not all of one.
    #[error("\"{found}\" is not a whole block")]
    NotABlock {
        /// What came, shortened.
        found: String,
    },
    /// Not an entry of an error queue.
    #[error("\"{found}\" is not an entry of an error queue, such as 0,\"No error\"")]
    NotAnEntry {
        /// What came, shortened.
        found: String,
    },
}

/// A number as an instrument means it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A number.
    Value(f64),
    /// Beyond the range, 9.9E37 with its sign.
    Overflow {
        /// The sign was minus.
        negative: bool,
    },
    /// 9.91E37.
    NotANumber,
}

impl Number {
    /// The number, if it is one.
    pub fn value(self) -> Option<f64> {
        match self {
            Number::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// Reads NR1, NR2 or NR3.
///
/// # Errors
/// Anything else.
pub fn number(bytes: &[u8]) -> Result<Number, ReplyError> {
    let bytes = trim(bytes);
    let decimal = |it: &u8| it.is_ascii_digit() || matches!(it, b'+' | b'-' | b'.' | b'e' | b'E');
    let value = Some(bytes)
        .filter(|it| it.iter().all(decimal))
        .and_then(|it| std::str::from_utf8(it).ok()?.parse::<f64>().ok())
        .filter(|it| it.is_finite())
        .ok_or_else(|| ReplyError::NotANumber { found: excerpt(bytes) })?;
    // A single-precision binary reply has the sentinels only nearly.
    let near = |sentinel: f64| (value.abs() - sentinel).abs() < 1e-6 * sentinel;
    Ok(if near(INFINITY) {
        Number::Overflow { negative: value < 0.0 }
    } else if near(NOT_A_NUMBER) {
        Number::NotANumber
    } else {
        Number::Value(value)
    })
}

/// Reads numbers separated by commas.
pub fn numbers(bytes: &[u8]) -> impl Iterator<Item = Result<Number, ReplyError>> + '_ {
    bytes.split(|it| *it == b',').map(number)
}

/// Reads a string in either quote.
///
/// # Errors
/// Anything else.
pub fn string(bytes: &[u8]) -> Result<Cow<'_, str>, ReplyError> {
    let bytes = trim(bytes);
    let not = || ReplyError::NotAString { found: excerpt(bytes) };
    let [quote @ (b'"' | b'\''), inner @ .., last] = bytes else { return Err(not()) };
    if quote != last {
        return Err(not());
    }
    let text = String::from_utf8_lossy(inner);
    let quote = char::from(*quote);
    let doubled = format!("{quote}{quote}");
    if text.contains(quote) {
        Ok(Cow::Owned(text.replace(&doubled, &quote.to_string())))
    } else {
        Ok(text)
    }
}

/// Reads a block: its data, and what follows it. `#0` runs to the end of the message.
///
/// # Errors
/// Not a block, or fewer data than it says.
pub fn block(bytes: &[u8]) -> Result<(&[u8], &[u8]), ReplyError> {
    match bytes {
        [b'#', b'0', data @ ..] => Ok((data, &[])),
        [b'#', ..] => match block_extent(bytes) {
            Some((start, end)) => Ok((&bytes[start..end], &bytes[end..])),
            None => Err(ReplyError::NotABlock { found: excerpt(bytes) }),
        },
        _ => Err(ReplyError::NotABlock { found: excerpt(bytes) }),
    }
}

/// Reads an entry of an error queue: `-113,"Undefined header"`, `+0,"No error"`, also the 2450's
/// `0,"No error;0;0 0"`, whose text ends at the first semicolon.
///
/// # Errors
/// Anything else.
pub fn error_entry(bytes: &[u8]) -> Result<(i32, String), ReplyError> {
    let not = || ReplyError::NotAnEntry { found: excerpt(bytes) };
    let comma = bytes.iter().position(|it| *it == b',').ok_or_else(not)?;
    let code = std::str::from_utf8(trim(&bytes[..comma])).ok();
    let code = code.and_then(|it| it.parse::<i32>().ok()).ok_or_else(not)?;
    let text = string(&bytes[comma + 1..]).map_err(|_| not())?;
    let text = text.split(';').next().unwrap_or_default();
    Ok((code, text.to_owned()))
}

/// Splits a reply into the answers of the queries of one message, at `;` outside of strings.
pub fn answers(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quote = None;
    bytes.split(move |it| {
        match (quote, *it) {
            (None, b'"' | b'\'') => quote = Some(*it),
            (Some(open), byte) if open == byte => quote = None,
            (None, b';') => return true,
            _ => {}
        }
        false
    })
}

fn excerpt(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(60)];
    let dots = if bytes.len() > head.len() { "…" } else { "" };
    format!("{}{dots}", String::from_utf8_lossy(head).escape_debug())
}

/// The reply is longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reply is longer than {limit} bytes")]
pub struct TooLong {
    /// The limit.
    pub limit: usize,
}

/// Finds where replies end in a byte stream: at a line feed that is neither in a definite block nor
/// in a string. Keeps a few bytes of state, never the reply itself.
///
/// An indefinite block ends at the first line feed; a stream has no other mark.
#[derive(Clone, Debug)]
pub struct Framer {
    limit: usize,
    seen: usize,
    state: Framing,
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
}

impl Framer {
    /// A framer of replies of at most `limit` bytes, terminator included.
    pub fn new(limit: usize) -> Framer {
        Framer { limit, seen: 0, state: Framing::Start }
    }

    /// Looks at the next bytes of the stream: `Some(n)` when the reply ends with the first `n` of
    /// them, the line feed included. The rest belongs to the next reply; push it again.
    ///
    /// # Errors
    /// The reply is longer than the limit.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<usize>, TooLong> {
        let mut at = 0;
        while at < bytes.len() {
            if let Framing::Data(left) = self.state {
                let step = left.min(bytes.len() - at);
                at += step;
                self.state = if step == left { Framing::Plain } else { Framing::Data(left - step) };
                continue;
            }
            let byte = bytes[at];
            at += 1;
            if byte == b'\n' && !matches!(self.state, Framing::String(_)) {
                *self = Framer::new(self.limit);
                return Ok(Some(at));
            }
            self.state = self.state.after(byte);
        }
        self.seen = self.seen.saturating_add(bytes.len());
        if self.seen >= self.limit { Err(TooLong { limit: self.limit }) } else { Ok(None) }
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
            (Framing::Hash, b'1'..=b'9') => Framing::Length { digits: byte - b'0', length: 0 },
            (Framing::Length { digits, length }, b'0'..=b'9') => {
                let length = length * 10 + usize::from(byte - b'0');
                match digits {
                    1 if length == 0 => Framing::Plain,
                    1 => Framing::Data(length),
                    _ => Framing::Length { digits: digits - 1, length },
                }
            }
            (_, b',' | b';') => Framing::Start,
            (Framing::Start, b' ') => Framing::Start,
            _ => Framing::Plain,
        }
    }
}
