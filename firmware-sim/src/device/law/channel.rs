//! Iontronic channels: a conductance that relaxes towards what the voltage wants.

use super::{Relaxation, or};
use crate::config::DeviceConfig;

/// `dg/dt = (g_inf(V) − g)/τ`, `I = g_0·g·V`, with g relative to its value at rest.
///
/// Of a conical channel (Kamsma et al., PRL 130, 268401, 2023) g_inf is the tanh that represents
/// the numerical steady state within 0.032 over ±1 V, `1.213 + 0.756·tanh((V − 0.217)/0.730)`, divided by its
/// value at 0 V; τ = L²/12D. Of a tapered network of nanochannels (Kamsma et al., PNAS 121,
/// e2320242121, 2024) g_inf rises linearly with 0.729 /V, here as `1 + 0.729·tanh(V / 1 V)`, which
/// keeps it positive.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    siemens: f64,
    time_constant: f64,
    middle: f64,
    swing: f64,
    centre: f64,
    width: f64,
}

/// Twelve times the one-dimensional diffusion: τ = L²/12D.
const TWELVE: f64 = 12.0;

impl Channel {
    pub(crate) fn conical(config: &DeviceConfig) -> Self {
        let at_rest = 1.213 + 0.756 * f64::tanh(-0.217 / 0.730);
        let (middle, swing) = (1.213 / at_rest, 0.756 / at_rest);
        Channel { middle, swing, centre: 0.217, width: 0.730, ..Channel::new(config, 10e-6) }
    }

    pub(crate) fn nanochannel(config: &DeviceConfig) -> Self {
        Channel {
            middle: 1.0,
            swing: 0.729,
            centre: 0.0,
            width: 1.0,
            ..Channel::new(config, 150e-6)
        }
    }

    fn new(config: &DeviceConfig, length: f64) -> Self {
        let length = or(config.channel_length, length);
        let time_constant = length * length / (TWELVE * or(config.diffusion, 1e-9));
        Channel {
            siemens: or(config.conductance, or(config.full_scale, 60e-6)),
            time_constant: or(config.relaxation, time_constant),
            middle: 1.0,
            swing: 0.0,
            centre: 0.0,
            width: 1.0,
        }
    }

    pub(crate) fn current(&self, volts: f64, g: f64) -> f64 {
        self.siemens * g * volts
    }

    pub(crate) fn relaxation(&self, volts: f64) -> Relaxation {
        let target = self.middle + self.swing * ((volts - self.centre) / self.width).tanh();
        Relaxation { target, rate: 1.0 / self.time_constant }
    }
}
