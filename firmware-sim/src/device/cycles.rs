//! What differs from cycle to cycle, and when a cycle begins.

use crate::{
    config::Cycle,
    random::{Draws, Purpose},
};

/// The factors of the present cycle.
pub(crate) struct Cycles {
    config: Cycle,
    pub(crate) draws: Draws,
    /// The level that was last driven.
    level: f64,
    pub(crate) gain: f64,
    pub(crate) v_scale: f64,
}

impl Cycles {
    pub(crate) fn new(config: Cycle, seed: u64) -> Self {
        let draws = Draws::new(seed, Purpose::Cycle);
        let mut cycles = Cycles { config, draws, level: 0.0, gain: 1.0, v_scale: 1.0 };
        cycles.redraw();
        cycles
    }

    /// Whether driving `level` begins a cycle: from 0 or below to above it.
    pub(crate) fn begins(&mut self, level: f64) -> bool {
        let begins = level > 0.0 && self.level <= 0.0;
        self.level = level;
        begins
    }

    pub(crate) fn redraw(&mut self) {
        let Cycle { gain_sd, v_scale_sd } = self.config;
        if gain_sd.0 > 0.0 {
            self.gain = (1.0 + gain_sd.0 * self.draws.normal()).max(0.01);
        }
        if v_scale_sd.0 > 0.0 {
            self.v_scale = (1.0 + v_scale_sd.0 * self.draws.normal()).max(0.01);
        }
    }
}
