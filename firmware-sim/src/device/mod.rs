//! One device on the terminals: a law, its nuisances, and its state in simulated time.

mod charge;
mod circuit;
mod common;
mod cycles;
mod flicker;
mod law;
mod shared;
mod source;
mod telegraph;
#[cfg(test)]
mod tests;
mod wander;

pub(crate) use self::source::Source;
use self::{
    cycles::Cycles,
    flicker::Flicker,
    law::{Law, State},
    shared::SharedNoise,
    telegraph::Telegraph,
    wander::Wander,
};
use crate::{
    config::{Drying, Dut, Mismatch, Noise},
    random::{Draws, Purpose},
};

/// The device that the instrument's terminals see: a junction, with the law and everything across
/// it, behind a series resistance.
pub(crate) struct Device {
    law: Law,
    state: State,
    full_scale: f64,
    /// The factor on the nominal current.
    gain: f64,
    /// Amperes at every voltage.
    offset: f64,
    /// The factor on the voltage that the law sees.
    v_scale: f64,
    /// The bend between the polarities.
    shape: f64,
    /// The voltage across the junction at which the law sees none.
    emf: f64,
    /// Ohms in series.
    series: f64,
    /// Where the junction's voltage was last, for the next search.
    guess: f64,
    /// Farads across the junction, and the voltage they are charged to.
    capacitance: f64,
    charged: f64,
    noise: Noise,
    read_noise: Draws,
    flicker: Flicker,
    telegraph: Telegraph,
    shared: SharedNoise,
    wander: Wander,
    drying: Drying,
    refill: Draws,
    /// When the liquid was last refilled, in seconds, and the factor on the current of that drop.
    filled: (f64, f64),
    cycles: Cycles,
    /// The factor on the current of drying, drop and cycle.
    wear: f64,
    /// Time since the device was made, in seconds.
    time: f64,
    /// Time since the last reading, in seconds.
    since_reading: f64,
}

impl Device {
    /// `seed` is taken where the device has none of its own.
    pub(crate) fn new(dut: &Dut, seed: u64) -> Self {
        let seed = dut.seed.unwrap_or(seed);
        let law = Law::new(&dut.device);
        let full_scale = law.full_scale();
        let Mismatch { gain, gain_sd, offset, offset_sd, v_scale, v_scale_sd, .. } = dut.mismatch;
        let Mismatch { series_resistance, series_resistance_sd, shape, shape_sd, .. } =
            dut.mismatch;
        let mut draws = Draws::new(seed, Purpose::Mismatch);
        // The order of the draws is part of what a seed means.
        let mut device = Device {
            state: law.rest(),
            full_scale,
            gain: 1.0 + gain.0 + gain_sd.0 * draws.normal(),
            offset: full_scale * (offset.0 + offset_sd.0 * draws.normal()),
            v_scale: 1.0 + v_scale.0 + v_scale_sd.0 * draws.normal(),
            series: (series_resistance.0 * (1.0 + series_resistance_sd.0 * draws.normal()))
                .max(0.0)
                + dut.cell.access()
                + law.series(),
            shape: (shape.0 + shape_sd.0 * draws.normal()).clamp(-0.8, 0.8),
            emf: dut.cell.emf.0 + dut.cell.emf_sd.0 * draws.normal(),
            guess: 0.0,
            capacitance: dut.cell.capacitance.0,
            charged: 0.0,
            noise: dut.noise,
            read_noise: Draws::new(seed, Purpose::ReadNoise),
            flicker: Flicker::new(dut.noise.flicker.0, dut.noise.flicker_exponent, seed),
            telegraph: Telegraph::new(dut.noise.telegraph.0, dut.noise.telegraph_dwell.0, seed),
            shared: SharedNoise::new(&dut.noise),
            wander: Wander::new(dut.drift, full_scale, seed),
            drying: dut.drying,
            refill: Draws::new(seed, Purpose::Refill),
            filled: (0.0, 1.0),
            cycles: Cycles::new(dut.cycle, seed),
            wear: 1.0,
            time: 0.0,
            since_reading: 0.0,
            law,
        };
        device.law.redraw(&mut device.state, &mut device.cycles.draws);
        device.age(0.0);
        device
    }

