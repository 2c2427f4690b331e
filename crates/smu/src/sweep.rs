use crate::{
    AutoZero, Reading, Smu, SmuError,
    comeback::Chances,
    smu::{Mode, Sweep},
    template::Values,
};

impl Smu {
    /// Sends the levels of the next sweep, without starting it.
    ///
    /// # Errors
    /// A level outside the window, or too many levels: nothing was sent. The output off; the link.
    pub async fn stage(&mut self, levels: &[f64]) -> Result<(), SmuError> {
        self.check_list(levels)?;
        self.needs_output()?;
        self.approach(levels[0]).await?;
        self.rest_fixed_level().await?;
        self.zero_once().await?;
        self.send_list(levels).await
    }

    /// Sends the next sweep as `points` equally spaced levels from `start` to `stop`, without
    /// starting it. The instrument computes them where it can and leaves the output on afterwards;
    /// elsewhere they go as a list.
    ///
    /// # Errors
    /// As for [`Smu::stage`].
    pub async fn stage_sweep(
        &mut self,
        start: f64,
        stop: f64,
        points: usize,
    ) -> Result<(), SmuError> {
        let levels = self.staircase_levels(start, stop, points);
        // An instrument rounds every step of its own to a code, so the list is what it sources.
        self.check_list(&levels)?;
        self.needs_output()?;
        self.approach(levels[0]).await?;
        self.rest_fixed_level().await?;
        self.zero_once().await?;
        if points < 2 || self.file().staircase.is_none() {
            return self.send_list(&levels).await;
        }
        self.send_staircase(start, stop, levels).await
    }

    /// Starts the staged sweep; returns when the link has taken the message.
    ///
    /// # Errors
    /// Nothing staged, or started already; the link.
    pub async fn start(&mut self) -> Result<(), SmuError> {
        let Some(sweep) = &self.file().operations.sweep else { return self.start_alone().await };
        let sweep = sweep.clone();
        let levels = self.take_staged()?;
        let (command, bytes) = self.measuring(&sweep, &levels);
        let asked = self.begin_readings(&command, bytes).await?;
        self.state.sweep = Sweep::Asked { levels, command, asked };
        Ok(())
    }

    /// Starts the staged sweep, and does not ask for its readings yet: one that waits for a trigger
    /// can be asked other things, and aborted.
    pub(crate) async fn start_alone(&mut self) -> Result<(), SmuError> {
        let levels = self.take_staged()?;
        self.say(&self.file().operations.start.with(&self.values())).await?;
        self.state.sweep = Sweep::Started(levels);
        Ok(())
    }

    /// The levels of the sweep that is about to be started. Taken before that is sent: after a dropped
    /// future nobody knows whether it started, and a fetch would return the readings of the sweep
    /// before.
    pub(crate) fn take_staged(&mut self) -> Result<Vec<f64>, SmuError> {
        let Sweep::Staged(levels) = std::mem::take(&mut self.state.sweep) else {
            return Err(self.nothing_staged());
        };
        self.state.behind += levels.len();
        self.expose(levels.len());
        self.state.level = levels.last().copied().unwrap_or_default();
        Ok(levels)
    }

    /// Waits for the end of the sweep and returns its readings, in the order of the levels.
    ///
    /// # Errors
    /// Nothing started; an entry in the error queue; a reply of another length; the link.
    pub async fn fetch(&mut self) -> Result<Vec<Reading>, SmuError> {
        match std::mem::take(&mut self.state.sweep) {
            Sweep::Started(levels) => {
                let instrument = self.instrument.clone();
                self.measured(&instrument.model().operations.fetch, &levels).await
            }
            Sweep::Asked { levels, command, asked } => {
                self.answered(&command, &levels, asked).await
            }
            other => {
                self.state.sweep = other;
                Err(self.nothing_staged())
            }
        }
    }

    /// Measures any number of levels, in order: several sweeps where the instrument's list is
    /// shorter.
    ///
    /// An instrument with a [`Rescue`](crate::Rescue) is connected again where its link dies, and
    /// measures all levels again.
    ///
    /// # Errors
    /// A level outside the window: nothing was sent. As [`Smu::stage`] and [`Smu::fetch`]; an
    /// instrument that does not come back.
    pub async fn list_sweep(&mut self, levels: &[f64]) -> Result<Vec<Reading>, SmuError> {
        self.permit(levels)?;
        let mut chances = Chances::new();
        loop {
            match self.lists(levels).await {
                Err(error) => self.recover(error, &mut chances).await?,
                measured => return measured,
            }
        }
    }

    async fn lists(&mut self, levels: &[f64]) -> Result<Vec<Reading>, SmuError> {
        let mut readings = Vec::with_capacity(levels.len());
        for list in levels.chunks(self.max_list_len()) {
            self.stage(list).await?;
            self.start().await?;
            readings.append(&mut self.fetch().await?);
        }
        Ok(readings)
    }

    /// Measures `points` equally spaced levels from `start` to `stop`, any number of them.
    ///
    /// # Errors
    /// As for [`Smu::list_sweep`].
    pub async fn sweep(
        &mut self,
        start: f64,
        stop: f64,
        points: usize,
    ) -> Result<Vec<Reading>, SmuError> {
        if points > self.max_list_len() {
            return self.list_sweep(&self.staircase_levels(start, stop, points)).await;
        }
        self.stage_sweep(start, stop, points).await?;
        self.start().await?;
        self.fetch().await
    }

