//! What is measured before the points of a plan: the sentinel and the calibration.

use super::{Codes, script::Script};
use crate::{CalibrationConfig, GradientError, Purpose, SentinelConfig};

/// What is to be measured before the points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Due {
    /// A look at the sentinel.
    pub sentinel: bool,
    /// A calibration over the levels from one to the other, V.
    pub calibration: Option<[f64; 2]>,
}

impl Script<'_> {
    /// Looks at the sentinel.
    ///
    /// # Errors
    /// Its level is outside a window.
    pub(super) fn look(&mut self, sentinel: SentinelConfig) -> Result<(), GradientError> {
        let shot = self.both("sentinel.level", sentinel.level.0, Purpose::Sentinel)?;
        self.begin();
        for _ in 0..sentinel.readings {
            self.add(shot, shot.base);
        }
        Ok(())
    }

    /// Compares the two over a grid of common levels, up and down in turn.
    ///
    /// # Errors
    /// A level outside a window.
    pub(super) fn calibrate(
        &mut self,
        calibration: CalibrationConfig,
        levels: &[f64],
    ) -> Result<(), GradientError> {
        self.begin();
        for pass in 0..calibration.passes {
            for at in 0..levels.len() {
                let at = if pass % 2 == 0 { at } else { levels.len() - 1 - at };
                let shot = self.both("calibration", levels[at], Purpose::Calibration)?;
                self.add(shot, shot.base);
            }
        }
        Ok(())
    }
}

/// The levels of a calibration, rising and each once: over the window, and half a step and a code
/// further, since points at its ends reach so far; but nowhere outside the devices' windows.
pub(super) fn grid([low, high]: [f64; 2], delta_v: f64, levels: usize, codes: &Codes) -> Vec<f64> {
    let code = codes.base.resolution.max(codes.probe.resolution);
    let beyond = delta_v.abs() / 2.0 + code;
    let [least, most] = codes.common_window();
    let (low, high) = ((low - beyond).max(least), (high + beyond).min(most));
    let spacing = (high - low) / levels.saturating_sub(1).max(1) as f64;
    let inside = |at: usize| {
        let level = codes.common(low + spacing * at as f64).0;
        // The code nearest to the end of a window may be just outside.
        if level > most {
            codes.common(level - code).0
        } else if level < least {
            codes.common(level + code).0
        } else {
            level
        }
    };
    let mut grid: Vec<f64> = (0..levels).map(inside).collect();
    grid.dedup();
    grid
}