    /// The current through the junction with `volts` across it now, before noise.
    fn junction(&self, volts: f64) -> f64 {
        let nominal = self.law.current(self.seen(volts), &self.state);
        let gain = (self.gain + self.wander.gain()) * self.wear;
        nominal * gain + self.offset + self.wander.offset()
    }

    /// What the law sees of `volts` across the junction.
    fn seen(&self, volts: f64) -> f64 {
        let scaled = (volts - self.emf) * (self.v_scale * self.cycles.v_scale);
        if self.shape == 0.0 { scaled } else { scaled * (1.0 + self.shape * scaled.tanh()) }
    }

    /// What [`Device::junction`] gives and its derivative in siemens, of a law that has one.
    fn tangent(&self, volts: f64) -> Option<(f64, f64)> {
        let scale = self.v_scale * self.cycles.v_scale;
        let (nominal, slope) = self.law.tangent(self.seen(volts), &self.state)?;
        let bend = if self.shape == 0.0 {
            1.0
        } else {
            let scaled = (volts - self.emf) * scale;
            let tanh = scaled.tanh();
            1.0 + self.shape * (tanh + scaled * (1.0 - tanh * tanh))
        };
        let gain = (self.gain + self.wander.gain()) * self.wear;
        let current = nominal * gain + self.offset + self.wander.offset();
        Some((current, slope * gain * scale * bend))
    }

    /// Moves the state as constant `volts` across the junction do.
    fn flow(&mut self, volts: f64, seconds: f64) {
        let seen = self.seen(volts);
        self.law.flow(&mut self.state, seen, seconds);
    }

    /// How fast the state moves with `volts` across the junction, in 1/s.
    fn speed(&self, volts: f64) -> f64 {
        self.law.speed(self.seen(volts), &self.state)
    }

    /// The noise on a reading of `current` integrated over `nplc` power-line cycles, and the
    /// private wander since the last reading, in amperes.
    pub(crate) fn noise(&mut self, current: f64, nplc: f64) -> f64 {
        let elapsed = std::mem::take(&mut self.since_reading);
        self.wander.step(elapsed);
        let mut noise = current * (self.flicker.next(elapsed, nplc) + self.telegraph.next(elapsed));
        if self.noise.read.0 > 0.0 {
            let rms = self.noise.read.0 * self.full_scale * (self.noise.at_nplc / nplc).sqrt();
            noise += rms * self.read_noise.normal();
        }
        noise + current * self.shared.at(self.time, nplc)
    }

    /// New liquid: the state is at rest, and the drying begins anew with a drop that is not quite
    /// the last.
    pub(crate) fn refill(&mut self) {
        self.state = self.law.rest();
        let factor = 1.0 + self.drying.refill_sd.0 * self.refill.normal();
        self.filled = (self.time, factor.max(0.01));
        self.age(0.0);
    }

    /// Whether time alone changes nothing of the current.
    pub(crate) fn is_steady(&self) -> bool {
        self.drying.depth.0 == 0.0 && !self.wander.is_shared()
    }

    /// Whether a reading changes the current of the next.
    pub(crate) fn wanders(&self) -> bool {
        self.wander.is_private()
    }

    /// A time in which age changes next to nothing, in seconds.
    fn ages_in(&self) -> f64 {
        let dries = if self.drying.depth.0 == 0.0 { f64::INFINITY } else { self.drying.over.0 };
        0.005 * dries.min(self.wander.shared_time())
    }

    /// Begins a cycle where driving `level` does.
    pub(crate) fn head_for(&mut self, level: f64) {
        if self.cycles.begins(level) {
            self.cycles.redraw();
            self.law.redraw(&mut self.state, &mut self.cycles.draws);
            self.age(0.0);
        }
    }

    /// Lets the device age by `seconds`: everything that goes with time alone.
    fn age(&mut self, seconds: f64) {
        self.time += seconds;
        self.wander.follow(self.time);
        self.wear = self.filled.1 * self.cycles.gain;
        if self.drying.depth.0 != 0.0 {
            let Drying { depth, over, .. } = self.drying;
            self.wear *= 1.0 + depth.0 * (-(self.time - self.filled.0) / over.0).exp_m1();
        }
    }
}
