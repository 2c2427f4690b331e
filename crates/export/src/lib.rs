//! The tables of a campaign as files that other programs read: Parquet, Arrow, CSV, NetCDF.
//!
//! [`write()`] makes one file of one table of one run. It goes through the rows once (NetCDF twice), holds a
//! few ten thousand of them, keeps every bit of every number, and says in the file what the columns mean,
//! in which units they are, and which configuration, bench and instruments they came from ([`Facts`]).
//! A file appears whole under its name or not at all, and never in place of another unasked.
//!
//! [`place`] is where a file lies so that several runs of several campaigns can be read as one table.
//!
//! ```
//! use std::ops::ControlFlow;
//! use campaign::{Campaign, NewRun, Table};
//! use export::{Existing, Facts, Format, Rows, place, write};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("night-3.sqlite");
//! # let run = Campaign::open(&path)?.begin_run(&NewRun {
//! #     experiment: "iris", kind: "train", configuration_json: "{}", bench_json: "{}",
//! #     software_version: "0.1.0", source: None,
//! # })?;
//! let campaign = Campaign::open_read_only(&path)?;
//! let facts = Facts::of(&campaign, "night-3", run)?;
//! let rows = Rows { campaign: &campaign, run, table: Table::Runs, facts: &facts };
//! let file = place(folder.path(), "night-3", run, Table::Runs, Format::Parquet);
//! let written = write(&rows, Format::Parquet, &file, Existing::Keep, &mut |_| ControlFlow::Continue(()))?;
//! assert_eq!(written.rows, 1);
//! assert!(file.ends_with("runs/campaign=night-3/run=1/runs.parquet"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arrow;
mod csv;
mod error;
mod facts;
mod format;
mod netcdf;
mod place;
mod rows;
mod whole;

pub use crate::{
    error::ExportError,
    facts::Facts,
    format::Format,
    place::place,
    rows::{Rows, Told, Written, write},
    whole::Existing,
};

/// What the functions of this crate return.
pub type Result<T, E = ExportError> = std::result::Result<T, E>;
