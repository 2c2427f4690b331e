//! Taking a coupling back.

use super::{
    Duo, both,
    coupling::Plan,
    sweep::{filling, line},
};
use crate::{Smu, SmuError, smu::Sweep};

impl Duo {
    /// After a sweep that ended well: both are idle, and on their own again.
    pub(super) async fn uncouple(&mut self) -> Result<(), SmuError> {
        if self.coupled == [false; 2] {
            return Ok(());
        }
        let [base, probe] = self.restoring();
        both(tokio::join!(self.base.uncouple(&base), self.probe.uncouple(&probe)))?;
        self.coupled = [false; 2];
        Ok(())
    }

    /// After a failure, or a dropped future: aborts whoever was told of the coupling, and makes it an
    /// instrument of its own again. One that does not answer is tried again the next time.
    pub(super) async fn take_back(&mut self) -> Result<(), SmuError> {
        if self.coupled == [false; 2] {
            return Ok(());
        }
        let [base, probe] = self.restoring();
        let [of_base, of_probe] = self.coupled;
        let (base, probe) = tokio::join!(
            self.base.take_back(of_base, &base),
            self.probe.take_back(of_probe, &probe)
        );
        self.coupled = [base.is_err(), probe.is_err()];
        both((base, probe)).map(|_| ())
    }

    fn restoring(&self) -> [String; 2] {
        let of = |smu: &Smu, side: usize| match &self.plan {
            Plan::Software => String::new(),
            Plan::Handshake(shake) => {
                let part = &shake.parts[side];
                part.line(&part.restore, filling(smu, 1, 0.0))
            }
            Plan::Channels(table) => line(&table.restore, &filling(smu, 1, 0.0)),
        };
        [of(&self.base, 0), of(&self.probe, 1)]
    }
}

impl Smu {
    async fn uncouple(&mut self, text: &str) -> Result<(), SmuError> {
        if !self.has_modes() {
            // What couples it has taken the place of what runs its sweeps.
            self.forget_staging();
        }
        self.say(text).await
    }

    async fn take_back(&mut self, was_coupled: bool, text: &str) -> Result<(), SmuError> {
        if !was_coupled {
            return Ok(());
        }
        self.forget_staging();
        self.state.sweep = Sweep::None;
        // Ahead of what waits: while it waits for a trigger, an instrument queues everything else.
        let aborter = self.aborter();
        aborter.now().await.map_err(|source| self.lost(aborter.command(), source))?;
        self.state.behind = 0;
        self.say(text).await?;
        // Whatever it reports belongs to the sweep that failed. That it answers is what matters.
        self.queued_errors().await.map(|_| ())
    }
}
