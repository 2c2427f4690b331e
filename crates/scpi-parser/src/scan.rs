//! Where strings, blocks and expressions end, so that what is inside them is not taken for syntax.

use crate::error::{Error, INVALID_BLOCK_DATA, INVALID_EXPRESSION, INVALID_STRING_DATA};

/// The index behind the data element that begins at `at`, if it is a string, a block or an
/// expression; `at + 1` for any other byte.
pub(crate) fn skip(bytes: &[u8], at: usize) -> Result<usize, Error> {
    match bytes[at] {
        quote @ (b'"' | b'\'') => match bytes[at + 1..].iter().position(|it| *it == quote) {
            Some(length) => Ok(at + 1 + length + 1),
            None => Err(INVALID_STRING_DATA),
        },
        b'(' => expression(bytes, at),
        b'#' => match bytes.get(at + 1) {
            Some(b'0') => Ok(bytes.len()),
            Some(b'1'..=b'9') => match block(&bytes[at..]) {
                Some((_, length)) => Ok(at + length),
                None => Err(INVALID_BLOCK_DATA),
            },
            _ => Ok(at + 1),
        },
        _ => Ok(at + 1),
    }
}

/// The index behind the parenthesis that closes the one at `open`; strings in between count as one.
fn expression(bytes: &[u8], open: usize) -> Result<usize, Error> {
    let (mut at, mut depth) = (open, 0usize);
    while at < bytes.len() {
        match bytes[at] {
            b'(' => depth += 1,
            b')' if depth == 1 => return Ok(at + 1),
            b')' => depth -= 1,
            b'"' | b'\'' => {
                at = skip(bytes, at)?;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    Err(INVALID_EXPRESSION)
}

/// Of bytes that begin with `#<n><len>`, where the data begin and where they end; `None` when the
/// header is malformed or the data are not all there.
pub(crate) fn block(bytes: &[u8]) -> Option<(usize, usize)> {
    let digits = usize::from(bytes.get(1)?.checked_sub(b'0')?);
    if !(1..=9).contains(&digits) {
        return None;
    }
    let start = 2 + digits;
    let length = bytes.get(2..start)?.iter().try_fold(0usize, |sum, it| {
        it.is_ascii_digit().then(|| sum * 10 + usize::from(it - b'0'))
    })?;
    let end = start.checked_add(length)?;
    (end <= bytes.len()).then_some((start, end))
}

/// Without white space (IEEE 488.2: every byte up to the space) at the beginning.
pub(crate) fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && *first <= b' '
    {
        bytes = rest;
    }
    bytes
}

/// Without white space at both ends.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let mut bytes = trim_start(bytes);
    while let [rest @ .., last] = bytes
        && *last <= b' '
    {
        bytes = rest;
    }
    bytes
}
