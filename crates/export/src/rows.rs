//! One table of one run, and the file made of it.

use std::{ops::ControlFlow, path::Path};

use campaign::{Campaign, Cells, RunId, Table};

use crate::{Existing, Facts, Format, Result, arrow, csv, netcdf, whole::Whole};

/// Rows between two times that somebody is told of them.
const STRIDE: u64 = 8192;

/// What is to be written.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// Where the rows are.
    pub campaign: &'a Campaign,
    /// Of which run.
    pub run: RunId,
    /// Which table.
    pub table: Table,
    /// What is known of the run.
    pub facts: &'a Facts,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Is told how many rows have been gone through since the last time, and may end it.
pub type Told<'a> = dyn FnMut(u64) -> ControlFlow<()> + 'a;

impl Rows<'_> {
    /// Hands out every row; how many there were.
    pub(crate) fn each(
        &self,
        told: &mut Told,
        row: &mut dyn FnMut(&Cells) -> Result<()>,
    ) -> Result<u64> {
        let mut rows = 0_u64;
        self.campaign.scan::<crate::ExportError>(self.table, self.run, &mut |cells| {
            row(cells)?;
            rows += 1;
            let tell = rows.is_multiple_of(STRIDE);
            Ok(if tell { told(STRIDE) } else { ControlFlow::Continue(()) })
        })?;
        Ok(rows)
    }
}

/// Writes a table of a run as one file.
///
/// # Errors
/// The campaign cannot be read, or the file not written; `told` ended it. There is then no new file.
pub fn write(
    rows: &Rows,
    format: Format,
    target: &Path,
    existing: Existing,
    told: &mut Told,
) -> Result<Written> {
    let whole = Whole::begin(target, existing)?;
    let count = match format {
        Format::Parquet => arrow::write_parquet(rows, whole.file()?, told)?,
        Format::Arrow => arrow::write_ipc(rows, whole.file()?, told)?,
        Format::Csv => csv::write(rows, whole.file()?, told)?,
        Format::Netcdf => netcdf::write(rows, whole.file()?, told)?,
    };
    if format == Format::Csv {
        csv::write_facts(rows, target)?;
    }
    Ok(Written { rows: count, bytes: whole.end()? })
}
