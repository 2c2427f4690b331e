//! Program messages: what a controller sends to an instrument.

use crate::{
    error::{self, Error},
    scan::{skip, trim_start},
};

mod numeric;
mod parameters;

pub use self::{
    numeric::Numeric,
    parameters::{Channels, Parameters},
};

/// The deepest header accepted; deeper ones are undefined anyway.
const MOST_NODES: usize = 12;

/// The longest mnemonic, its numeric suffix not counted (IEEE 488.2, section 7.6.1.4.1).
const LONGEST_MNEMONIC: usize = 12;

/// Iterates over the units of one program message, its terminator removed: what stands at the end
/// of an indefinite block is data, white space too.
///
/// A unit that cannot be parsed is an error, and the last that is returned: IEEE 488.2 lets a parser
/// give up on the rest of the message.
pub fn units(message: &[u8]) -> Units<'_> {
    Units { rest: message, path: Nodes::default() }
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
            self.rest = trim_start(self.rest);
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
    if let Some(strange) = node.iter().find(|it| !word(it)) {
        return Err(match strange {
            // Data begin here, and no white space stands before them.
            b'"' | b'\'' | b'#' | b'(' | b',' | b'+' | b'-' | b'.' => error::HEADER_SEPARATOR_ERROR,
            b'*' | b'?' => error::SYNTAX_ERROR,
            _ => error::INVALID_CHARACTER,
        });
    }
    if !node.first().is_some_and(u8::is_ascii_alphabetic) {
        return Err(error::SYNTAX_ERROR);
    }
    let suffix = node.iter().rev().take_while(|it| it.is_ascii_digit()).count();
    if node.len() - suffix > LONGEST_MNEMONIC {
        return Err(error::PROGRAM_MNEMONIC_TOO_LONG);
    }
    Ok(())
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
