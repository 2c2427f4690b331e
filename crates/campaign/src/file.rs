use std::{fs, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{CampaignError, Result};

const SCHEMA: &str = include_str!("schema.sql");
/// `PRAGMA user_version` of the files written here.
const SCHEMA_VERSION: i32 = 1;
/// `PRAGMA application_id`: "mlop".
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"mlop");
/// How long another process may hold the file.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

/// One campaign file.
#[derive(Debug)]
pub struct Campaign {
    pub(crate) connection: Connection,
}

impl Campaign {
    /// Opens a campaign to write to it; makes it, and its folder, where there is none.
    ///
    /// # Errors
    /// The folder or the file cannot be written; the file is not a campaign, or a later memloop's.
    /// Nothing is changed in a file that is refused.
    pub fn open(path: &Path) -> Result<Campaign> {
        if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|source| CampaignError::CannotMakeFolder {
                path: folder.to_owned(),
                source,
            })?;
        }
        let mut campaign = Campaign::connect(path, OpenFlags::default())?;
        if campaign.is_empty().map_err(|error| refused(path, error))? {
            campaign.lay_out()?;
        }
        campaign.check(path)?;
        campaign
            .connection
            .pragma_update(None, "journal_mode", "wal")?;
        campaign
            .connection
            .pragma_update(None, "synchronous", "full")?;
        campaign
            .connection
            .pragma_update(None, "foreign_keys", true)?;
        Ok(campaign)
    }

    /// Opens a campaign to read it.
    ///
    /// # Errors
    /// There is no such file, or it is not a campaign, or a later memloop's.
    pub fn open_read_only(path: &Path) -> Result<Campaign> {
        if !path.exists() {
            return Err(CampaignError::NoSuchFile {
                path: path.to_owned(),
            });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let campaign = Campaign::connect(path, flags)?;
        campaign.check(path)?;
        Ok(campaign)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Campaign> {
        let cannot = |source| CampaignError::CannotOpen {
            path: path.to_owned(),
            source,
        };
        let connection = Connection::open_with_flags(path, flags).map_err(cannot)?;
        connection.busy_timeout(BUSY_LIMIT).map_err(cannot)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Campaign { connection })
    }

    /// Whether the file has neither tables nor an owner.
    fn is_empty(&self) -> rusqlite::Result<bool> {
        let tables: i64 =
            self.connection
                .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok(tables == 0 && self.pragma("application_id")? == 0)
    }

    fn lay_out(&mut self) -> Result<()> {
        let transaction = self.connection.transaction()?;
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        transaction.commit()?;
        Ok(())
    }

    fn check(&self, path: &Path) -> Result<()> {
        let owner = self
            .pragma("application_id")
            .map_err(|error| refused(path, error))?;
        if owner != APPLICATION_ID {
            return Err(CampaignError::NotACampaign {
                path: path.to_owned(),
            });
        }
        let found = self.pragma("user_version")?;
        if found > SCHEMA_VERSION {
            let path = path.to_owned();
            return Err(CampaignError::NewerSchema {
                path,
                found,
                known: SCHEMA_VERSION,
            });
        }
        Ok(())
    }

    fn pragma(&self, name: &str) -> rusqlite::Result<i32> {
        self.connection
            .pragma_query_value(None, name, |row| row.get(0))
    }
}

/// SQLite finds out that a file is something else when it first reads it.
fn refused(path: &Path, source: rusqlite::Error) -> CampaignError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => CampaignError::NotACampaign { path },
        _ => CampaignError::CannotOpen { path, source },
    }
}
