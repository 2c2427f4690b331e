//! Single readings.

use std::fmt::Write;

use crate::{
    Reading, Smu, SmuError,
    decode::decode,
    instrument::link_error,
    smu::{Mode, Sweep},
    template::Values,
};

/// How many readings of [`Smu::read_each`] are handed to the session at once. It sends as many of them
/// ahead as its link allows; after one that fails, none of the next lot is sourced.
const AHEAD: usize = 64;

impl Smu {
    /// Sources one level and measures, in one message with the error queue. What was staged is
    /// forgotten.
    ///
    /// # Errors
    /// A level outside the window: nothing was sent. The output off; the instrument or its link.
    pub async fn read(&mut self, level: f64) -> Result<Reading, SmuError> {
        self.permit(&[level])?;
        self.needs_output()?;
        if self.steps_softly() {
            let readings = self.list_sweep(&[level]).await?;
            return readings.into_iter().next().ok_or_else(|| self.nothing_staged());
        }
        self.set_single().await?;
        let (mut command, bytes) = self.measuring(&self.file().operations.read, &[level]);
        let values = Values { levels: &[level], ..self.values() };
        command.insert_str(0, &format!("{};", self.file().operations.level.with(&values)));
        self.state.fixed_level = None;
        self.state.level = level;
        self.state.behind += 1;
        self.expose(1);
        let readings = self.measured_by(&command, bytes, &[level]).await?;
        self.state.fixed_level = Some(level);
        // One level makes one reading or an error.
        readings.into_iter().next().ok_or_else(|| self.nothing_staged())
    }

    /// Sources and measures each of `levels` by itself, in order: one message for each, with level,
    /// reading and error queue, and as many of them under way as the link carries. A device with a
    /// limit of dV/dt is measured by lists instead: a fixed level is left in one step.
    ///
    /// # Errors
    /// A level outside the window: nothing was sent. As [`Smu::read`], at the first that fails; up to
    /// 63 levels behind it have been sourced all the same.
    pub async fn read_each(&mut self, levels: &[f64]) -> Result<Vec<Reading>, SmuError> {
        self.permit(levels)?;
        self.needs_output()?;
        if self.steps_softly() {
            return self.list_sweep(levels).await;
        }
        let mut readings = Vec::with_capacity(levels.len());
        if self.binary_block().is_some() {
            // A block never travels together with another reply.
            for level in levels {
                readings.push(self.read(*level).await?);
            }
            return Ok(readings);
        }
        self.set_single().await?;
        for lot in levels.chunks(AHEAD) {
            self.read_lot(lot, &mut readings).await?;
        }
        Ok(readings)
    }

    async fn read_lot(
        &mut self,
        levels: &[f64],
        readings: &mut Vec<Reading>,
    ) -> Result<(), SmuError> {
        // Unknown until all of them have been answered: this future may be dropped.
        let (mode, count) = (self.state.mode.take(), self.state.count.take());
        let last = levels.last().copied();
        self.state.fixed_level = None;
        self.state.level = last.unwrap_or(self.state.level);
        self.state.behind += 1;
        let limit = self.limit("");
        self.state.behind += levels.len() - 1;
        self.expose(levels.len());
        let messages: Vec<_> = levels.iter().map(|it| self.level_and_reading(*it)).collect();
        let asked = messages.iter().map(|it| (it.as_str(), limit));
        let answers = self.instrument.session().query_all(asked).await;
        let first = messages.first().map_or("", String::as_str);
        let answers = answers.map_err(|source| link_error(&self.name, first, source))?;
        for ((answer, message), level) in answers.into_iter().zip(&messages).zip(levels) {
            let answer = match answer {
                Ok(answer) => answer,
                Err(source) => {
                    return Err(self.explained(link_error(&self.name, message, source)).await);
                }
            };
            let data = self.data_without_error(message, &answer, None).await?;
            let mut reading = decode(&self.layout(message), &[*level], data)?;
            self.exposed(&reading);
            readings.append(&mut reading);
        }
        self.state.behind = 0;
        self.state.fixed_level = last;
        (self.state.mode, self.state.count) = (mode, count);
        Ok(())
    }

    /// A level, its reading and the error queue in one message.
    fn level_and_reading(&self, level: f64) -> String {
        let values = Values { levels: &[level], count: 1, ..self.values() };
        let operations = &self.file().operations;
        let mut message = operations.level.with(&values);
        // Writing to a string cannot fail.
        let _ = write!(message, ";{}", self.checked(&operations.read, &values));
        message
    }

    /// One reading at a time. An instrument without modes has its sweeps elsewhere, and their count.
    async fn set_single(&mut self) -> Result<(), SmuError> {
        self.state.sweep = Sweep::None;
        self.set_mode(Mode::Fixed).await?;
        if self.has_modes() { self.set_count(1).await } else { Ok(()) }
    }
}
