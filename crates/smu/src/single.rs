//! Single readings.

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
        self.set_single().await?;
        self.set_level(level).await?;
        self.state.behind += 1;
        let instrument = self.instrument.clone();
        let readings = self.measured(&instrument.model().operations.read, &[level]).await?;
        // One level makes one reading or an error.
        readings.into_iter().next().ok_or_else(|| self.nothing_staged())
    }

    /// Sources and measures each of `levels` by itself, in order: as [`Smu::read`] for each.
    ///
    /// # Errors
    /// A level outside the window: nothing was sent. As [`Smu::read`], at the first that fails.
    pub async fn read_each(&mut self, levels: &[f64]) -> Result<Vec<Reading>, SmuError> {
        for level in levels {
            self.check_level(*level)?;
        }
        let mut readings = Vec::with_capacity(levels.len());
        for level in levels {
            readings.push(self.read(*level).await?);
        }
        Ok(readings)
    }

    /// One reading at a time. An instrument without modes has its sweeps elsewhere, and their count.
    async fn set_single(&mut self) -> Result<(), SmuError> {
        if self.has_modes() { self.set_count(1).await } else { Ok(()) }
    }
}
