use crate::{Smu, SmuError};

impl Smu {
    /// Switches the output on, at 0 V, and verifies it.
    ///
    /// # Errors
    /// The output does not read back as on; an entry in the error queue; the link.
    pub async fn output_on(&mut self) -> Result<(), SmuError> {
        let operations = &self.model.operations;
        self.say(&operations.level.with_number(0.0)).await?;
        self.state.level = 0.0;
        self.say(operations.output_on.as_str()).await?;
        // From here it may be on, whatever the answer.
        self.state.output_on = true;
        self.verify("on", b"1").await?;
        self.check_errors("output on").await
    }

    /// Takes the level to 0 V at the configured ramp, switches the output off, and verifies it. The
    /// output is switched off also when the ramp fails.
    ///
    /// The ramp is a sweep of the instrument's own, so that its steps do not wait for the link; its
    /// readings are dropped.
    ///
    /// # Errors
    /// The output does not read back as off; the instrument or its link.
    pub async fn output_off(&mut self) -> Result<(), SmuError> {
        let ramped = if self.state.output_on { self.ramp_down().await } else { Ok(()) };
        let off = self.say(self.model.operations.output_off.as_str()).await;
        self.state.output_on = false;
        off?;
        self.verify("off", b"0").await?;
        ramped
    }

    async fn ramp_down(&mut self) -> Result<(), SmuError> {
        let levels = self.ramp_levels();
        if !levels.is_empty() {
            self.list_sweep(&levels).await?;
        }
        self.say(&self.model.operations.level.with_number(0.0)).await?;
        self.fixed_mode().await
    }

    /// From the present level to 0 V, so many steps that each is as large as the ramp allows in the
    /// time of a point.
    fn ramp_levels(&self) -> Vec<f64> {
        let from = self.state.level;
        let step = (self.settings.ramp.0 * self.seconds_per_point()).max(self.resolution.0);
        let steps = ((from.abs() / step).ceil() as usize).min(self.max_list_len());
        (1..=steps).map(|it| from * (1.0 - it as f64 / steps as f64)).collect()
    }

    async fn verify(&self, expected: &'static str, answer: &[u8]) -> Result<(), SmuError> {
        let found = self.ask(self.model.operations.output_state.as_str(), 0).await?;
        if found.trim_ascii() == answer {
            return Ok(());
        }
        let found = String::from_utf8_lossy(&found).trim().to_owned();
        Err(SmuError::Output { smu: self.name.clone(), expected, found })
    }
}
