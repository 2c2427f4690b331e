//! What the two sources can be sent, and how long a shot takes.

use smu::{Duo, Smu, SmuError, units::Volts};

use super::raster::Raster;
use crate::GradientError;

/// What a plan must know of the two instruments.
#[derive(Clone, Debug, PartialEq)]
pub struct Codes {
    /// The base's source.
    pub base: SourceCodes,
    /// The probe's source.
    pub probe: SourceCodes,
    /// What a shot should take, without the links, s.
    pub seconds_per_shot: f64,
    /// The most shots of one list.
    pub most: usize,
}

/// The levels that one source makes.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceCodes {
    /// As the bench names the instrument.
    pub smu: String,
    /// V between two codes.
    pub resolution: f64,
    /// The lowest and the highest level that may be sent, V.
    pub window: [f64; 2],
    /// The source's range, V.
    pub range: f64,
}

impl Codes {
    /// Of two instruments.
    pub fn of(duo: &Duo) -> Codes {
        Codes {
            base: SourceCodes::of(duo.base()),
            probe: SourceCodes::of(duo.probe()),
            seconds_per_shot: duo.seconds_per_point(),
            most: duo.max_list_len(),
        }
    }

    /// Refuses a step that one of the two cannot make.
    ///
    /// # Errors
    /// [`GradientError::StepBelowCode`].
    pub fn check_step(&self, delta_v: f64) -> Result<(), GradientError> {
        for source in [&self.base, &self.probe] {
            if delta_v.is_nan() || delta_v.abs() < source.resolution {
                return Err(GradientError::StepBelowCode {
                    delta_v: Volts(delta_v),
                    resolution: Volts(source.resolution),
                    range: Volts(source.range),
                    smu: source.smu.clone(),
                });
            }
        }
        Ok(())
    }

    /// What the two are sent to be at the same level, as near to it as the coarser of them allows.
    pub(crate) fn common(&self, level: f64) -> (f64, f64) {
        let coarser =
            if self.base.resolution < self.probe.resolution { &self.probe } else { &self.base };
        let level = coarser.round(level);
        (self.base.round(level), self.probe.round(level))
    }

    /// The levels that both may be sent, V.
    pub fn common_window(&self) -> [f64; 2] {
        let [base, probe] = [self.base.window, self.probe.window];
        [base[0].max(probe[0]), base[1].min(probe[1])]
    }

    /// Refuses levels outside a window.
    ///
    /// # Errors
    /// [`SmuError::OutsideWindow`].
    pub fn check(&self, base: f64, probe: Option<f64>) -> Result<(), GradientError> {
        self.base.check(base)?;
        probe.map_or(Ok(()), |it| self.probe.check(it))
    }
}

impl SourceCodes {
    /// Of one instrument.
    pub fn of(smu: &Smu) -> SourceCodes {
        let window = smu.settings().window;
        SourceCodes {
            smu: smu.name().to_owned(),
            resolution: smu.source_resolution().0,
            window: [window.low.0, window.high.0],
            range: smu.settings().source_range.0,
        }
    }

    /// The nearest code, V.
    pub fn round(&self, level: f64) -> f64 {
        self.raster().round(level)
    }

    pub(super) fn raster(&self) -> Raster {
        Raster::new(self.resolution)
    }

    pub(crate) fn contains(&self, level: f64) -> bool {
        (self.window[0]..=self.window[1]).contains(&level)
    }

    /// That an asked level, with its step, needs a level outside the window.
    pub(crate) fn outside(&self, asked: f64, level: f64, delta_v: f64) -> GradientError {
        let smu = self.smu.clone();
        let [low, high] = self.window.map(Volts);
        let [asked, level, delta_v] = [asked, level, delta_v].map(Volts);
        GradientError::OutsideWindow { asked, level, delta_v, smu, low, high }
    }

    fn check(&self, level: f64) -> Result<(), GradientError> {
        let [low, high] = self.window;
        if self.contains(level) {
            return Ok(());
        }
        let smu = self.smu.clone();
        let (low, high) = (Volts(low), Volts(high));
        Err(SmuError::OutsideWindow { smu, level, low, high }.into())
    }
}
