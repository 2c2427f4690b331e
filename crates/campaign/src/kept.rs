//! What a training goes on from after an interruption, and what it has learned for good.
//!
//! The bytes of a state are the trainer's affair; here they have a layout's number and a hash.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use sha2::{Digest, Sha256};

use crate::{Campaign, CampaignError, EpochRow, Result, RunId};

/// What a run was begun from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The experiment's file, an absolute path: what its configuration names lies beside it.
    pub experiment_file: String,
    /// The bench's file, likewise; `None` of the embedded one.
    pub bench_file: Option<String>,
    /// Of the data set, in hex.
    pub data_sha256: String,
}

/// Bytes that come back as they went in, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which layout the bytes have.
    pub format: u32,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Where an arm is between two epochs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointRow {
    /// Which repeat, from 0.
    pub repeat: usize,
    /// Which of its folds, from 0.
    pub fold: usize,
    /// Epochs that have ended in it.
    pub epochs: usize,
    /// Everything that what follows depends on.
    pub state: Kept,
}

/// A fold that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldRow {
    /// `measured`, `constant-slope`, `tanh`, ...
    pub arm: String,
    /// Which repeat, from 0.
    pub repeat: usize,
    /// Which of its folds, from 0.
    pub fold: usize,
    /// Epochs that were trained.
    pub epochs: usize,
    /// 0 to 1, over the held-out rows.
    pub test_accuracy: f64,
    /// What was learned, and what it predicts.
    pub state: Kept,
}

/// How far an arm has come since the last time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Advance<'a> {
    /// Epochs that have ended.
    pub epochs: &'a [EpochRow],
    /// Folds that have ended.
    pub folds: &'a [FoldRow],
    /// Where the arm is now; `None` once its last fold has ended.
    pub checkpoint: Option<&'a CheckpointRow>,
}

impl Campaign {
    /// Writes how far an arm has come, whole or not at all: epochs and folds are added, and its
    /// checkpoint takes the place of the one before. All readings that it rests on must have been
    /// committed.
    ///
    /// # Errors
    /// The file refused; nothing was written.
    pub fn advance(&mut self, run: RunId, arm: &str, advance: &Advance) -> Result<()> {
        let transaction = self.connection.transaction()?;
        add_epochs(&transaction, run, advance.epochs)?;
        for it in advance.folds {
            let sql = "INSERT INTO folds (run, arm, repeat, fold, epochs, test_accuracy, format, sha256, state)
                       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
            transaction.prepare_cached(sql)?.execute(params![
                run.0,
                it.arm,
                it.repeat,
                it.fold,
                it.epochs,
                it.test_accuracy,
                it.state.format,
                sha256(&it.state.bytes),
                it.state.bytes
            ])?;
        }
        transaction
            .prepare_cached("DELETE FROM checkpoints WHERE run = ? AND arm = ?")?
            .execute(params![run.0, arm])?;
        if let Some(it) = advance.checkpoint {
            let sql =
                "INSERT INTO checkpoints (run, arm, repeat, fold, epochs, format, sha256, state)
                       VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
            transaction.prepare_cached(sql)?.execute(params![
                run.0,
                arm,
                it.repeat,
                it.fold,
                it.epochs,
                it.state.format,
                sha256(&it.state.bytes),
                it.state.bytes
            ])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Writes epochs, all or none.
    ///
    /// # Errors
    /// The file refused.
    pub fn add_epochs(&mut self, run: RunId, epochs: &[EpochRow]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        add_epochs(&transaction, run, epochs)?;
        transaction.commit()?;
        Ok(())
    }

    /// Keeps what a run found out before its first epoch.
    ///
    /// # Errors
    /// The file refused; the run has an opening.
    pub fn keep_opening(&mut self, run: RunId, opening: &Kept) -> Result<()> {
        let sql = "INSERT INTO openings (run, format, sha256, state) VALUES (?, ?, ?, ?)";
        let Kept { format, bytes } = opening;
        self.connection.execute(sql, params![run.0, format, sha256(bytes), bytes])?;
        Ok(())
    }

    /// What a run was begun from; `None` where it was not kept, as before version 4 of the schema.
    ///
    /// # Errors
    /// The file refused.
    pub fn source(&self, run: RunId) -> Result<Option<Source>> {
        if !self.keeps()? {
            return Ok(None);
        }
        let sql = "SELECT experiment_file, bench_file, data_sha256 FROM runs
                   WHERE id = ? AND experiment_file NOTNULL AND data_sha256 NOTNULL";
        let source = |row: &Row| {
            Ok(Source {
                experiment_file: row.get(0)?,
                bench_file: row.get(1)?,
                data_sha256: row.get(2)?,
            })
        };
        Ok(self.connection.query_row(sql, [run.0], source).optional()?)
    }

    /// What a run found out before its first epoch, if it came so far.
    ///
    /// # Errors
    /// The file refused, or the bytes are not those that were written.
    pub fn opening(&self, run: RunId) -> Result<Option<Kept>> {
        if !self.keeps()? {
            return Ok(None);
        }
        let sql = "SELECT format, sha256, state FROM openings WHERE run = ?";
        let found = self.connection.query_row(sql, [run.0], |row| kept(row, 0)).optional()?;
        found.map(|it| it.sound("the opening", run)).transpose()
    }

    /// Where an arm of a run is, if it has begun and not ended.
    ///
    /// # Errors
    /// As [`Campaign::opening`].
    pub fn checkpoint(&self, run: RunId, arm: &str) -> Result<Option<CheckpointRow>> {
        if !self.keeps()? {
            return Ok(None);
        }
        let sql = "SELECT repeat, fold, epochs, format, sha256, state FROM checkpoints
                   WHERE run = ? AND arm = ?";
        let row = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, kept(row, 3)?));
        let found = self.connection.query_row(sql, params![run.0, arm], row).optional()?;
        let Some((repeat, fold, epochs, state)) = found else { return Ok(None) };
        let state = state.sound("the checkpoint", run)?;
        Ok(Some(CheckpointRow { repeat, fold, epochs, state }))
    }

