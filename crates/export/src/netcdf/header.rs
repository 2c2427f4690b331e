//! The header of a NetCDF 3 file: NetCDF Users' Guide, appendix B.

use crate::{ExportError, Result};

const DIMENSIONS: u32 = 0x0A;
const VARIABLES: u32 = 0x0B;
const ATTRIBUTES: u32 = 0x0C;
/// What a variable may hold, unless it is the last.
const LARGEST: u64 = u32::MAX as u64 - 3;

/// `nc_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Byte = 1,
    Char = 2,
    Int = 4,
    Double = 6,
}

/// The value of an attribute.
pub(super) enum Attribute {
    Text(String),
    Bytes(Vec<u8>),
    Int(i32),
    Double(f64),
}

/// A column.
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) kind: Type,
    /// Bytes of a row.
    pub(super) width: usize,
    pub(super) attributes: Vec<(&'static str, Attribute)>,
}

/// What comes before the values.
pub(super) struct Header {
    pub(super) rows: u64,
    pub(super) facts: Vec<(String, Attribute)>,
    pub(super) variables: Vec<Variable>,
}

impl Header {
    /// Where the values of each variable begin.
    pub(super) fn begins(&self) -> Result<Vec<u64>> {
        // The header is as long whatever it says of where values begin.
        let mut next = self.bytes(&vec![0; self.variables.len()]).len() as u64;
        let mut begins = Vec::new();
        for it in &self.variables {
            begins.push(next);
            let size = padded(it.width as u64 * self.rows);
            if size > LARGEST || self.rows > i32::MAX as u64 {
                return Err(ExportError::TooLarge { column: it.name, rows: self.rows });
            }
            next += size;
        }
        Ok(begins)
    }

    /// Where the file ends.
    pub(super) fn end(&self, begins: &[u64]) -> u64 {
        let last = self.variables.last().zip(begins.last());
        last.map_or(0, |(it, begin)| begin + padded(it.width as u64 * self.rows))
    }

    pub(super) fn bytes(&self, begins: &[u64]) -> Vec<u8> {
        let mut bytes = b"CDF\x02".to_vec();
        let texts: Vec<_> = self.variables.iter().filter(|it| it.kind == Type::Char).collect();
        // A dimension of length 0 is the one that may grow: of an empty table, and has no records.
        put(&mut bytes, 0);
        put(&mut bytes, DIMENSIONS);
        put(&mut bytes, 1 + texts.len() as u32);
        name(&mut bytes, "row");
        put(&mut bytes, self.rows as u32);
        for it in &texts {
            name(&mut bytes, &format!("{}_length", it.name));
            put(&mut bytes, it.width as u32);
        }
        attributes(&mut bytes, self.facts.iter().map(|it| (it.0.as_str(), &it.1)));
        put(&mut bytes, VARIABLES);
        put(&mut bytes, self.variables.len() as u32);
        let mut text = 0;
        for (it, begin) in self.variables.iter().zip(begins) {
            name(&mut bytes, it.name);
            if it.kind == Type::Char {
                text += 1;
                put(&mut bytes, 2);
                put(&mut bytes, 0);
                put(&mut bytes, text);
            } else {
                put(&mut bytes, 1);
                put(&mut bytes, 0);
            }
            attributes(&mut bytes, it.attributes.iter().map(|it| (it.0, &it.1)));
            put(&mut bytes, it.kind as u32);
            put(&mut bytes, padded(it.width as u64 * self.rows.max(1)) as u32);
            bytes.extend(begin.to_be_bytes());
        }
        bytes
    }
}

fn attributes<'a>(
    bytes: &mut Vec<u8>,
    given: impl ExactSizeIterator<Item = (&'a str, &'a Attribute)>,
) {
    put(bytes, ATTRIBUTES);
    put(bytes, given.len() as u32);
    for (key, value) in given {
        name(bytes, key);
        let (kind, count, raw) = match value {
            Attribute::Text(it) => (Type::Char, it.len(), it.clone().into_bytes()),
            Attribute::Bytes(it) => (Type::Byte, it.len(), it.clone()),
            Attribute::Int(it) => (Type::Int, 1, it.to_be_bytes().to_vec()),
            Attribute::Double(it) => (Type::Double, 1, it.to_be_bytes().to_vec()),
        };
        put(bytes, kind as u32);
        put(bytes, count as u32);
        fill(bytes, &raw);
    }
}

fn name(bytes: &mut Vec<u8>, name: &str) {
    put(bytes, name.len() as u32);
    fill(bytes, name.as_bytes());
}

/// Bytes, then zeros to a multiple of four.
fn fill(bytes: &mut Vec<u8>, raw: &[u8]) {
    bytes.extend(raw);
    bytes.resize(bytes.len() + raw.len().next_multiple_of(4) - raw.len(), 0);
}

fn put(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend(number.to_be_bytes());
}

fn padded(size: u64) -> u64 {
    size.next_multiple_of(4)
}
