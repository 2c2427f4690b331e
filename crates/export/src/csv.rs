//! Comma-separated text: one header line, numbers with as few digits as read back the same.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use ::csv::{QuoteStyle, WriterBuilder};
use campaign::Cell;

use crate::{Existing, ExportError, Result, Rows, Told, whole::Whole};

pub(crate) fn write(rows: &Rows, file: File, told: &mut Told) -> Result<u64> {
    let mut builder = WriterBuilder::new();
    let mut writer = builder.quote_style(QuoteStyle::Necessary).from_writer(BufWriter::new(file));
    let columns = rows.table.columns();
    writer.write_record(columns.iter().map(|it| it.name)).map_err(io_of)?;
    let mut text = Vec::new();
    let count = rows.each(told, &mut |cells| {
        for at in 0..columns.len() {
            text.clear();
            match cells.get(at)? {
                Cell::Null => {}
                Cell::Integer(it) => write!(text, "{it}")?,
                Cell::Real(it) => write!(text, "{it:?}")?,
                Cell::Text(it) => text.extend_from_slice(it.as_bytes()),
            }
            writer.write_field(&text).map_err(io_of)?;
        }
        writer.write_record(None::<&[u8]>).map_err(io_of)?;
        Ok(())
    })?;
    writer.into_inner().map_err(|it| it.into_error())?.flush()?;
    Ok(count)
}

/// What a table of text has no room for goes into a file beside it, before it: `readings.csv.json`.
pub(crate) fn write_facts(rows: &Rows, target: &Path) -> Result<()> {
    let mut name = target.as_os_str().to_owned();
    name.push(".json");
    let beside = Whole::begin(Path::new(&name), Existing::Replace)?;
    let facts = rows.facts.with(rows.table);
    serde_json::to_writer_pretty(BufWriter::new(beside.file()?), &facts)
        .map_err(io::Error::from)?;
    beside.end()?;
    Ok(())
}

fn io_of(error: ::csv::Error) -> ExportError {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error.into(),
        other => io::Error::other(format!("{other:?}")).into(),
    }
}
