//! Why a campaign refuses.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::Owner;

/// Why a campaign file could not be opened, written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// The file, or its folder, cannot be opened or made.
    #[error("campaign file {} cannot be opened: {source}", path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// The folder of a new campaign cannot be made.
    #[error("folder {} cannot be made: {source}", path.display())]
    CannotMakeFolder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// There is no such file, and reading does not make one.
    #[error("there is no campaign file {}", path.display())]
    NoSuchFile {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a memloop campaign", path.display())]
    NotACampaign {
        /// The file.
        path: PathBuf,
    },
    /// A later memloop wrote the file.
    #[error(
        "{} has campaign schema {found}, this memloop knows schemas up to {known}",
        path.display()
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The file's schema version.
        found: i32,
        /// The newest version known here.
        known: i32,
    },
    /// No run has this number.
    #[error("the campaign has no run {run}")]
    NoSuchRun {
        /// The number.
        run: i64,
    },
    /// A simulation that was to repeat itself did not.
    #[error(
        "run {run} cannot be done again: its batch {batch} has other readings this time \
         (another version of memloop, or another file that the bench names)"
    )]
    NotTheSameAgain {
        /// The run.
        run: i64,
        /// Which of its batches, from 0.
        batch: u64,
    },
    /// What was kept has other bytes now.
    #[error("{what} of run {run} is damaged: its SHA-256 is another than when it was written")]
    Damaged {
        /// What was kept.
        what: &'static str,
        /// Of which run.
        run: i64,
    },
    /// The file can be read, but not written.
    #[error("{} can be read but not written; check its permissions and its folder's", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another process writes the campaign.
    #[error("campaign {} is being written by {owner}", path.display())]
    Owned {
        /// The campaign.
        path: PathBuf,
        /// Who.
        owner: Box<Owner>,
    },
    /// The file that says who writes the campaign cannot be made.
    #[error("{} cannot be written: {source}", path.display())]
    CannotOwn {
        /// That file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Another process holds the file.
    #[error("another process has been writing to the campaign file for more than 5 s")]
    Busy,
    /// There is no room.
    #[error("the disk is full; what was committed before is safe")]
    DiskFull,
    /// Pages of the file are not what they should be.
    #[error("the campaign file is damaged: {source}")]
    Corrupt {
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// The file was read as one that nobody writes to, and somebody did.
    #[error("{} was written to while it was read; read it again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// What was last written lies beside the file, and cannot be joined with it there.
    #[error(
        "{} has a write-ahead log beside it, in a folder that cannot be written; copy both files to one that can",
        path.display()
    )]
    NeedsFolder {
        /// The file.
        path: PathBuf,
    },
    /// The caller ended it.
    #[error("reading the campaign was interrupted")]
    Interrupted,
    /// SQLite refused.
    #[error("the campaign file refused: {0}")]
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for CampaignError {
    fn from(error: rusqlite::Error) -> CampaignError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => CampaignError::Busy,
            Some(ErrorCode::DiskFull) => CampaignError::DiskFull,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                CampaignError::Corrupt { source: error }
            }
            Some(ErrorCode::OperationInterrupted) => CampaignError::Interrupted,
            _ => CampaignError::Sql(error),
        }
    }
}
