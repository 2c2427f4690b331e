//! Program messages: what a controller sends to an instrument.

use std::borrow::Cow;

use crate::{
    error::{self, Error},
    quantity::number_end,
    scan::{block, skip, trim},
};

/// The deepest header path accepted; deeper ones are undefined anyway.
const MOST_NODES: usize = 12;

/// Iterates over the units of one program message, terminator removed.
///
/// A unit that cannot be parsed is an error, and the last that is returned: IEEE 488.2 lets a parser
/// give up on the rest of the message.
pub fn units(message: &[u8]) -> Units<'_> {
    Units { rest: trim(message), path: Nodes::default() }
}

/// The units of a message; made by [`units`].
#[derive(Clone, Debug)]
pub struct Units<'a> {
    rest: &'a [u8],
    path: Nodes<'a>,
}

/// One command or query.
#[derive(Clone, Debug)]
pub struct Unit<'a> {
    /// What it names, path of the units before included.
    pub header: Header<'a>,
    /// It ends with `?`.
    pub is_query: bool,
    /// What follows.
    pub parameters: Parameters<'a>,
}

/// A header: its nodes from the root, as written.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    nodes: Nodes<'a>,
    common: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Nodes<'a> {
    nodes: [&'a [u8]; MOST_NODES],
    len: usize,
}

impl<'a> Nodes<'a> {
    fn push(&mut self, node: &'a [u8]) -> Result<(), Error> {
        let slot = self.nodes.get_mut(self.len).ok_or(error::UNDEFINED_HEADER)?;
        *slot = node;
        self.len += 1;
        Ok(())
    }

    fn as_slice(&self) -> &[&'a [u8]] {
        &self.nodes[..self.len]
    }
}

impl<'a> Header<'a> {
    /// The nodes, without the `*` of a common header.
    pub fn nodes(&self) -> &[&'a [u8]] {
        self.nodes.as_slice()
    }

    /// Begins with `*`.
    pub fn is_common(&self) -> bool {
        self.common
    }
}

impl<'a> Iterator for Units<'a> {
    type Item = Result<Unit<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.rest = trim(self.rest);
            match self.rest {
                [] => return None,
                [b';', rest @ ..] => self.rest = rest,
                _ => break,
            }
        }
        let unit = self.unit();
        if unit.is_err() {
            self.rest = &[];
        }
        Some(unit)
    }
}

impl<'a> Units<'a> {
    fn unit(&mut self) -> Result<Unit<'a>, Error> {
        let end = unit_end(self.rest)?;
        let (unit, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();

        let header_end = unit.iter().position(|it| *it <= b' ').unwrap_or(unit.len());
        let (text, parameters) = unit.split_at(header_end);
        let (text, is_query) = match text {
            [text @ .., b'?'] => (text, true),
            text => (text, false),
        };
        let header = self.header(text)?;
        Ok(Unit { header, is_query, parameters: Parameters::new(parameters) })
    }

    fn header(&mut self, text: &'a [u8]) -> Result<Header<'a>, Error> {
        let (text, absolute) = match text {
            [b':', text @ ..] => (text, true),
            text => (text, false),
        };
        if let [b'*', name @ ..] = text {
            check_node(name)?;
            let mut nodes = Nodes::default();
            nodes.push(name)?;
            return Ok(Header { nodes, common: true });
        }
        let mut nodes = if absolute { Nodes::default() } else { self.path };
        for node in text.split(|it| *it == b':') {
            check_node(node)?;
            nodes.push(node)?;
        }
        self.path = Nodes { nodes: nodes.nodes, len: nodes.len - 1 };
        Ok(Header { nodes, common: false })
    }
}

fn check_node(node: &[u8]) -> Result<(), Error> {
    let word = |it: &u8| it.is_ascii_alphanumeric() || *it == b'_';
    match node {
        [] => Err(error::SYNTAX_ERROR),
        [first, ..] if !first.is_ascii_alphabetic() => Err(error::SYNTAX_ERROR),
        _ if !node.iter().all(word) => Err(error::INVALID_CHARACTER),
        // Twelve characters and a numeric suffix.
        _ if node.iter().filter(|it| it.is_ascii_alphabetic()).count() > 12 => {
            Err(error::PROGRAM_MNEMONIC_TOO_LONG)
        }
        _ => Ok(()),
    }
}

fn unit_end(bytes: &[u8]) -> Result<usize, Error> {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b';' {
            return Ok(at);
        }
        at = skip(bytes, at)?;
    }
    Ok(at)
}

