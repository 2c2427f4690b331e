//! What happened: in a run's own process, and beside it.

use std::path::Path;

use rusqlite::{OpenFlags, Row, TransactionBehavior, params};
use serde::Serialize;

use crate::{Campaign, CampaignError, Exit, Result, RunId};

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventRow {
    /// When it was written down, UTC.
    pub at_utc: String,
    /// `link-lost`, `note`, `guard-acted`, ...
    pub kind: String,
    /// In words.
    pub text: String,
}

impl Campaign {
    /// Writes down that something happened in a run, also while another process owns the campaign: in
    /// one short transaction. Makes no file.
    ///
    /// # Errors
    /// There is no such campaign or run; the file refused.
    pub fn note(path: &Path, run: RunId, kind: &str, text: &str) -> Result<()> {
        let mut campaign = Campaign::beside(path)?;
        let transaction =
            campaign.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let is_there = "SELECT count(*) FROM runs WHERE id = ?";
        if transaction.query_row(is_there, [run.0], |row| row.get::<_, i64>(0))? == 0 {
            return Err(CampaignError::NoSuchRun { run: run.0 });
        }
        let insert = "INSERT INTO events (run, kind, text) VALUES (?, ?, ?)";
        transaction.execute(insert, params![run.0, kind, text])?;
        transaction.commit()?;
        Ok(())
    }

    /// Writes down that a run was interrupted whose recorder could not do so itself, unless it has ended;
    /// returns its readings.
    ///
    /// # Errors
    /// There is no such campaign; the file refused.
    pub fn interrupted(path: &Path, run: RunId) -> Result<u64> {
        let mut campaign = Campaign::beside(path)?;
        let sql = "SELECT exit_status IS NULL FROM runs WHERE id = ?";
        if campaign.connection.query_row(sql, [run.0], |row| row.get(0))? {
            campaign.end_run(run, Exit::Interrupted, "")?;
        }
        campaign.count_readings(run)
    }

    /// A campaign that exists, for one short transaction beside its owner.
    fn beside(path: &Path) -> Result<Campaign> {
        if !path.exists() {
            return Err(CampaignError::NoSuchFile { path: path.to_owned() });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let campaign = Campaign::connect(path, flags)?;
        campaign.check(path)?;
        campaign.connection.pragma_update(None, "synchronous", "full")?;
        Ok(campaign)
    }

    /// What happened in a run, in the order that it was written down.
    ///
    /// # Errors
    /// The file refused.
    pub fn events(&self, run: RunId) -> Result<Vec<EventRow>> {
        let sql = "SELECT at_utc, kind, text FROM events WHERE run = ? ORDER BY id";
        let event =
            |row: &Row| Ok(EventRow { at_utc: row.get(0)?, kind: row.get(1)?, text: row.get(2)? });
        self.all(sql, [run.0], event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewRun;

    #[test]
    fn a_note_is_taken_while_another_owns_the_campaign_and_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.sqlite");
        let none = Campaign::note(&path, RunId(1), "note", "");
        assert!(matches!(none, Err(CampaignError::NoSuchFile { .. })));
        assert!(!path.exists());
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
        Campaign::note(&path, run, "note", "refilled the left device").unwrap();
        campaign.add_event(run, "resumed", "").unwrap();
        let events = campaign.events(run).unwrap();
        let told: Vec<_> = events.iter().map(|it| (&it.kind[..], &it.text[..])).collect();
        assert_eq!(told, [("note", "refilled the left device"), ("resumed", "")]);
        let other = Campaign::note(&path, RunId(2), "note", "");
        assert!(matches!(other, Err(CampaignError::NoSuchRun { run: 2 })));
    }
}
