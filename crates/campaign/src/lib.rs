//! The store of record: runs, readings, slopes and epochs, in one SQLite file.
//!
//! A [`Campaign`] is one file. It knows no instrument: rows go in, rows come out, and anyone can
//! open it with `sqlite3`; `docs/campaign-schema.md` explains the tables.
//!
//! A training also keeps what it goes on from after an interruption ([`Campaign::advance`]): bytes that
//! this crate does not look into, each with its SHA-256.
//!
//! What is committed survives a crash: the file is in write-ahead mode with full synchronisation.
//! [`Campaign::commit_batch`] writes all readings and slopes of a batch, or none. A run that crashed
//! has no [`Exit`]: it is unfinished.
//!
//! Several processes may read a campaign while one writes it: its [`Owner`]. A second is refused with
//! [`CampaignError::Owned`]. What is beside a run ([`Campaign::note`]) may be written down by anybody; who
//! writes while another commits waits for that, at most 5 s, and then fails with [`CampaignError::Busy`].
//!
//! ```
//! use campaign::{Campaign, Exit, NewRun};
//!
//! # let folder = tempfile::tempdir()?;
//! let mut campaign = Campaign::open(&folder.path().join("night-3.sqlite"))?;
//! let run = campaign.begin_run(&NewRun {
//!     experiment: "iris",
//!     kind: "train",
//!     configuration_json: "{}",
//!     bench_json: "{}",
//!     software_version: "0.1.0",
//!     source: None,
//! })?;
//! campaign.end_run(run, Exit::Done, "")?;
//! assert_eq!(campaign.runs()?[0].exit, Some(Exit::Done));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod again;
mod effort;
mod error;
mod events;
mod file;
mod kept;
mod migrate;
mod owner;
mod read;
mod reading;
mod replay;
mod rows;
mod table;
mod verify;
mod write;

pub use crate::{
    effort::Effort,
    error::CampaignError,
    events::EventRow,
    file::Campaign,
    kept::{Advance, CheckpointRow, FoldRow, Kept, Source},
    owner::{Owner, Ownership},
    reading::Interrupter,
    replay::StoredBatch,
    rows::{
        Batch, BatchGradient, BatchReading, BatchRequest, EpochRow, Exit, GradientRow,
        InstrumentId, InstrumentRow, NewRun, PairId, PhaseCount, ReadingRow, RequestRow, ResultRow,
        RunId, RunSummary,
    },
    table::{Cell, Cells, Column, ColumnKind, Extent, Table},
    verify::{Finding, GoOn, RunCheck},
};

/// What the functions of this crate return.
pub type Result<T, E = CampaignError> = std::result::Result<T, E>;
