//! Going on after one of the two, or both, were lost.

use super::Duo;
use crate::{Smu, SmuError, comeback::Chances, error::Trouble};

impl Duo {
    /// After `error` ended a sweep: makes both ready for its repetition, at 0 V, or returns the error.
    ///
    /// Whoever answers goes to 0 V before the other is waited for: the wait may be long, and no device
    /// is to spend it at the level where the link happened to break.
    pub(super) async fn recover(
        &mut self,
        error: SmuError,
        chances: &mut Chances,
    ) -> Result<(), SmuError> {
        let [base, probe] =
            [self.base.may_come_back(&error).await, self.probe.may_come_back(&error).await];
        if !(base || probe) || !chances.take() {
            return Err(error);
        }
        let (base, probe) = tokio::join!(self.base.rest(), self.probe.rest());
        for (smu, rested) in [(&mut self.base, base), (&mut self.probe, probe)] {
            let Err(found) = rested else { continue };
            smu.recover_from(found, &error).await?;
        }
        Ok(())
    }
}

impl Smu {
    /// Comes back unless `found` says that this is no question of the link. `first` is what made it
    /// look.
    async fn recover_from(&mut self, found: SmuError, first: &SmuError) -> Result<(), SmuError> {
        if !matches!(found.trouble(), Trouble::Link | Trouble::PowerCycle) {
            return Err(found);
        }
        let lost = if first.is_of(&self.name) { first } else { &found };
        self.come_back(lost).await
    }
}
