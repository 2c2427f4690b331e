//! NetCDF 3 with 64-bit offsets, written in one pass after a first that counts.
//!
//! The format is that of the NetCDF Users' Guide, appendix B ("File Format Specifications"), unchanged
//! since 2004: a header of dimensions, attributes and variables, then the values of one variable after
//! the other, big-endian. Why it is written here is in `docs/decisions/0010-export-formats.md`.

mod header;

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
};

use campaign::{Cell, Column, ColumnKind};

use self::header::{Attribute, Header, Type, Variable};
use crate::{ExportError, Result, Rows, Told};

/// Rows that are held in memory.
const HELD: u64 = 1 << 15;
/// What stands for an integer that is absent.
const NO_INTEGER: i32 = i32::MIN;

pub(crate) fn write(rows: &Rows, mut file: File, told: &mut Told) -> Result<u64> {
    let mut go_on = || told(0);
    let extent = rows.campaign.extent(rows.table, rows.run, &mut go_on)?;
    let columns = rows.table.columns().iter().zip(&extent.columns);
    let variables = columns.map(|(column, seen)| variable(column, *seen)).collect();
    let facts = rows.facts.with(rows.table).into_iter();
    let facts = facts.map(|(key, value)| (key.replace('.', "_"), Attribute::Text(value)));
    let header = Header { rows: extent.rows, facts: facts.collect(), variables };
    let begins = header.begins()?;
    file.write_all(&header.bytes(&begins))?;
    let mut held: Vec<Vec<u8>> = vec![Vec::new(); begins.len()];
    let mut written = 0;
    let mut flush = |held: &mut [Vec<u8>], rows: u64| -> Result<()> {
        for ((bytes, begin), variable) in held.iter_mut().zip(&begins).zip(&header.variables) {
            file.seek(SeekFrom::Start(begin + written * variable.width as u64))?;
            file.write_all(bytes)?;
            bytes.clear();
        }
        written += rows;
        Ok(())
    };
    let mut waiting = 0;
    let count = rows.each(told, &mut |cells| {
        for (at, (variable, bytes)) in header.variables.iter().zip(&mut held).enumerate() {
            put(bytes, variable, cells.get(at)?);
        }
        waiting += 1;
        if waiting == HELD {
            flush(&mut held, std::mem::take(&mut waiting))?;
        }
        Ok(())
    })?;
    flush(&mut held, waiting)?;
    if count != extent.rows {
        return Err(ExportError::Changed);
    }
    file.set_len(header.end(&begins))?;
    Ok(count)
}

/// How a column is held: texts in the width of the longest, integers as small as they fit.
fn variable(column: &Column, (longest, least, most): (usize, i64, i64)) -> Variable {
    let mut attributes = vec![("long_name", Attribute::Text(column.meaning.to_owned()))];
    attributes.extend(column.unit.map(|it| ("units", Attribute::Text(it.to_owned()))));
    let fits = least > i64::from(NO_INTEGER) && most <= i64::from(i32::MAX);
    let (kind, width) = match column.kind {
        ColumnKind::Flag => (Type::Byte, 1),
        ColumnKind::Integer if least > most || fits => (Type::Int, 4),
        ColumnKind::Integer | ColumnKind::Real => (Type::Double, 8),
        _ => (Type::Char, longest.max(1)),
    };
    match kind {
        Type::Char => attributes.push(("_Encoding", Attribute::Text("utf-8".to_owned()))),
        Type::Byte => {
            attributes.push(("flag_values", Attribute::Bytes(vec![0, 1])));
            attributes.push(("flag_meanings", Attribute::Text("no yes".to_owned())));
        }
        Type::Int if column.nullable => attributes.push(("_FillValue", Attribute::Int(NO_INTEGER))),
        Type::Double if column.nullable => {
            attributes.push(("_FillValue", Attribute::Double(f64::NAN)));
        }
        _ => {}
    }
    if column.nullable {
        let what = match kind {
            Type::Char => "the empty text is NULL in the campaign",
            _ => "_FillValue is NULL in the campaign: absent, or not a number",
        };
        attributes.push(("missing", Attribute::Text(what.to_owned())));
    }
    Variable { name: column.name, kind, width, attributes }
}

fn put(bytes: &mut Vec<u8>, variable: &Variable, cell: Cell) {
    match (variable.kind, cell) {
        (Type::Byte, Cell::Integer(it)) => bytes.push(it as u8),
        (Type::Int, Cell::Integer(it)) => bytes.extend((it as i32).to_be_bytes()),
        (Type::Double, Cell::Integer(it)) => bytes.extend((it as f64).to_be_bytes()),
        (Type::Double, Cell::Real(it)) => bytes.extend(it.to_be_bytes()),
        (Type::Char, Cell::Text(it)) => {
            let end = bytes.len() + variable.width;
            bytes.extend(it.as_bytes());
            bytes.resize(end, 0);
        }
        (Type::Byte, _) => bytes.push(0),
        (Type::Int, _) => bytes.extend(NO_INTEGER.to_be_bytes()),
        (Type::Double, _) => bytes.extend(f64::NAN.to_be_bytes()),
        (Type::Char, _) => bytes.resize(bytes.len() + variable.width, 0),
    }
}
