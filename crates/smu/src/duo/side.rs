//! What a duo asks of each of its instruments beyond what everybody may.

use std::sync::Arc;

use transport::{Session, SessionError};

use crate::{Smu, SmuError, smu::Sweep};

/// Ends what an instrument is doing, while somebody else waits for it.
pub(super) struct Aborter {
    session: Session,
    command: String,
}

impl Aborter {
    pub(super) fn command(&self) -> &str {
        &self.command
    }

    /// Ahead of everything that waits on the link.
    pub(super) async fn now(&self) -> Result<(), SessionError> {
        self.session.write_urgent(&self.command).await
    }
}

impl Smu {
    pub(super) fn aborter(&self) -> Aborter {
        let command = self.file().operations.abort.with(&self.values());
        Aborter { session: self.instrument().session(), command }
    }

    pub(super) fn shares_instrument_with(&self, other: &Smu) -> bool {
        Arc::ptr_eq(&self.instrument.shared_session(), &other.instrument.shared_session())
    }

    /// Starts the staged sweep by another command than its own.
    pub(super) async fn start_by(&mut self, command: &str) -> Result<(), SmuError> {
        let levels = self.take_staged()?;
        self.say(command).await?;
        self.state.sweep = Sweep::Started(levels);
        Ok(())
    }

    /// The staged sweep is started by a command to another.
    pub(super) fn started_by_other(&mut self) -> Result<(), SmuError> {
        let levels = self.take_staged()?;
        self.state.sweep = Sweep::Started(levels);
        Ok(())
    }

    /// The next sweep sets mode and count again: a coupling may have changed either.
    pub(super) fn forget_staging(&mut self) {
        self.state.mode = None;
        self.state.count = None;
    }

    pub(super) fn lost(&self, command: &str, source: SessionError) -> SmuError {
        let command = command.to_owned();
        SmuError::Link { smu: self.name.clone(), command, source: Box::new(source) }
    }
}
