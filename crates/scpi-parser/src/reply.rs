//! Replies: what a controller reads from an instrument.

use std::borrow::Cow;

use crate::scan::{block as block_extent, trim};

mod framer;

pub use self::framer::{Framer, TooLong};

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

/// Reads a string in either quote, doubled quotes undone.
///
/// # Errors
/// Anything else, also several strings.
pub fn string(bytes: &[u8]) -> Result<Cow<'_, str>, ReplyError> {
    let bytes = trim(bytes);
    let not = || ReplyError::NotAString { found: excerpt(bytes) };
    let (quote, inner) = quoted(bytes).ok_or_else(not)?;
    let text = String::from_utf8_lossy(inner);
    if !text.contains(quote) {
        return Ok(text);
    }
    let doubled = [quote, quote].iter().collect::<String>();
    let mut undone = String::with_capacity(text.len());
    for (at, part) in text.split(&doubled).enumerate() {
        if part.contains(quote) {
            return Err(not());
        }
        if at > 0 {
            undone.push(quote);
        }
        undone.push_str(part);
    }
    Ok(Cow::Owned(undone))
}

/// The quote around `bytes`, and what it encloses.
fn quoted(bytes: &[u8]) -> Option<(char, &[u8])> {
    match bytes {
        [quote @ (b'"' | b'\''), inner @ .., last] if quote == last => {
            Some((char::from(*quote), inner))
        }
        _ => None,
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
/// `0,"No error;0;0 0"`, whose text ends at the first semicolon. Quotes inside that an instrument
/// forgot to double are taken as they are: a report of an error should not become another.
///
/// # Errors
/// Anything else.
pub fn error_entry(bytes: &[u8]) -> Result<(i32, String), ReplyError> {
    let not = || ReplyError::NotAnEntry { found: excerpt(bytes) };
    let comma = bytes.iter().position(|it| *it == b',').ok_or_else(not)?;
    let code = std::str::from_utf8(trim(&bytes[..comma])).ok();
    let code = code.and_then(|it| it.parse::<i32>().ok()).ok_or_else(not)?;
    let rest = trim(&bytes[comma + 1..]);
    let text = match string(rest) {
        Ok(text) => text,
        Err(_) => String::from_utf8_lossy(quoted(rest).ok_or_else(not)?.1),
    };
    let text = text.split(';').next().unwrap_or_default();
    Ok((code, text.to_owned()))
}

/// Splits a reply into the answers of the queries of one message, at `;` outside of strings and
/// blocks. A definite block that is not all there, like an indefinite one, runs to the end.
pub fn answers(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let end = answer_end(bytes);
        rest = bytes.get(end + 1..);
        Some(&bytes[..end])
    })
}

fn answer_end(bytes: &[u8]) -> usize {
    let mut quote = None;
    let mut at = 0;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, b';') => return at,
            (None, b'#') if at == 0 || matches!(bytes[at - 1], b',' | b' ') => {
                match bytes.get(at + 1) {
                    Some(b'0') => return bytes.len(),
                    Some(b'1'..=b'9') => match block_extent(&bytes[at..]) {
                        Some((_, length)) => {
                            at += length;
                            continue;
                        }
                        None => return bytes.len(),
                    },
                    _ => {}
                }
            }
            (None, _) => {}
        }
        at += 1;
    }
    at
}

fn excerpt(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(60)];
    let dots = if bytes.len() > head.len() { "…" } else { "" };
    format!("{}{dots}", String::from_utf8_lossy(head).escape_debug())
}
