//! One source and one meter on one pair of terminals: the measurement chain.

use super::{calibration::Calibration, ranges::Range};
use crate::{
    config::{Config, Dut},
    random::{Draws, Purpose},
    terminals::{Drive, Operating, Terminals},
};

/// What is sourced, measured or limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    Voltage,
    Current,
}

impl Quantity {
    /// What is limited and measured while this is sourced.
    pub(crate) fn complement(self) -> Quantity {
        match self {
            Quantity::Voltage => Quantity::Current,
            Quantity::Current => Quantity::Voltage,
        }
    }
}

/// What the makers write for overflow.
pub(crate) const OVERFLOW: f64 = 9.9e37;
/// What the makers write for a value that does not exist.
pub(crate) const NOT_A_NUMBER: f64 = 9.91e37;

/// The ranges of a channel, lowest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    pub(crate) voltage: &'static [Range],
    pub(crate) current: &'static [Range],
}

impl Spec {
    pub(crate) fn of(&self, quantity: Quantity) -> &'static [Range] {
        match quantity {
            Quantity::Voltage => self.voltage,
            Quantity::Current => self.current,
        }
    }
}

/// What a source is told: a level on a range, and the limit of the other quantity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Programme {
    pub(crate) quantity: Quantity,
    pub(crate) level: f64,
    /// Index of the source range.
    pub(crate) range: usize,
    /// The compliance, in the other quantity's unit.
    pub(crate) limit: f64,
    /// The terminals never see more than this, in volts.
    pub(crate) over_voltage: f64,
}

/// How long a conversion integrates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aperture {
    /// Power-line cycles, averaged conversions together.
    pub(crate) cycles: f64,
    /// The middle of the window, in seconds since power-on.
    pub(crate) middle: f64,
}

/// The share of a range that mains pick-up reaches in a conversion that is short against a cycle.
/// A bench run on a 2401 found 0.006 % of range in all at 0.01 PLC.
const MAINS: f64 = 2e-5;
/// The converter's white noise at 1 PLC as a share of range, from the same bench run.
const WHITE: f64 = 6e-6;

/// A source, a meter, and the device on their terminals.
pub(crate) struct Channel {
    pub(crate) terminals: Terminals,
    pub(crate) spec: Spec,
    voltage: Calibration,
    current: Calibration,
    /// The share of the specification that this unit's errors take.
    accuracy: f64,
    converter: Draws,
    /// Hz, of the building.
    mains: f64,
}

impl Channel {
    /// Channel `index`, from zero, of an instrument.
    pub(crate) fn new(config: &Config, index: usize, spec: Spec) -> Channel {
        let dut: Dut = config.dut(index);
        let seed = config.seed.wrapping_add(index as u64 * 0x9e37_79b9);
        let accuracy = config.accuracy.0;
        let mut draws = Draws::new(seed, Purpose::Calibration);
        Channel {
            terminals: Terminals::new(&dut, seed),
            spec,
            voltage: Calibration::new(&mut draws, spec.voltage, accuracy),
            current: Calibration::new(&mut draws, spec.current, accuracy),
            accuracy,
            converter: Draws::new(seed, Purpose::Converter),
            mains: config.line_frequency.0,
        }
    }

    fn calibration(&self, quantity: Quantity) -> &Calibration {
        match quantity {
            Quantity::Voltage => &self.voltage,
            Quantity::Current => &self.current,
        }
    }

    /// What the terminals carry with `programme` and the output on: the level rounded to the
    /// source's codes, off by the unit's own errors.
    pub(crate) fn drive(&self, programme: Programme) -> Drive {
        let Programme { quantity, level, range, limit, over_voltage } = programme;
        let level = self.spec.of(quantity)[range].source_code(level);
        let level = self.calibration(quantity).of(range).sourced(level);
        match quantity {
            Quantity::Voltage => {
                Drive::Voltage { volts: level.clamp(-over_voltage, over_voltage), limit }
            }
            Quantity::Current => Drive::Current { amperes: level, limit: limit.min(over_voltage) },
        }
    }

    /// Where source and device meet now.
    pub(crate) fn operating(&self) -> Operating {
        self.terminals.operating()
    }

    /// What the meter reads on `range` when `value` is on the terminals: noise, the unit's own
    /// errors, counts. Beyond the range it is overflow, with the value's sign.
    pub(crate) fn read(
        &mut self,
        quantity: Quantity,
        value: f64,
        range: usize,
        aperture: Aperture,
    ) -> f64 {
        let range_of = &self.spec.of(quantity)[range];
        let noise = self.converter_noise(aperture) * range_of.nominal;
        let value = self.calibration(quantity).of(range).measured(value) + noise;
        if value.abs() > range_of.overflow() {
            return OVERFLOW.copysign(value);
        }
        range_of.count(value)
    }

    /// The converter's own noise as a share of range: white, and mains pick-up that whole cycles
    /// average away.
    fn converter_noise(&mut self, aperture: Aperture) -> f64 {
        if self.accuracy == 0.0 {
            return 0.0;
        }
        let Aperture { cycles, middle } = aperture;
        let half_turns = std::f64::consts::PI * cycles;
        let rejection = half_turns.sin() / half_turns;
        let phase = std::f64::consts::TAU * self.mains * middle;
        let white = WHITE / cycles.sqrt() * self.converter.normal();
        self.accuracy * (white + MAINS * rejection * phase.sin())
    }
}
