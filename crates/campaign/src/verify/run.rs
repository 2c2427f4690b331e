//! What a run has beside its batches.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row};

use super::{GoOn, RunCheck};
use crate::{Campaign, CampaignError, Exit, Result, RunId};

/// Arm, repeat and fold.
type Fold = (String, i64, i64);

impl Campaign {
    pub(super) fn begin_check(&self, run: RunId) -> Result<RunCheck> {
        let sql = "SELECT experiment, kind, exit_status FROM runs WHERE id = ?";
        let begun = |row: &Row| {
            Ok(RunCheck {
                run,
                experiment: row.get(0)?,
                kind: row.get(1)?,
                exit: row.get::<_, Option<String>>(2)?.as_deref().and_then(Exit::from_text),
                batches: 0,
                readings: 0,
                gradients: 0,
                requests: 0,
                epochs: 0,
                folds: 0,
                checkpoints: 0,
                findings: Vec::new(),
                findings_left_off: 0,
            })
        };
        let found = self.connection.query_row(sql, [run.0], begun).optional()?;
        found.ok_or(CampaignError::NoSuchRun { run: run.0 })
    }

    /// How it ended, and every JSON text.
    pub(super) fn check_run(&self, check: &mut RunCheck, _: &mut GoOn) -> Result<()> {
        let run = check.run.0;
        let sql = "SELECT exit_status NOTNULL, ended_utc NOTNULL FROM runs WHERE id = ?";
        let (has_exit, has_end): (bool, bool) =
            self.connection.query_row(sql, [run], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if has_exit != has_end {
            check.found(None, None, "of exit status and end, one is there without the other");
        }
        let sql = "
            SELECT 'the configuration' FROM runs WHERE id = ?1 AND NOT json_valid(configuration_json)
            UNION ALL SELECT 'the bench' FROM runs WHERE id = ?1 AND NOT json_valid(bench_json)
            UNION ALL SELECT format('the settings of instrument \"%s\"', name) FROM instruments
              WHERE run = ?1 AND NOT json_valid(settings_json)
            UNION ALL SELECT format('result \"%s\"', name) FROM results
              WHERE run = ?1 AND NOT json_valid(value_json)";
        for what in self.all(sql, [run], |row| row.get::<_, String>(0))? {
            check.found(None, None, &format!("{what} is not JSON"));
        }
        Ok(())
    }

    /// Epochs, folds and what they are trained on from.
    pub(super) fn check_training(&self, check: &mut RunCheck, _: &mut GoOn) -> Result<()> {
        let trained = self.check_epochs(check)?;
        if self.schema_version()? < 4 {
            return Ok(());
        }
        self.check_hashes(check)?;
        self.check_folds(check, &trained)
    }

    /// Epochs of every fold count from 0 without a gap; how many each has.
    fn check_epochs(&self, check: &mut RunCheck) -> Result<BTreeMap<Fold, i64>> {
        let sql = "SELECT arm, repeat, fold, count(*), min(epoch), max(epoch) FROM epochs
                   WHERE run = ? GROUP BY arm, repeat, fold";
        let rows = self.all(sql, [check.run.0], |row| {
            let fold: Fold = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((fold, row.get::<_, i64>(3)?, row.get::<_, i64>(4)?, row.get::<_, i64>(5)?))
        })?;
        let mut trained = BTreeMap::new();
        for (fold, count, first, last) in rows {
            check.epochs += count as u64;
            if (first, last) != (0, count - 1) {
                let of = named(&fold);
                let what = format!("{count} epochs of {of} are numbered from {first} to {last}");
                check.found(None, None, &what);
            }
            trained.insert(fold, count);
        }
        Ok(trained)
    }

    fn check_hashes(&self, check: &mut RunCheck) -> Result<()> {
        let sql = "SELECT 'the opening', sha256, state FROM openings WHERE run = ?1
                   UNION ALL SELECT format('the checkpoint of arm \"%s\"', arm), sha256, state
                     FROM checkpoints WHERE run = ?1";
        check.checkpoints = self.hashes(check, sql)?;
        let sql =
            "SELECT format('repeat %d, fold %d of arm \"%s\"', repeat, fold, arm), sha256, state
                   FROM folds WHERE run = ?1";
        check.folds = self.hashes(check, sql)?;
        Ok(())
    }

    /// Of rows of name, hash and bytes.
    fn hashes(&self, check: &mut RunCheck, sql: &str) -> Result<u64> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([check.run.0])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            let (name, hash): (String, String) = (row.get(0)?, row.get(1)?);
            let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            if crate::kept::sha256(bytes) != hash {
                let what = format!(
                    "{name} is damaged: its bytes have another SHA-256 than when they were written"
                );
                check.found(None, None, &what);
            }
        }
        Ok(count)
    }

    /// Folds and checkpoints against the epochs that they say they have.
    fn check_folds(&self, check: &mut RunCheck, trained: &BTreeMap<Fold, i64>) -> Result<()> {
        let sql = "SELECT arm, repeat, fold, epochs FROM folds WHERE run = ?1
                   UNION ALL SELECT arm, repeat, fold, epochs FROM checkpoints WHERE run = ?1
                   ORDER BY 1, 2, 3";
        let rows = self.all(sql, [check.run.0], |row| {
            let fold: Fold = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((fold, row.get::<_, i64>(3)?))
        })?;
        for (fold, epochs) in rows {
            let found = trained.get(&fold).copied().unwrap_or(0);
            if found != epochs {
                let of = named(&fold);
                let what = format!("{of} has trained {epochs} epochs, and {found} are there");
                check.found(None, None, &what);
            }
        }
        Ok(())
    }

    /// What the run itself counted when it ended, where it did.
    pub(super) fn readings_reported(&self, run: RunId) -> Result<Option<u64>> {
        let sql = "SELECT max(json_extract(value_json, '$.readings_stored')) FROM results
                   WHERE run = ? AND (name = 'report' OR name GLOB 'report-*') AND json_valid(value_json)";
        Ok(self.connection.query_row(sql, [run.0], |row| row.get(0))?)
    }
}

fn named((arm, repeat, fold): &Fold) -> String {
    format!("repeat {repeat}, fold {fold} of arm \"{arm}\"")
}
