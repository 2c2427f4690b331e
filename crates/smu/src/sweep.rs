use scpi_parser::reply::{self, ReplyError};

use crate::{Reading, Smu, SmuError, reading::decode};

impl Smu {
    /// Sources one level and measures.
    ///
    /// # Errors
    /// A level outside the window; the output off; the instrument or its link.
    pub async fn read(&mut self, level: f64) -> Result<Reading, SmuError> {
        self.check_level(level)?;
        self.needs_output()?;
        self.fixed_mode().await?;
        self.state.level = level;
        self.say(&self.model.operations.level.with_number(level)).await?;
        let command = self.checked(&self.model.operations.read);
        let answer = self.ask(&command, 1).await?;
        let readings = self.readings(&command, &[level], &answer).await?;
        readings
            .into_iter()
            .next()
            .ok_or_else(|| SmuError::NothingStaged { smu: self.name.clone() })
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
        self.state.staged.clear();
        self.state.started = false;
        let operations = &self.model.operations;
        let mut chunks = levels.chunks(self.model.list.per_command);
        if let Some(first) = chunks.next() {
            self.say(&operations.list.with_levels(first)).await?;
        }
        for chunk in chunks {
            self.say(&operations.list_append.with_levels(chunk)).await?;
        }
        if !self.state.list_mode {
            self.say(operations.list_mode.as_str()).await?;
            self.state.list_mode = true;
        }
        if self.state.count != levels.len() {
            self.say(&operations.count.with_count(levels.len())).await?;
            self.state.count = levels.len();
        }
        self.state.staged.extend_from_slice(levels);
        Ok(())
    }

    /// Starts the staged sweep; returns when the link has taken the message.
    ///
    /// # Errors
    /// Nothing staged; the link.
    pub async fn start(&mut self) -> Result<(), SmuError> {
        let Some(last) = self.state.staged.last().filter(|_| !self.state.started) else {
            return Err(SmuError::NothingStaged { smu: self.name.clone() });
        };
        self.state.level = *last;
        self.state.started = true;
        self.say(self.model.operations.start.as_str()).await
    }

    /// Waits for the end of the sweep and returns its readings, in the order of the levels.
    ///
    /// # Errors
    /// Nothing started; an entry in the error queue; a reply of another length; the link.
    pub async fn fetch(&mut self) -> Result<Vec<Reading>, SmuError> {
        if !self.state.started {
            return Err(SmuError::NothingStaged { smu: self.name.clone() });
        }
        let command = self.checked(&self.model.operations.fetch);
        let answer = self.ask(&command, self.state.staged.len()).await?;
        let levels = std::mem::take(&mut self.state.staged);
        self.state.started = false;
        let readings = self.readings(&command, &levels, &answer).await;
        // The buffer serves again.
        self.state.staged = levels;
        self.state.staged.clear();
        readings
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

    /// Leaves list mode, so that the source follows single levels again.
    pub(crate) async fn fixed_mode(&mut self) -> Result<(), SmuError> {
        let operations = &self.model.operations;
        if self.state.list_mode {
            self.say(operations.fixed_mode.as_str()).await?;
            self.state.list_mode = false;
            self.state.level = 0.0;
        }
        if self.state.count != 1 {
            self.say(&operations.count.with_count(1)).await?;
            self.state.count = 1;
        }
        Ok(())
    }

    fn needs_output(&self) -> Result<(), SmuError> {
        if self.state.output_on {
            Ok(())
        } else {
            Err(SmuError::OutputIsOff { smu: self.name.clone() })
        }
    }

    /// Takes readings and the error queue's answer apart.
    async fn readings(
        &self,
        command: &str,
        levels: &[f64],
        answer: &[u8],
    ) -> Result<Vec<Reading>, SmuError> {
        let mut answers = reply::answers(answer);
        let (Some(data), Some(entry), None) = (answers.next(), answers.next(), answers.next())
        else {
            let found = String::from_utf8_lossy(&answer[..answer.len().min(60)]).into_owned();
            return Err(self.unreadable(command, ReplyError::NotAnEntry { found }));
        };
        let entry = reply::error_entry(entry).map_err(|source| self.unreadable(command, source))?;
        if entry.0 != 0 {
            let errors = vec![entry];
            return Err(SmuError::Reported {
                smu: self.name.clone(),
                after: "a measurement",
                errors,
            });
        }
        decode(&self.name, command, &self.model.readings, levels, data)
    }
}
