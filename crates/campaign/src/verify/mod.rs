//! Whether a campaign is whole: what SQLite says of the file, and what the rows say of each other.
//!
//! Nothing is changed, and a batch at a time is held in memory. What is checked, and what no check
//! can find, is in `docs/campaign-schema.md`.

mod batch;
mod run;

use std::ops::ControlFlow;

use rusqlite::ErrorCode;
use serde::Serialize;

use crate::{Campaign, CampaignError, Exit, Result, RunId};

/// Findings of one run beyond these are counted, and not told one by one.
const TOLD: usize = 50;
/// Sentences of SQLite's own check beyond these are left off.
const SENTENCES: usize = 20;

/// What is wrong, in one sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Of which run; `None`: of the file.
    pub run: Option<RunId>,
    /// Of which batch.
    pub batch: Option<i64>,
    /// Of which reading, point or request, by its place in the batch.
    pub position: Option<i64>,
    /// Run, batch and position, and what is wrong there.
    pub sentence: String,
}

/// How much a run has, and what is wrong with it.
#[derive(Clone, Debug, Serialize)]
pub struct RunCheck {
    /// Which run.
    pub run: RunId,
    /// The experiment's name.
    pub experiment: String,
    /// `train`, `iv`, ...
    pub kind: String,
    /// How it ended; `None`: unfinished.
    pub exit: Option<Exit>,
    /// Batches on disk.
    pub batches: u64,
    /// Readings on disk.
    pub readings: u64,
    /// Points on disk, their slopes formed or not.
    pub gradients: u64,
    /// Levels asked.
    pub requests: u64,
    /// Epochs on disk.
    pub epochs: u64,
    /// Folds that have ended, their hashes computed again.
    pub folds: u64,
    /// Checkpoints and openings, their hashes computed again.
    pub checkpoints: u64,
    /// What is wrong, the first ones.
    pub findings: Vec<Finding>,
    /// How many findings are not among them.
    pub findings_left_off: u64,
}

impl RunCheck {
    fn found(&mut self, batch: Option<i64>, position: Option<i64>, what: &str) {
        if self.findings.len() == TOLD {
            self.findings_left_off += 1;
            return;
        }
        let at = batch.map_or_else(String::new, |it| format!(", batch {it}"));
        let sentence = format!("run {}{at}: {what}", self.run.0);
        self.findings.push(Finding { run: Some(self.run), batch, position, sentence });
    }
}

/// Told after every batch: how many readings have been checked. [`ControlFlow::Break`] ends the check.
pub type GoOn<'a> = dyn FnMut(u64) -> ControlFlow<()> + 'a;

/// A part of the check of a run.
type Step = fn(&Campaign, &mut RunCheck, &mut GoOn<'_>) -> Result<()>;

impl Campaign {
    /// Which version of the schema the file has.
    ///
    /// # Errors
    /// The file refused.
    pub fn schema(&self) -> Result<i32> {
        self.schema_version()
    }

    /// The numbers of all runs, without looking at what they have.
    ///
    /// # Errors
    /// The file refused.
    pub fn run_ids(&self) -> Result<Vec<RunId>> {
        self.all("SELECT id FROM runs ORDER BY id", [], |row| Ok(RunId(row.get(0)?)))
    }

    /// What SQLite says of the file: every page, every index, every constraint, every reference.
    ///
    /// # Errors
    /// It was interrupted, or another process holds the file; damage is a finding.
    pub fn verify_file(&self) -> Result<Vec<Finding>> {
        let mut sentences = Vec::new();
        for part in [Campaign::integrity, Campaign::orphans] {
            match part(self) {
                Ok(found) => {
                    sentences.extend(found.into_iter().map(|it| format!("the file: {it}")))
                }
                Err(error) => sentences.push(damage(error)?),
            }
        }
        sentences.dedup();
        let finding = |sentence| Finding { run: None, batch: None, position: None, sentence };
        Ok(sentences.into_iter().map(finding).collect())
    }

    /// Checks what a run has. `go_on` is told the readings checked so far.
    ///
    /// # Errors
    /// There is no such run; it was interrupted; another process holds the file. Damage is a finding.
    pub fn verify_run(&self, run: RunId, go_on: &mut GoOn) -> Result<RunCheck> {
        let mut check = self.begin_check(run)?;
        let steps: [Step; 3] =
            [Campaign::check_run, Campaign::check_training, Campaign::check_batches];
        for step in steps {
            if let Err(error) = step(self, &mut check, go_on) {
                check.found(None, None, &damage(error)?);
            }
        }
        Ok(check)
    }

    fn integrity(&self) -> Result<Vec<String>> {
        let sql = format!("PRAGMA integrity_check({SENTENCES})");
        let sentences = self.all(&sql, [], |row| row.get::<_, String>(0))?;
        let lines = sentences.iter().flat_map(|it| it.lines());
        Ok(lines.filter(|it| *it != "ok" && !it.starts_with("***")).map(str::to_owned).collect())
    }

    fn orphans(&self) -> Result<Vec<String>> {
        let sql = format!(
            "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 LIMIT {SENTENCES}"
        );
        self.all(&sql, [], |row| {
            let (table, parent): (String, String) = (row.get(0)?, row.get(1)?);
            let count: i64 = row.get(2)?;
            Ok(format!("{count} rows of {table} belong to a row of {parent} that is not there"))
        })
    }
}

/// Damage in words; what is no damage stays an error.
fn damage(error: CampaignError) -> Result<String> {
    match error {
        CampaignError::Damaged { .. } | CampaignError::Corrupt { .. } => Ok(error.to_string()),
        CampaignError::Sql(ref source) if is_nonsense(source) => {
            Ok(format!("the rows cannot be understood: {source}"))
        }
        _ => Err(error),
    }
}

/// Whether rows were read that no memloop writes.
fn is_nonsense(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
    };
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | Utf8Error(..)
    ) || matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown)
    )
}
