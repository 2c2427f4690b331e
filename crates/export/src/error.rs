//! Why a table is not written.

use std::path::PathBuf;

use arrow_schema::ArrowError;
use campaign::CampaignError;
use parquet::errors::ParquetError;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The campaign cannot be read.
    #[error(transparent)]
    Campaign(#[from] CampaignError),
    /// There is a file of this name already.
    #[error("{} exists", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{} cannot be written: {source}", path.display())]
    CannotWrite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A write to a file that was opened failed.
    #[error("writing failed: {0}")]
    Io(#[from] std::io::Error),
    /// Parquet's own reason.
    #[error("writing Parquet failed: {0}")]
    Parquet(#[from] ParquetError),
    /// Arrow's own reason.
    #[error("writing Arrow failed: {0}")]
    Arrow(#[from] ArrowError),
    /// The format holds less.
    #[error(
        "NetCDF's classic format holds 4 GiB of a column, and {column} of {rows} rows needs more"
    )]
    TooLarge {
        /// Which column.
        column: &'static str,
        /// How many rows.
        rows: u64,
    },
    /// Rows were added between the two times that they are gone through.
    #[error("the run was written to while it was exported; export it again")]
    Changed,
}
