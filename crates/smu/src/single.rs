//! Single readings.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    Reading, Smu, SmuError,
    decode::decode,
    instrument::link_error,
    model::Block,
    smu::{Mode, Sweep},
    template::Values,
};

/// How many readings of [`Smu::read_each`] wait for the session at once. The session sends as many of
/// them ahead as its link allows.
const AHEAD: usize = 32;

impl Smu {
    /// Sources one level and measures. What was staged is forgotten.
    ///
    /// # Errors
    /// A level outside the window: nothing was sent. The output off; the instrument or its link.
    pub async fn read(&mut self, level: f64) -> Result<Reading, SmuError> {
        self.check_level(level)?;
        self.needs_output()?;
        self.set_single().await?;
        self.set_level(level).await?;
        self.state.behind += 1;
        let instrument = self.instrument.clone();
        let readings = self.measured(&instrument.model().operations.read, &[level]).await?;
        // One level makes one reading or an error.
        readings.into_iter().next().ok_or_else(|| self.nothing_staged())
    }

    /// Sources and measures each of `levels` by itself, in order: one message for each, with level,
    /// reading and error queue, and as many of them under way as the link carries.
    ///
    /// # Errors
    /// A level outside the window: nothing was sent. As [`Smu::read`], at the first that fails; the
    /// levels that were under way behind it have been sourced.
    pub async fn read_each(&mut self, levels: &[f64]) -> Result<Vec<Reading>, SmuError> {
        for level in levels {
            self.check_level(*level)?;
        }
        self.needs_output()?;
        let Some(last) = levels.last().copied() else { return Ok(Vec::new()) };
        self.set_single().await?;
        // Unknown until all of them have been answered: this future may be dropped.
        let (mode, count) = (self.state.mode.take(), self.state.count.take());
        self.state.fixed_level = None;
        self.state.level = last;
        self.state.behind += levels.len().min(AHEAD);
        let limit = self.limit("");
        let readings: Vec<Reading> = stream::iter(levels.iter().copied())
            .map(|level| self.level_and_reading(level, limit))
            .buffered(AHEAD)
            .try_collect()
            .await?;
        if self.binary_block() == Some(Block::Indefinite) {
            self.check_errors("a measurement").await?;
        }
        self.state.behind = 0;
        self.state.fixed_level = Some(last);
        (self.state.mode, self.state.count) = (mode, count);
        Ok(readings)
    }

    async fn level_and_reading(&self, level: f64, limit: Duration) -> Result<Reading, SmuError> {
        let values = Values { levels: &[level], count: 1, ..self.values() };
        let operations = &self.file().operations;
        let block = self.binary_block();
        let query = match block {
            // An indefinite block ends its message: the queue is read when all is done.
            Some(Block::Indefinite) => operations.read.with(&values),
            _ => self.checked(&operations.read, &values),
        };
        let message = format!("{};{query}", operations.level.with(&values));
        let answer = self.instrument.session().query(&message, limit).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(source) => {
                return Err(self.explained(link_error(&self.name, &message, source)).await);
            }
        };
        let data = match block {
            Some(Block::Indefinite) => &answer[..],
            _ => self.data_without_error(&message, &answer, block).await?,
        };
        let readings = decode(&self.layout(&message), &[level], data)?;
        readings.into_iter().next().ok_or_else(|| self.nothing_staged())
    }

    /// One reading at a time. An instrument without modes has its sweeps elsewhere, and their count.
    async fn set_single(&mut self) -> Result<(), SmuError> {
        self.state.sweep = Sweep::None;
        self.set_mode(Mode::Fixed).await?;
        if self.has_modes() { self.set_count(1).await } else { Ok(()) }
    }
}