/// A number, or a word that stands for one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numeric {
    /// A number.
    Value(f64),
    /// `MINimum`.
    Minimum,
    /// `MAXimum`.
    Maximum,
    /// `DEFault`.
    Default,
    /// `UP`.
    Up,
    /// `DOWN`.
    Down,
    /// `INFinity`.
    Infinity,
    /// `NINFinity`.
    NegativeInfinity,
    /// `NAN`.
    NotANumber,
}

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
    fn new(bytes: &'a [u8]) -> Parameters<'a> {
        let bytes = trim(bytes);
        Parameters { rest: (!bytes.is_empty()).then_some(bytes) }
    }

    /// The next parameter as written; `None` behind the last.
    ///
    /// # Errors
    /// -151, -161, -171 for data that do not end; -102 for an empty parameter.
    pub fn next_raw(&mut self) -> Result<Option<&'a [u8]>, Error> {
        let Some(bytes) = self.rest else { return Ok(None) };
        let mut at = 0;
        while at < bytes.len() && bytes[at] != b',' {
            at = skip(bytes, at)?;
        }
        self.rest = bytes.get(at + 1..);
        match trim(&bytes[..at]) {
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
    /// -109 when there is none; -104, -121, -123, -131 for what is none.
    pub fn number(&mut self, units: &[&str]) -> Result<Numeric, Error> {
        numeric(self.required()?, units)
    }

    /// `ON`, `OFF`, or a number that rounds to zero (off) or not (on).
    ///
    /// # Errors
    /// -109, -104, -121, -141.
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
    /// -109; -148 for other data; -141 for another word.
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

fn numeric(raw: &[u8], units: &[&str]) -> Result<Numeric, Error> {
    match raw {
        [b'#', base, digits @ ..] => return radix(*base, digits),
        [first, ..] if first.is_ascii_alphabetic() => return keyword(raw),
        [b'"' | b'\'' | b'(', ..] => return Err(error::DATA_TYPE_ERROR),
        _ => {}
    }
    let end = number_end(raw);
    let text = std::str::from_utf8(&raw[..end]).map_err(|_| error::INVALID_CHARACTER_IN_NUMBER)?;
    let value: f64 = text.parse().map_err(|_| error::INVALID_CHARACTER_IN_NUMBER)?;
    if !value.is_finite() {
        return Err(error::EXPONENT_TOO_LARGE);
    }
    Ok(Numeric::Value(value * multiplier(trim(&raw[end..]), units)?))
}

fn radix(base: u8, digits: &[u8]) -> Result<Numeric, Error> {
    let base = match base.to_ascii_uppercase() {
        b'B' => 2,
        b'Q' => 8,
        b'H' => 16,
        _ => return Err(error::NUMERIC_DATA_ERROR),
    };
    let text = std::str::from_utf8(digits).map_err(|_| error::INVALID_CHARACTER_IN_NUMBER)?;
    if !text.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return Err(error::INVALID_CHARACTER_IN_NUMBER);
    }
    let value = u64::from_str_radix(text, base).map_err(|_| error::INVALID_CHARACTER_IN_NUMBER)?;
    Ok(Numeric::Value(value as f64))
}

fn keyword(raw: &[u8]) -> Result<Numeric, Error> {
    const WORDS: [(&str, Numeric); 8] = [
        ("MINimum", Numeric::Minimum),
        ("MAXimum", Numeric::Maximum),
        ("DEFault", Numeric::Default),
        ("UP", Numeric::Up),
        ("DOWN", Numeric::Down),
        ("INFinity", Numeric::Infinity),
        ("NINFinity", Numeric::NegativeInfinity),
        ("NAN", Numeric::NotANumber),
    ];
    let found = WORDS.iter().find(|it| crate::table::word(it.0.as_bytes(), raw));
    found.map(|it| it.1).ok_or(error::INVALID_CHARACTER_DATA)
}

/// IEEE 488.2, table 7-2; `M` before `OHM` and `HZ` is mega.
fn multiplier(suffix: &[u8], units: &[&str]) -> Result<f64, Error> {
    if suffix.is_empty() {
        return Ok(1.0);
    }
    if units.is_empty() {
        return Err(error::SUFFIX_NOT_ALLOWED);
    }
    const PREFIXES: [(&[u8], f64); 11] = [
        (b"EX", 1e18),
        (b"PE", 1e15),
        (b"T", 1e12),
        (b"G", 1e9),
        (b"MA", 1e6),
        (b"K", 1e3),
        (b"M", 1e-3),
        (b"U", 1e-6),
        (b"N", 1e-9),
        (b"P", 1e-12),
        (b"F", 1e-15),
    ];
    for unit in units.iter().map(|it| it.as_bytes()) {
        if suffix.len() < unit.len() {
            continue;
        }
        let (prefix, tail) = suffix.split_at(suffix.len() - unit.len());
        if !tail.eq_ignore_ascii_case(unit) {
            continue;
        }
        if prefix.is_empty() {
            return Ok(1.0);
        }
        if prefix.eq_ignore_ascii_case(b"M") && (unit == b"OHM" || unit == b"HZ") {
            return Ok(1e6);
        }
        if let Some(found) = PREFIXES.iter().find(|it| prefix.eq_ignore_ascii_case(it.0)) {
            return Ok(found.1);
        }
    }
    Err(error::INVALID_SUFFIX)
}
