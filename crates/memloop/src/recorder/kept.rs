//! What a training keeps in the campaign, so that it can be resumed.

use anyhow::Result;
use campaign::{Advance, Effort, InstrumentRow, Kept, PhaseCount};

use super::{Recorder, Resumption};
use crate::exit::BadInput;

impl Recorder {
    /// Goes on with a run whose recorder this is; `text` says from where.
    pub(super) fn resume(&mut self, text: &str, from: Resumption) -> Result<()> {
        self.campaign.reopen_run(self.run)?;
        self.campaign.add_event(self.run, "resumed", text)?;
        if from == Resumption::FromBeginning {
            self.again = 0..self.campaign.count_batches(self.run)?;
            self.campaign.begin_again(self.run)?;
        }
        self.made = self.campaign.count_readings(self.run)?;
        self.kept.add(self.made);
        Ok(())
    }

    /// Refuses an instrument that is another than the run began with.
    pub(super) fn same(&self, found: &InstrumentRow) -> Result<()> {
        let stored = self.campaign.instruments(self.run)?;
        let identity =
            |it: &InstrumentRow| format!("{} {}, serial {}", it.maker, it.model, it.serial);
        let Some(stored) = stored.iter().find(|it| it.name == found.name) else { return Ok(()) };
        if identity(stored) == identity(found) {
            return Ok(());
        }
        let sentence = format!(
            "smu \"{}\" is {}: run {} began with {}, and goes on with that one alone",
            found.name,
            identity(found),
            self.run.0,
            identity(stored)
        );
        Err(BadInput::new(sentence).into())
    }

    /// Keeps what was found out before the first epoch.
    ///
    /// # Errors
    /// The campaign cannot be written.
    pub fn keep_opening(&mut self, opening: &Kept) -> Result<()> {
        Ok(self.campaign.keep_opening(self.run, opening)?)
    }

    /// Keeps how far an arm has come.
    ///
    /// # Errors
    /// The campaign cannot be written.
    pub fn advance(&mut self, arm: &str, advance: &Advance<'_>) -> Result<()> {
        Ok(self.campaign.advance(self.run, arm, advance)?)
    }

    /// What an arm has read so far, also before the run was resumed.
    ///
    /// # Errors
    /// The campaign cannot be read.
    pub fn count_phase(&self, phase: &str) -> Result<PhaseCount> {
        Ok(self.campaign.count_phase(self.run, phase)?)
    }

    /// What an arm took so far, also before the run was resumed.
    ///
    /// # Errors
    /// The campaign cannot be read.
    pub fn effort(&self, phase: &str) -> Result<Effort> {
        Ok(self.campaign.effort(self.run, phase)?)
    }

    /// The run's number.
    pub fn number(&self) -> i64 {
        self.run.0
    }
}