    /// The folds of a run that have ended: arm after arm, each by repeat and fold.
    ///
    /// # Errors
    /// As [`Campaign::opening`].
    pub fn folds(&self, run: RunId) -> Result<Vec<FoldRow>> {
        if !self.keeps()? {
            return Ok(Vec::new());
        }
        let sql =
            "SELECT arm, repeat, fold, epochs, test_accuracy, format, sha256, state FROM folds
                   WHERE run = ? ORDER BY rowid";
        let rows = self.all(sql, [run.0], |row| {
            let of = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            Ok((of, kept(row, 5)?))
        })?;
        let rows = rows.into_iter().map(|((arm, repeat, fold, epochs, test_accuracy), state)| {
            let state = state.sound("a fold", run)?;
            Ok(FoldRow { arm, repeat, fold, epochs, test_accuracy, state })
        });
        rows.collect()
    }

    fn keeps(&self) -> Result<bool> {
        Ok(self.schema_version()? >= 4)
    }
}

/// What was read, and the hash that it should have.
struct Read {
    kept: Kept,
    sha256: String,
}

impl Read {
    fn sound(self, what: &'static str, run: RunId) -> Result<Kept> {
        if sha256(&self.kept.bytes) == self.sha256 {
            Ok(self.kept)
        } else {
            Err(CampaignError::Damaged { what, run: run.0 })
        }
    }
}

/// Format, hash and bytes from this column on.
fn kept(row: &Row, column: usize) -> rusqlite::Result<Read> {
    let kept = Kept { format: row.get(column)?, bytes: row.get(column + 2)? };
    Ok(Read { kept, sha256: row.get(column + 1)? })
}

fn add_epochs(transaction: &Transaction, run: RunId, epochs: &[EpochRow]) -> Result<()> {
    let mut insert =
        transaction.prepare_cached("INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?)")?;
    for it in epochs {
        insert.execute(params![
            run.0,
            it.arm,
            it.repeat,
            it.fold,
            it.epoch,
            it.loss,
            it.train_accuracy
        ])?;
    }
    Ok(())
}

/// In hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|it| format!("{it:02x}")).collect()
}
