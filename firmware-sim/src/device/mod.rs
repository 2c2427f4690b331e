//! One device on the terminals: a law, its nuisances, and its state in simulated time.

mod flicker;
mod law;

use self::{flicker::Flicker, law::Law};
use crate::{
    config::{Drift, Dut, Mismatch, Noise},
    random::{Draws, Purpose},
    solve,
};

/// The device that the instrument's terminals see.
pub(crate) struct Device {
    law: Law,
    /// The state, 0..=1.
    x: f64,
    full_scale: f64,
    /// The factor on the nominal current.
    gain: f64,
    /// Amperes at every voltage.
    offset: f64,
    /// The factor on the voltage that the law sees.
    v_scale: f64,
    /// Ohms in series.
    series: f64,
    noise: Noise,
    read_noise: Draws,
    flicker: Flicker,
    drift: Drift,
    drift_draws: Draws,
    /// Where the gain and the offset have wandered to.
    drifted: (f64, f64),
    /// Time held since the last reading, in seconds.
    since_reading: f64,
}

/// The largest share of the way to its target that the state goes in one step where the voltage
/// on the device depends on its state.
const SUBSTEP: f64 = 0.02;
/// More steps than this are never needed: the state has arrived.
const MAX_SUBSTEPS: f64 = 400.0;

impl Device {
    pub(crate) fn new(config: &Dut, seed: u64) -> Self {
        let law = Law::new(&config.device);
        let full_scale = law.full_scale();
        let Mismatch { gain, gain_sd, offset, offset_sd, v_scale, v_scale_sd, series_resistance } =
            config.mismatch;
        let mut draws = Draws::new(seed, Purpose::Mismatch);
        Device {
            x: law.rest(),
            full_scale,
            gain: 1.0 + gain.0 + gain_sd.0 * draws.normal(),
            offset: full_scale * (offset.0 + offset_sd.0 * draws.normal()),
            v_scale: 1.0 + v_scale.0 + v_scale_sd.0 * draws.normal(),
            series: series_resistance.0,
            noise: config.noise,
            read_noise: Draws::new(seed, Purpose::ReadNoise),
            flicker: Flicker::new(config.noise.flicker.0, seed),
            drift: config.drift,
            drift_draws: Draws::new(seed, Purpose::Drift),
            drifted: (0.0, 0.0),
            since_reading: 0.0,
            law,
        }
    }

    /// The current at `volts` on the terminals now, before noise.
    pub(crate) fn current(&self, volts: f64) -> f64 {
        if self.series == 0.0 {
            return self.behind_series(volts);
        }
        (volts - self.inner(volts)) / self.series
    }

    /// The voltage on the terminals at which `amperes` flow now, at most `limit` volts either way.
    pub(crate) fn voltage(&self, amperes: f64, limit: f64) -> f64 {
        solve::crossing(-limit, limit, 1e-13, |volts| self.current(volts) - amperes)
    }

    /// Keeps `volts` on the terminals for `seconds`.
    pub(crate) fn hold(&mut self, volts: f64, seconds: f64) {
        self.since_reading += seconds;
        if self.series == 0.0 {
            self.relax(volts, seconds);
            return;
        }
        // The voltage behind the series resistance moves with the state, so the way is walked in
        // steps short against the state's own time.
        let Some(relaxation) = self.law.relaxation(self.inner(volts) * self.v_scale) else {
            return;
        };
        let steps = (seconds * relaxation.rate / SUBSTEP).ceil().clamp(1.0, MAX_SUBSTEPS);
        for _ in 0..steps as usize {
            self.relax(self.inner(volts), seconds / steps);
        }
    }

    /// Keeps the current at `amperes` for `seconds`, at most `limit` volts on the terminals.
    pub(crate) fn hold_current(&mut self, amperes: f64, limit: f64, seconds: f64) {
        let Some(relaxation) = self.law.relaxation(self.voltage(amperes, limit)) else {
            self.since_reading += seconds;
            return;
        };
        let steps = (seconds * relaxation.rate / SUBSTEP).ceil().clamp(1.0, MAX_SUBSTEPS);
        for _ in 0..steps as usize {
            self.hold(self.voltage(amperes, limit), seconds / steps);
        }
    }

    /// The noise on a reading of `current` integrated over `nplc` power-line cycles, and the
    /// wander since the last reading, in amperes.
    pub(crate) fn noise(&mut self, current: f64, nplc: f64) -> f64 {
        let elapsed = std::mem::take(&mut self.since_reading);
        self.wander(elapsed);
        let mut noise = current * self.flicker.next(elapsed);
        if self.noise.read.0 > 0.0 {
            let rms = self.noise.read.0 * self.full_scale * (self.noise.at_nplc / nplc).sqrt();
            noise += rms * self.read_noise.normal();
        }
        noise
    }

    /// New liquid: the state is at rest.
    pub(crate) fn refill(&mut self) {
        self.x = self.law.rest();
    }

    fn wander(&mut self, elapsed: f64) {
        let Drift { gain, offset, over } = self.drift;
        let root = (elapsed / over.0).sqrt();
        if gain.0 > 0.0 {
            self.drifted.0 += gain.0 * root * self.drift_draws.normal();
        }
        if offset.0 > 0.0 {
            self.drifted.1 += offset.0 * self.full_scale * root * self.drift_draws.normal();
        }
    }

    fn relax(&mut self, inner: f64, seconds: f64) {
        if let Some(to) = self.law.relaxation(inner * self.v_scale) {
            self.x = to.target + (self.x - to.target) * (-to.rate * seconds).exp();
        }
    }

    /// The current at `inner` volts behind the series resistance.
    fn behind_series(&self, inner: f64) -> f64 {
        let nominal = self.law.current(inner * self.v_scale, self.x);
        nominal * (self.gain + self.drifted.0) + self.offset + self.drifted.1
    }

    /// The voltage behind the series resistance, with `volts` on the terminals.
    fn inner(&self, volts: f64) -> f64 {
        if self.series == 0.0 {
            return volts;
        }
        let dropped = (self.series * (self.offset + self.drifted.1)).abs();
        solve::crossing(volts.min(0.0) - dropped, volts.max(0.0) + dropped, 1e-13, |inner| {
            inner + self.series * self.behind_series(inner) - volts
        })
    }
}

#[cfg(test)]
mod tests;
