//! The file: opened, laid out, recognised.

use std::{fs, path::Path, sync::Arc, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::{CampaignError, Owner, Ownership, Result, migrate::migrate, reading::Frozen};

const SCHEMA: &str = include_str!("schema.sql");
/// `PRAGMA user_version` of the files written here.
const SCHEMA_VERSION: i32 = 4;
/// `PRAGMA application_id`: "mlop".
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"mlop");
/// How long another process may hold the file.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

/// One campaign file.
#[derive(Debug)]
pub struct Campaign {
    pub(crate) connection: Connection,
    /// Of who may write; let go after the connection.
    ownership: Option<Arc<Ownership>>,
    /// Of a file that is read without locks.
    pub(crate) frozen: Option<Frozen>,
}

impl Campaign {
    /// As [`Campaign::open_as`], for who says no more than the number of its process.
    ///
    /// # Errors
    /// Those of [`Campaign::open_as`].
    pub fn open(path: &Path) -> Result<Campaign> {
        Campaign::open_as(path, Owner::unnamed())
    }

    /// Opens a campaign to write to it; makes it, and its folder, where there is none. Until it is
    /// dropped nobody else can.
    ///
    /// # Errors
    /// Another process writes the campaign; the folder or the file cannot be written; the file is not a
    /// campaign, or a later memloop's. Nothing is changed in a file that is refused.
    pub fn open_as(path: &Path, owner: Owner) -> Result<Campaign> {
        if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|source| CampaignError::CannotMakeFolder {
                path: folder.to_owned(),
                source,
            })?;
        }
        let ownership = match Ownership::take(path, owner) {
            Err(error @ CampaignError::Owned { .. }) => return Err(error),
            // Where a file cannot be made beside it, SQLite's own reason is the better one.
            ownership => ownership,
        };
        let mut campaign = Campaign::connect(path, OpenFlags::default())?;
        campaign.lay_out_if_empty().map_err(|error| refused(path, error))?;
        campaign.check(path)?;
        if campaign.connection.is_readonly(rusqlite::MAIN_DB)? {
            return Err(CampaignError::ReadOnly { path: path.to_owned() });
        }
        campaign.ownership = Some(Arc::new(ownership?));
        campaign.bring_up_to_date()?;
        campaign.connection.pragma_update(None, "journal_mode", "wal")?;
        campaign.connection.pragma_update(None, "synchronous", "full")?;
        campaign.connection.pragma_update(None, "foreign_keys", true)?;
        Ok(campaign)
    }

    /// What makes this process the one that writes; `None` of a campaign that was opened to read it.
    pub fn ownership(&self) -> Option<&Arc<Ownership>> {
        self.ownership.as_ref()
    }

    pub(crate) fn connect(path: &Path, flags: OpenFlags) -> Result<Campaign> {
        let cannot = |source| CampaignError::CannotOpen { path: path.to_owned(), source };
        let connection = Connection::open_with_flags(path, flags).map_err(cannot)?;
        connection.busy_timeout(BUSY_LIMIT).map_err(cannot)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Campaign { connection, ownership: None, frozen: None })
    }

    /// Makes the tables in a file that has neither tables nor an owner: of two processes that find
    /// it so, one.
    fn lay_out_if_empty(&mut self) -> rusqlite::Result<()> {
        if !is_empty(&self.connection)? {
            return Ok(());
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if is_empty(&transaction)? {
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        }
        transaction.commit()
    }

    /// Gives an older file the columns that it lacks: of two processes that find it so, one.
    fn bring_up_to_date(&mut self) -> Result<()> {
        if self.schema_version()? == SCHEMA_VERSION {
            return Ok(());
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        migrate(&transaction, pragma(&transaction, "user_version")?)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        transaction.commit()?;
        Ok(())
    }

    /// The version of this file.
    pub(crate) fn schema_version(&self) -> Result<i32> {
        Ok(pragma(&self.connection, "user_version")?)
    }

    pub(crate) fn check(&self, path: &Path) -> Result<()> {
        let owner =
            pragma(&self.connection, "application_id").map_err(|error| refused(path, error))?;
        if owner != APPLICATION_ID {
            return Err(CampaignError::NotACampaign { path: path.to_owned() });
        }
        let found =
            pragma(&self.connection, "user_version").map_err(|error| refused(path, error))?;
        if found > SCHEMA_VERSION {
            let path = path.to_owned();
            return Err(CampaignError::NewerSchema { path, found, known: SCHEMA_VERSION });
        }
        Ok(())
    }
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0 && pragma(connection, "application_id")? == 0)
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// SQLite finds out that a file is something else when it first reads it.
fn refused(path: &Path, source: rusqlite::Error) -> CampaignError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => CampaignError::NotACampaign { path },
        Some(ErrorCode::DatabaseCorrupt) => CampaignError::Corrupt { source },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => CampaignError::Busy,
        Some(ErrorCode::ReadOnly) => CampaignError::ReadOnly { path },
        _ => CampaignError::CannotOpen { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, NewRun};

    #[test]
    fn a_file_that_another_process_is_writing_is_called_busy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.sqlite");
        let mut campaign = Campaign::open(&path).unwrap();
        let new = NewRun {
            experiment: "iris",
            kind: "train",
            configuration_json: "{}",
            bench_json: "{}",
            software_version: "0",
            source: None,
        };
        let run = campaign.begin_run(&new).unwrap();
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        campaign.connection.busy_timeout(Duration::ZERO).unwrap();
        let batch = Batch { phase: "iv", ..Batch::default() };
        assert!(matches!(campaign.commit_batch(run, &batch), Err(CampaignError::Busy)));
        assert_eq!(campaign.runs().unwrap().len(), 1);
        other.execute_batch("ROLLBACK").unwrap();
        campaign.commit_batch(run, &batch).unwrap();
    }

    #[test]
    fn what_is_committed_is_synchronised() {
        let folder = tempfile::tempdir().unwrap();
        let campaign = Campaign::open(&folder.path().join("c.sqlite")).unwrap();
        let mode: String =
            campaign.connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        assert_eq!(pragma(&campaign.connection, "synchronous").unwrap(), 2);
        assert_eq!(pragma(&campaign.connection, "foreign_keys").unwrap(), 1);
    }
}
