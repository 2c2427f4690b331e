//! What follows a header, taken one datum after another.

use std::borrow::Cow;

use super::numeric::{Numeric, numeric};
use crate::{
    error::{self, Error},
    scan::{block, skip, trim, trim_start},
};

/// Channels of a channel list: one, or an inclusive range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
}

/// The parameters of a unit, taken one after another.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Parameters<'a> {
        let bytes = trim_start(bytes);
        Parameters { rest: (!bytes.is_empty()).then_some(bytes) }
    }

    /// The next parameter as written; `None` behind the last.
    ///
    /// # Errors
    /// -151, -161, -171 for data that do not end; -102 for an empty parameter.
    pub fn next_raw(&mut self) -> Result<Option<&'a [u8]>, Error> {
        let Some(bytes) = self.rest else { return Ok(None) };
        let bytes = trim_start(bytes);
        let (mut at, mut end) = (0, 0);
        while at < bytes.len() && bytes[at] != b',' {
            let next = skip(bytes, at)?;
            // White space at the end does not belong to the datum, unless a block holds it.
            if next > at + 1 || bytes[at] > b' ' {
                end = next;
            }
            at = next;
        }
        self.rest = bytes.get(at + 1..);
        match &bytes[..end] {
            [] => Err(error::SYNTAX_ERROR),
            raw => Ok(Some(raw)),
        }
    }

    /// Whether all are taken.
    pub fn is_empty(&self) -> bool {
        self.rest.is_none()
    }

    /// Refuses what is left.
    ///
    /// # Errors
    /// -108.
    pub fn finish(&self) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(error::PARAMETER_NOT_ALLOWED) }
    }

    fn required(&mut self) -> Result<&'a [u8], Error> {
        self.next_raw()?.ok_or(error::MISSING_PARAMETER)
    }

    /// A number, with a suffix of `units` (upper case) if it has one, or a word for a number.
    ///
    /// # Errors
    /// -109 when there is none; -104 for data of another type; -141 for another word; -103, -120,
    /// -121, -123, -124 for a malformed number; -131 for a suffix that is not of `units`, -138 when
    /// `units` is empty.
    pub fn number(&mut self, units: &[&str]) -> Result<Numeric, Error> {
        numeric(self.required()?, units)
    }

    /// `ON`, `OFF`, or a number that rounds to zero (off) or not (on).
    ///
    /// # Errors
    /// -109; -141 for another word; what [`number`](Parameters::number) refuses.
    pub fn boolean(&mut self) -> Result<bool, Error> {
        let raw = self.required()?;
        if raw.eq_ignore_ascii_case(b"ON") {
            return Ok(true);
        }
        if raw.eq_ignore_ascii_case(b"OFF") {
            return Ok(false);
        }
        match numeric(raw, &[])? {
            Numeric::Value(value) => Ok(value.round() != 0.0),
            _ => Err(error::INVALID_CHARACTER_DATA),
        }
    }

    /// A word of `choices`, each written as manuals do, `VOLTage`.
    ///
    /// # Errors
    /// -109; -104 for other data; -141 for another word.
    pub fn choice<T: Copy>(&mut self, choices: &[(&str, T)]) -> Result<T, Error> {
        let raw = self.required()?;
        if !raw[0].is_ascii_alphabetic() {
            return Err(error::DATA_TYPE_ERROR);
        }
        let found = choices.iter().find(|it| crate::table::word(it.0.as_bytes(), raw));
        found.map(|it| it.1).ok_or(error::INVALID_CHARACTER_DATA)
    }

    /// A string in either quote, doubled quotes undone.
    ///
    /// # Errors
    /// -109; -104 for other data; -151.
    pub fn string(&mut self) -> Result<Cow<'a, [u8]>, Error> {
        let raw = self.required()?;
        let (quote, inner) = match raw {
            [quote @ (b'"' | b'\''), inner @ .., last] if quote == last => (*quote, inner),
            [b'"' | b'\'', ..] => return Err(error::INVALID_STRING_DATA),
            _ => return Err(error::DATA_TYPE_ERROR),
        };
        if !inner.contains(&quote) {
            return Ok(Cow::Borrowed(inner));
        }
        let mut text = Vec::with_capacity(inner.len());
        let mut bytes = inner.iter();
        while let Some(byte) = bytes.next() {
            if *byte == quote && bytes.next() != Some(&quote) {
                return Err(error::INVALID_STRING_DATA);
            }
            text.push(*byte);
        }
        Ok(Cow::Owned(text))
    }

    /// A channel list, `(@1,3:5)`.
    ///
    /// # Errors
    /// -109; -104 for other data; -171.
    pub fn channels(
        &mut self,
    ) -> Result<impl Iterator<Item = Result<Channels, Error>> + 'a, Error> {
        let raw = self.required()?;
        let inner = match raw {
            [b'(', inner @ .., b')'] => trim(inner),
            _ => return Err(error::DATA_TYPE_ERROR),
        };
        let [b'@', list @ ..] = inner else { return Err(error::INVALID_EXPRESSION) };
        Ok(list.split(|it| *it == b',').map(|it| {
            let number = |text: &[u8]| std::str::from_utf8(trim(text)).ok()?.parse::<u32>().ok();
            let channels = match it.iter().position(|it| *it == b':') {
                None => number(it).map(|it| Channels { first: it, last: it }),
                Some(at) => number(&it[..at])
                    .zip(number(&it[at + 1..]))
                    .map(|(first, last)| Channels { first, last }),
            };
            channels.ok_or(error::INVALID_EXPRESSION)
        }))
    }

    /// A block, definite or indefinite.
    ///
    /// # Errors
    /// -109; -104 for other data; -161.
    pub fn block(&mut self) -> Result<&'a [u8], Error> {
        let raw = self.required()?;
        match raw {
            [b'#', b'0', data @ ..] => Ok(data),
            [b'#', b'1'..=b'9', ..] => match block(raw) {
                Some((start, end)) if end == raw.len() => Ok(&raw[start..end]),
                _ => Err(error::INVALID_BLOCK_DATA),
            },
            _ => Err(error::DATA_TYPE_ERROR),
        }
    }
}
