//! A run on simulated devices that is done again from its beginning: what is on disk is compared, and not
//! written twice.

use rusqlite::{OptionalExtension, params};

use crate::{Batch, Campaign, CampaignError, Result, RunId};

impl Campaign {
    /// How many batches a run has committed.
    ///
    /// # Errors
    /// The file refused.
    pub fn count_batches(&self, run: RunId) -> Result<u64> {
        let sql = "SELECT count(*) FROM batches WHERE run = ?";
        Ok(self.connection.query_row(sql, [run.0], |row| row.get(0))?)
    }

    /// Holds a batch against the one of this number, from 0, that the run has committed: the phase, how
    /// many readings there are, and every level and current.
    ///
    /// # Errors
    /// They differ; the file refused.
    pub fn hold_against(&self, run: RunId, number: u64, batch: &Batch) -> Result<()> {
        let differs = || CampaignError::NotTheSameAgain { run: run.0, batch: number };
        let sql = "SELECT id, phase FROM batches WHERE run = ? ORDER BY id LIMIT 1 OFFSET ?";
        let found = self.connection.query_row(sql, params![run.0, number], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        });
        let (id, phase) = found.optional()?.ok_or_else(differs)?;
        let mut expected: Vec<_> = batch
            .readings
            .iter()
            .map(|it| ((it.instrument.0, it.position as i64), it.level_volts, it.current_amperes))
            .collect();
        expected.sort_by_key(|it| it.0);
        let sql = "SELECT instrument, position, level_volts, current_amperes FROM readings
                   WHERE batch = ? ORDER BY instrument, position";
        let stored = self.all(sql, [id], |row| {
            Ok(((row.get(0)?, row.get(1)?), row.get::<_, f64>(2)?, row.get::<_, Option<f64>>(3)?))
        })?;
        if phase == batch.phase && stored == expected { Ok(()) } else { Err(differs()) }
    }

    /// Takes back what a run that begins again will find out again from the same readings: its opening,
    /// epochs, folds, checkpoints and results. Readings, slopes and events stay.
    ///
    /// # Errors
    /// The file refused; nothing was taken back.
    pub fn begin_again(&mut self, run: RunId) -> Result<()> {
        let transaction = self.connection.transaction()?;
        for table in ["openings", "epochs", "folds", "checkpoints", "results"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE run = ?"), [run.0])?;
        }
        Ok(transaction.commit()?)
    }
}
