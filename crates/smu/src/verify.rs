//! Whether the instrument still is what it was told to be.

use transport::Session;

use crate::{Smu, SmuError, smu::State};

/// What a channel is after its link was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejoined {
    /// As it was: identity, settings and output were read back.
    Unchanged,
    /// The instrument was switched off and on: its output is off, and nothing that it was told
    /// holds. [`Smu::reconfigure`] comes next; until then nothing is measured.
    PowerCycled,
}

impl Smu {
    /// Asks for identity, power-on event, every setting and the output's state, and compares.
    ///
    /// A sweep that is under way ends first. The instrument sources and changes nothing.
    ///
    /// # Errors
    /// Another instrument; [`SmuError::PowerCycled`]; a setting or an output that is not as it was
    /// told; an entry in the error queue; the link.
    pub async fn verify(&mut self) -> Result<(), SmuError> {
        self.instrument.recognise(self.limit("")).await?;
        self.holds_settings()?;
        self.compare().await
    }

    /// Compares every setting and the output's state with what it was told.
    pub(crate) async fn compare(&self) -> Result<(), SmuError> {
        self.verify_settings().await?;
        let (expected, answer) = match self.state.output_on {
            true => ("on", &b"1"[..]),
            false => ("off", &b"0"[..]),
        };
        self.verify_output(expected, answer).await?;
        self.check_errors("verification").await
    }

    /// Goes on over a new link, after the old one was lost, if the instrument is as it was.
    ///
    /// Every handle of the instrument, its other channels and its kill switches use the new link
    /// from here on. A sweep that was staged or under way is forgotten. Nothing is sent that changes
    /// the instrument.
    ///
    /// # Errors
    /// Another instrument; a setting or an output that is not as it was told, although the
    /// instrument says that it was not switched off; the link.
    pub async fn rejoin(&mut self, session: Session) -> Result<Rejoined, SmuError> {
        self.instrument.replace_session(session);
        self.forget_sweep();
        match self.verify().await {
            Ok(()) => Ok(Rejoined::Unchanged),
            Err(SmuError::PowerCycled { .. }) => {
                self.state = State::default();
                Ok(Rejoined::PowerCycled)
            }
            Err(error) => Err(error),
        }
    }

    /// Resets the instrument and configures this channel again, with the same settings; the output
    /// is off afterwards.
    ///
    /// The reset takes the other channels of the instrument with it: each has to be configured
    /// again.
    ///
    /// # Errors
    /// As for [`Smu::configure`].
    pub async fn reconfigure(&mut self) -> Result<(), SmuError> {
        self.state = State::default();
        self.instrument.reset_after(self.epoch).await?;
        let epoch = self.instrument.epoch();
        self.set_up().await?;
        // Only now: a failure in between leaves it as one that has to be configured.
        self.epoch = epoch;
        Ok(())
    }

    /// Refuses to go on with settings that a power cycle has taken.
    pub(crate) fn holds_settings(&self) -> Result<(), SmuError> {
        if self.epoch == self.instrument.epoch() {
            return Ok(());
        }
        Err(SmuError::PowerCycled { smu: self.name.clone() })
    }

    /// After a lost link nobody knows what the instrument took.
    pub(crate) fn forget_sweep(&mut self) {
        let State { output_on, switching, level, behind, .. } = self.state;
        self.state = State { output_on, switching, level, behind, ..State::default() };
    }
}
