use std::path::PathBuf;

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
    /// SQLite refused.
    #[error("the campaign file refused: {0}")]
    Sql(#[from] rusqlite::Error),
}
