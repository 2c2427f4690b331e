//! A filament that opens and closes smoothly with the voltage.

use super::{Relaxation, or};
use crate::config::DeviceConfig;

/// `I = FS·V·g(w)/g(w_inf(1 V))` with `G = 0.06 + 0.94·w` behind a resistance of a quarter of 1/G at
/// w = 1, `g = G/(1 + 0.25·G)`; `dw/dt = (w_inf(V) − w)/τ` with
/// `w_inf = s((V − V_th)/0.07 V) + 0.65·s((V_neg − V)/0.07 V)` and `s(x) = 1/(1 + e^(−x))`.
///
/// The defaults V_th = 0.38 V and V_neg = −0.55 V give a steady state with a dead zone between two
/// smooth switches, the one below zero to a thinner filament: over ±1 V its slope is 0.08 to
/// 1.91 FS/V, 0.08 FS/V at 0 V, and nowhere zero. An assumed shape, not a fit.
#[derive(Clone, Debug)]
pub(crate) struct Switching {
    pub(crate) full_scale: f64,
    threshold: f64,
    negative: f64,
    /// The conductance at w is this times g(w), in siemens.
    siemens: f64,
    time_constant: f64,
}

/// The width of both switches, in volts.
const WIDTH: f64 = 0.07;
/// What is left of the whole conductance without a filament.
const LEAK: f64 = 0.06;
/// The series resistance, in units of the resistance of a whole filament.
const SERIES: f64 = 0.25;
/// How much of a filament a negative voltage makes.
const THINNER: f64 = 0.65;

impl Switching {
    pub(crate) fn new(config: &DeviceConfig) -> Self {
        let full_scale = or(config.full_scale, 60e-6);
        let mut law = Switching {
            full_scale,
            threshold: or(config.threshold, 0.38),
            negative: or(config.negative_threshold, -0.55),
            siemens: 0.0,
            time_constant: or(config.relaxation, 0.01),
        };
        law.siemens = full_scale / conductance(law.steady(1.0));
        law
    }

    pub(crate) fn current(&self, volts: f64, w: f64) -> f64 {
        self.siemens * conductance(w) * volts
    }

    pub(crate) fn relaxation(&self, volts: f64) -> Relaxation {
        Relaxation { target: self.steady(volts), rate: 1.0 / self.time_constant }
    }

    /// `w_inf`.
    pub(crate) fn steady(&self, volts: f64) -> f64 {
        let above = logistic((volts - self.threshold) / WIDTH);
        above + THINNER * logistic((self.negative - volts) / WIDTH)
    }
}

/// `g(w)`.
fn conductance(w: f64) -> f64 {
    let bare = LEAK + (1.0 - LEAK) * w;
    bare / (1.0 + SERIES * bare)
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