    /// Equally spaced levels on whole source codes.
    fn staircase_levels(&self, start: f64, stop: f64, points: usize) -> Vec<f64> {
        let steps = points.saturating_sub(1).max(1) as f64;
        let level = |it: usize| match it {
            0 => start,
            it if it + 1 == points => stop,
            it => self.level_as_sourced(start + (stop - start) * (it as f64 / steps)),
        };
        (0..points).map(level).collect()
    }

    fn check_list(&self, levels: &[f64]) -> Result<(), SmuError> {
        self.permit(levels)?;
        let most = self.max_list_len();
        if levels.is_empty() || levels.len() > most {
            return Err(SmuError::ListLength { smu: self.name.clone(), most, found: levels.len() });
        }
        Ok(())
    }

    /// The fixed level returns for a moment when a later reading leaves list mode; a level that
    /// nobody asked for then must be zero. An instrument without modes keeps the last level.
    async fn rest_fixed_level(&mut self) -> Result<(), SmuError> {
        let fixed = matches!(self.state.mode, None | Some(Mode::Fixed));
        if self.has_modes() && fixed && self.state.fixed_level != Some(0.0) {
            self.set_mode(Mode::Fixed).await?;
            self.set_level(0.0).await?;
        }
        Ok(())
    }

    /// Stages levels that have been checked.
    pub(crate) async fn send_list(&mut self, levels: &[f64]) -> Result<(), SmuError> {
        self.state.sweep = Sweep::None;
        let operations = &self.file().operations;
        let mut chunks = levels.chunks(self.file().list.per_command);
        if let Some(first) = chunks.next() {
            let values = Values { levels: first, count: first.len(), ..self.values() };
            self.say(&operations.list.with(&values)).await?;
        }
        for chunk in chunks {
            let values = Values { levels: chunk, count: chunk.len(), ..self.values() };
            self.say(&operations.list_append.with(&values)).await?;
        }
        self.set_mode(Mode::List).await?;
        if !self.has_modes() {
            // What runs the sweep is made of the list, and made anew with it.
            self.state.count = None;
        }
        self.set_count(levels.len()).await?;
        self.state.sweep = Sweep::Staged(levels.to_vec());
        Ok(())
    }

    async fn send_staircase(
        &mut self,
        start: f64,
        stop: f64,
        levels: Vec<f64>,
    ) -> Result<(), SmuError> {
        self.state.sweep = Sweep::None;
        if let Some(staircase) = &self.file().staircase {
            let values = Values { start, stop, count: levels.len(), ..self.values() };
            self.tell(&staircase.levels, &values).await?;
        }
        self.set_mode(Mode::Staircase).await?;
        self.set_count(levels.len()).await?;
        self.state.sweep = Sweep::Staged(levels);
        Ok(())
    }

    pub(crate) async fn set_mode(&mut self, mode: Mode) -> Result<(), SmuError> {
        if self.state.mode == Some(mode) {
            return Ok(());
        }
        // Unknown until the link has taken it: this future may be dropped.
        self.state.mode = None;
        let file = self.file();
        let commands = match (mode, &file.staircase) {
            (Mode::Fixed, _) => &file.operations.fixed_mode,
            (Mode::Staircase, Some(staircase)) => &staircase.mode,
            (Mode::List | Mode::Staircase, _) => &file.operations.list_mode,
        };
        self.tell(commands, &self.values()).await?;
        self.state.mode = Some(mode);
        Ok(())
    }

    pub(crate) async fn set_count(&mut self, points: usize) -> Result<(), SmuError> {
        if self.state.count == Some(points) {
            return Ok(());
        }
        self.state.count = None;
        let values = Values { count: points, ..self.values() };
        self.tell(&self.file().operations.count, &values).await?;
        self.state.count = Some(points);
        Ok(())
    }

    /// Sources a level in fixed mode.
    pub(crate) async fn set_level(&mut self, level: f64) -> Result<(), SmuError> {
        self.state.fixed_level = None;
        self.state.level = level;
        let values = Values { levels: &[level], ..self.values() };
        self.say(&self.file().operations.level.with(&values)).await?;
        self.state.fixed_level = Some(level);
        Ok(())
    }

    /// Whether readings and sweeps share the source's mode and the trigger's count.
    pub(crate) fn has_modes(&self) -> bool {
        !self.file().operations.fixed_mode.0.is_empty()
    }

    /// Lets the converter measure its zero, where the settings ask for that before each block.
    async fn zero_once(&self) -> Result<(), SmuError> {
        match (self.settings.auto_zero, &self.file().operations.zero_once) {
            (Some(AutoZero::Once), Some(commands)) => self.tell(commands, &self.values()).await,
            _ => Ok(()),
        }
    }

    pub(crate) fn needs_output(&self) -> Result<(), SmuError> {
        self.holds_settings()?;
        if self.state.output_on {
            Ok(())
        } else {
            Err(SmuError::OutputIsOff { smu: self.name.clone() })
        }
    }

    pub(crate) fn nothing_staged(&self) -> SmuError {
        SmuError::NothingStaged { smu: self.name.clone() }
    }
}
