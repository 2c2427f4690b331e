use std::sync::atomic::Ordering;

use crate::{
    Smu, SmuError,
    comeback::Chances,
    smu::{Mode, Sweep},
    units::VoltsPerSecond,
};

impl Smu {
    /// Switches the output on, at 0 V, and verifies it.
    ///
    /// An instrument with a [`Rescue`](crate::Rescue) is connected again where its link has died.
    ///
    /// # Errors
    /// The instrument was reset since; the output does not read back as on; an entry in the error
    /// queue; the link. The output may be on.
    pub async fn output_on(&mut self) -> Result<(), SmuError> {
        let mut chances = Chances::new();
        loop {
            match self.switch_on().await {
                Err(error) => self.recover(error, &mut chances).await?,
                Ok(()) => return Ok(()),
            }
        }
    }

    pub(crate) async fn switch_on(&mut self) -> Result<(), SmuError> {
        self.holds_settings()?;
        self.state.sweep = Sweep::None;
        self.set_mode(Mode::Fixed).await?;
        self.set_level(0.0).await?;
        // From here it may be on, whatever the answer, and whether or not there is somebody left to
        // take it.
        (self.state.output_on, self.state.switching) = (true, true);
        self.seen_off.store(false, Ordering::Release);
        self.say(&self.file().operations.output_on.with(&self.values())).await?;
        self.verify_output("on", b"1").await?;
        self.state.switching = false;
        self.check_errors("output on").await
    }

    /// Takes the level to 0 V at the configured ramp, switches the output off, and verifies it. The
    /// output is switched off also when the ramp fails.
    ///
    /// The ramp is a sweep of the instrument's own, so that its steps do not wait for the link; its
    /// readings are dropped. A sweep that is under way ends first.
    ///
    /// # Errors
    /// The output does not read back as off; the instrument or its link. A further call tries again.
    pub async fn output_off(&mut self) -> Result<(), SmuError> {
        let was_on = self.state.output_on;
        let ramped = if was_on { self.ramp_down().await } else { Ok(()) };
        self.state.sweep = Sweep::None;
        self.say(&self.file().operations.output_off.with(&self.values())).await?;
        if ramped.is_err() {
            // In the middle of a sweep the instrument queues what it is told, until this.
            self.say(&self.file().operations.abort.with(&self.values())).await?;
            self.state.behind = 0;
        }
        self.verify_output("off", b"0").await?;
        (self.state.output_on, self.state.switching) = (false, false);
        ramped?;
        if was_on {
            // Only now: leaving list mode brings back the fixed level.
            self.set_mode(Mode::Fixed).await?;
            self.set_level(0.0).await?;
            self.check_errors("output off").await?;
        }
        Ok(())
    }

    /// Takes the level of an output that is on to 0 V and leaves it there, on.
    pub(crate) async fn ramp_to_zero(&mut self) -> Result<(), SmuError> {
        if !self.state.output_on {
            return Ok(());
        }
        self.ramp_down().await?;
        self.set_mode(Mode::Fixed).await?;
        self.set_level(0.0).await?;
        self.check_errors("ramp").await
    }

    async fn ramp_down(&mut self) -> Result<(), SmuError> {
        self.ramp(0.0, self.settings.ramp).await
    }

    /// Takes the level somewhere in a sweep of the instrument's own, whose readings are dropped.
    pub(crate) async fn ramp(&mut self, to: f64, rate: VoltsPerSecond) -> Result<(), SmuError> {
        let levels = self.ramp_levels(to, rate);
        for list in levels.chunks(self.max_list_len()) {
            self.send_list(list).await?;
            self.start().await?;
            self.fetch().await?;
        }
        Ok(())
    }

    /// From the present level to another, in steps as large as the rate allows in the time of a point.
    fn ramp_levels(&self, to: f64, rate: VoltsPerSecond) -> Vec<f64> {
        let from = self.state.level;
        let steps = ((from - to).abs() / self.step_at(rate)).ceil() as usize;
        // Adding zero makes the last level of a negative ramp 0 instead of -0.
        let left = |it: usize| (from - to) * (1.0 - it as f64 / steps as f64);
        (1..=steps).map(|it| to + left(it) + 0.0).collect()
    }

    pub(crate) async fn verify_output(
        &self,
        expected: &'static str,
        answer: &[u8],
    ) -> Result<(), SmuError> {
        let found = self.ask(&self.file().operations.output_state.with(&self.values())).await?;
        if found.trim_ascii() == answer {
            self.seen_off.store(expected == "off", Ordering::Release);
            return Ok(());
        }
        // The queue may say why: an open interlock, too hot.
        let after = if expected == "on" { "output on" } else { "output off" };
        self.check_errors(after).await?;
        let found = String::from_utf8_lossy(&found).trim().to_owned();
        Err(SmuError::Output { smu: self.name.clone(), expected, found })
    }
}
