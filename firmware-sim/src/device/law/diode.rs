//! A diode.

use super::or;
use crate::config::DeviceConfig;

/// Shockley: `I = I_s·(e^(V/(n·V_T)) − 1)` with V_T = 25.85 mV (300 K), behind a series resistance.
#[derive(Clone, Debug)]
pub(crate) struct Diode {
    saturation: f64,
    /// n·V_T.
    scale: f64,
    pub(crate) series: f64,
}

const THERMAL: f64 = 0.025_85;
/// Beyond this exponent no instrument follows; the current stays a finite number.
const LARGEST: f64 = 300.0;

impl Diode {
    pub(crate) fn new(config: &DeviceConfig) -> Self {
        Diode {
            saturation: or(config.saturation_current, 2.5e-9),
            scale: or(config.ideality, 1.75) * THERMAL,
            series: or(config.resistance, 10.0),
        }
    }

    pub(crate) fn current(&self, volts: f64) -> f64 {
        let exponent = volts / self.scale;
        let beyond = (exponent - LARGEST).max(0.0);
        self.saturation * (exponent.min(LARGEST).exp_m1() + beyond)
    }
}
