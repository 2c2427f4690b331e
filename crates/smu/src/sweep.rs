use crate::{
    Reading, Smu, SmuError,
    smu::{Mode, Sweep},
};

impl Smu {
    /// Sources one level and measures. What was staged is forgotten.
    ///
    /// # Errors
    /// A level outside the window: nothing was sent. The output off; the instrument or its link.
    pub async fn read(&mut self, level: f64) -> Result<Reading, SmuError> {
        self.check_level(level)?;
        self.needs_output()?;
        self.state.sweep = Sweep::None;
        self.set_mode(Mode::Fixed).await?;
        self.set_count(1).await?;
        self.set_level(level).await?;
        self.state.behind += 1;
        let command = self.checked(&self.model.operations.read);
        let readings = self.measured(&command, &[level]).await?;
        // One level makes one reading or an error.
        readings.into_iter().next().ok_or_else(|| self.nothing_staged())
    }

    /// Sends the levels of the next sweep, without starting it.
    ///
    /// # Errors
    /// A level outside the window, or too many levels: nothing was sent. The output off; the link.
    pub async fn stage(&mut self, levels: &[f64]) -> Result<(), SmuError> {
        for level in levels {
            self.check_level(*level)?;
        }
        let most = self.max_list_len();
        if levels.is_empty() || levels.len() > most {
            return Err(SmuError::ListLength { smu: self.name.clone(), most, found: levels.len() });
        }
        self.needs_output()?;
        if self.state.mode != Some(Mode::List) && self.state.fixed_level != Some(0.0) {
            // The fixed level returns for a moment when a later reading leaves list mode; a level
            // that nobody asked for then must be zero.
            self.set_mode(Mode::Fixed).await?;
            self.set_level(0.0).await?;
        }
        self.send_list(levels).await
    }

    /// Starts the staged sweep; returns when the link has taken the message.
    ///
    /// # Errors
    /// Nothing staged, or started already; the link.
    pub async fn start(&mut self) -> Result<(), SmuError> {
        // Taken before it is sent: after a dropped future nobody knows whether it started, and a
        // fetch would return the readings of the sweep before.
        let Sweep::Staged(levels) = std::mem::take(&mut self.state.sweep) else {
            return Err(self.nothing_staged());
        };
        self.state.behind += levels.len();
        self.state.level = levels.last().copied().unwrap_or_default();
        self.say(self.model.operations.start.as_str()).await?;
        self.state.sweep = Sweep::Started(levels);
        Ok(())
    }

    /// Waits for the end of the sweep and returns its readings, in the order of the levels.
    ///
    /// # Errors
    /// Nothing started; an entry in the error queue; a reply of another length; the link.
    pub async fn fetch(&mut self) -> Result<Vec<Reading>, SmuError> {
        let levels = match std::mem::take(&mut self.state.sweep) {
            Sweep::Started(levels) => levels,
            other => {
                self.state.sweep = other;
                return Err(self.nothing_staged());
            }
        };
        let command = self.checked(&self.model.operations.fetch);
        self.measured(&command, &levels).await
    }

    /// Measures any number of levels, in order: several sweeps where the instrument's list is
    /// shorter.
    ///
    /// # Errors
    /// A level outside the window: nothing was sent. As [`Smu::stage`] and [`Smu::fetch`].
    pub async fn list_sweep(&mut self, levels: &[f64]) -> Result<Vec<Reading>, SmuError> {
        for level in levels {
            self.check_level(*level)?;
        }
        let mut readings = Vec::with_capacity(levels.len());
        for list in levels.chunks(self.max_list_len()) {
            self.stage(list).await?;
            self.start().await?;
            readings.extend(self.fetch().await?);
        }
        Ok(readings)
    }

    /// Stages levels that have been checked.
    pub(crate) async fn send_list(&mut self, levels: &[f64]) -> Result<(), SmuError> {
        self.state.sweep = Sweep::None;
        let operations = &self.model.operations;
        let mut chunks = levels.chunks(self.model.list.per_command);
        if let Some(first) = chunks.next() {
            self.say(&operations.list.with_levels(first)).await?;
        }
        for chunk in chunks {
            self.say(&operations.list_append.with_levels(chunk)).await?;
        }
        self.set_mode(Mode::List).await?;
        self.set_count(levels.len()).await?;
        self.state.sweep = Sweep::Staged(levels.to_vec());
        Ok(())
    }

    pub(crate) async fn set_mode(&mut self, mode: Mode) -> Result<(), SmuError> {
        if self.state.mode == Some(mode) {
            return Ok(());
        }
        // Unknown until the link has taken it: this future may be dropped.
        self.state.mode = None;
        let operations = &self.model.operations;
        let command = match mode {
            Mode::Fixed => &operations.fixed_mode,
            Mode::List => &operations.list_mode,
        };
        self.say(command.as_str()).await?;
        self.state.mode = Some(mode);
        Ok(())
    }

    async fn set_count(&mut self, points: usize) -> Result<(), SmuError> {
        if self.state.count == Some(points) {
            return Ok(());
        }
        self.state.count = None;
        self.say(&self.model.operations.count.with_count(points)).await?;
        self.state.count = Some(points);
        Ok(())
    }

    /// Sources a level in fixed mode.
    pub(crate) async fn set_level(&mut self, level: f64) -> Result<(), SmuError> {
        self.state.fixed_level = None;
        self.state.level = level;
        self.say(&self.model.operations.level.with_number(level)).await?;
        self.state.fixed_level = Some(level);
        Ok(())
    }

    fn needs_output(&self) -> Result<(), SmuError> {
        if self.state.output_on {
            Ok(())
        } else {
            Err(SmuError::OutputIsOff { smu: self.name.clone() })
        }
    }

    fn nothing_staged(&self) -> SmuError {
        SmuError::NothingStaged { smu: self.name.clone() }
    }
}
