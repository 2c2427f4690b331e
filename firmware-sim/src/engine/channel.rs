//! One source and one meter on one pair of terminals: the measurement chain.

use super::{
    calibration::Calibration,
    converter::Converter,
    ranges::{self, Range},
};
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

/// The ranges of a channel, lowest first, and its source's settling.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    pub(crate) voltage: &'static [Range],
    pub(crate) current: &'static [Range],
    /// Seconds from a change of the level until the output is within 0.1 % of it.
    pub(crate) settling: f64,
}

impl Spec {
    /// The time constant of an output that goes to its level exponentially.
    fn time_constant(&self) -> f64 {
        self.settling / 1000f64.ln()
    }

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

/// How far a limit is off, besides the measurement's own errors: shares of the value and of the
/// range that holds it (SPEC-2400: + 0.3 % of range + 0.02 % of reading).
const LIMIT_ACCURACY: (f64, f64) = (2e-4, 3e-3);
/// The smallest limit, as a share of its range (SPEC-2400).
const SMALLEST_LIMIT: f64 = 1e-3;

/// How far the limits of one quantity are off on this unit, range by range: a share of the value,
/// and a share of the range.
struct LimitErrors(Vec<(f64, f64)>);

impl LimitErrors {
    fn new(draws: &mut Draws, ranges: &[Range], share: f64) -> LimitErrors {
        let mut draw = |limit: f64| draws.within(limit * share);
        LimitErrors(
            ranges.iter().map(|_| (draw(LIMIT_ACCURACY.0), draw(LIMIT_ACCURACY.1))).collect(),
        )
    }

    /// Where the source really limits when `limit` is programmed.
    fn limit(&self, ranges: &[Range], limit: f64) -> f64 {
        let range = ranges::holding(ranges, limit).unwrap_or(ranges.len() - 1);
        let (gain, offset) = self.0[range];
        let nominal = ranges[range].nominal;
        (limit * (1.0 + gain) + offset * nominal).max(SMALLEST_LIMIT * nominal)
    }
}

/// A source, a meter, and the device on their terminals.
pub(crate) struct Channel {
    pub(crate) terminals: Terminals,
    pub(crate) spec: Spec,
    voltage: Calibration,
    current: Calibration,
    /// Of limits in volts and in amperes.
    limits: (LimitErrors, LimitErrors),
    converter: Converter,
    thermal: Draws,
    /// Hz, of the building.
    mains: f64,
    /// Instruments without errors of their own show no thermal noise either.
    ideal: bool,
}

/// `4 k T` at 298 K, in joules: the thermal noise of a conductance G in a bandwidth B is
/// `√(4 k T G B)` amperes (Johnson and Nyquist, 1928).
const THERMAL: f64 = 4.0 * 1.380_649e-23 * 298.0;

impl Channel {
    /// Channel `index`, from zero, of an instrument.
    pub(crate) fn new(config: &Config, index: usize, spec: Spec) -> Channel {
        let dut: Dut = config.dut(index);
        let seed = config.seed.wrapping_add(index as u64 * 0x9e37_79b9);
        let accuracy = config.accuracy.0;
        let mut draws = Draws::new(seed, Purpose::Calibration);
        let voltage = Calibration::new(&mut draws, spec.voltage, accuracy);
        let current = Calibration::new(&mut draws, spec.current, accuracy);
        let limits = (
            LimitErrors::new(&mut draws, spec.voltage, accuracy),
            LimitErrors::new(&mut draws, spec.current, accuracy),
        );
        let draws = Draws::new(seed, Purpose::Converter);
        let mut terminals = Terminals::new(&dut, seed);
        terminals.settling(spec.time_constant());
        Channel {
            terminals,
            spec,
            voltage,
            current,
            limits,
            converter: Converter::new(draws, accuracy, config.line_frequency.0),
            thermal: Draws::new(seed, Purpose::Thermal),
            mains: config.line_frequency.0,
            ideal: accuracy == 0.0,
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
        let limit = match quantity {
            Quantity::Voltage => self.limits.1.limit(self.spec.current, limit),
            Quantity::Current => self.limits.0.limit(self.spec.voltage, limit),
        };
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
        let mut noise = self.converter.noise(aperture) * range_of.nominal;
        if quantity == Quantity::Current {
            noise += self.thermal_noise(aperture.cycles);
        }
        let value = self.calibration(quantity).of(range).measured(value) + noise;
        if value.abs() > range_of.overflow() {
            return OVERFLOW.copysign(value);
        }
        range_of.count(value)
    }
}

impl Channel {
    /// The thermal noise of what is on the terminals, in amperes. An aperture of T seconds has a
    /// bandwidth of 1/(2T).
    fn thermal_noise(&mut self, cycles: f64) -> f64 {
        let at = self.terminals.operating();
        if self.ideal || at.limiting || at.volts == 0.0 {
            return 0.0;
        }
        let siemens = (at.amperes / at.volts).abs();
        let bandwidth = self.mains / (2.0 * cycles);
        (THERMAL * siemens * bandwidth).sqrt() * self.thermal.normal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DeviceConfig, Ohms, Preset, Ratio};

    const RANGE: Range = Range {
        nominal: 2.0,
        source_reach: 1.05,
        source_step: 50e-6,
        source_accuracy: (2e-4, 600e-6),
        measure_reach: 1.055,
        measure_step: 10e-6,
        measure_accuracy: (1.2e-4, 300e-6),
    };
    static VOLTAGE: [Range; 1] = [RANGE];
    static CURRENT: [Range; 1] = [Range {
        nominal: 1e-4,
        source_step: 5e-9,
        source_accuracy: (3.1e-4, 20e-9),
        measure_step: 1e-9,
        measure_accuracy: (2.5e-4, 6e-9),
        ..RANGE
    }];
    const LONG: Aperture = Aperture { cycles: 10.0, middle: 1.0 };

    fn channel(seed: u64, accuracy: f64, kilohms: f64) -> Channel {
        let mut device = DeviceConfig::preset(Preset::Resistor);
        device.resistance = Some(Ohms(kilohms * 1e3));
        let config = Config { seed, accuracy: Ratio(accuracy), device, ..Config::default() };
        Channel::new(&config, 0, Spec { voltage: &VOLTAGE, current: &CURRENT, settling: 0.0 })
    }

    fn sourcing(level: f64, limit: f64) -> Programme {
        let quantity = Quantity::Voltage;
        Programme { quantity, level, range: 0, limit, over_voltage: 210.0 }
    }

    #[test]
    fn every_unit_sources_and_measures_within_its_specification() {
        for seed in 0..200 {
            let mut channel = channel(seed, 1.0, 20.0);
            channel.terminals.set(channel.drive(sourcing(1.0, 1e-4)));
            let at = channel.operating();
            assert!((at.volts - 1.0).abs() <= 2e-4 + 600e-6, "{seed}");
            let volts = channel.read(Quantity::Voltage, at.volts, 0, LONG);
            let amperes = channel.read(Quantity::Current, at.amperes, 0, LONG);
            // One count and the converter's noise beyond the one-year figures.
            assert!((volts - at.volts).abs() <= 1.2e-4 * 1.0 + 300e-6 + 30e-6, "{seed} {volts}");
            assert!((amperes - at.amperes).abs() <= 2.5e-4 * 5e-5 + 6e-9 + 2e-9, "{seed}");
        }
    }

    #[test]
    fn limits_are_off_by_what_the_specification_allows_and_differ_between_units() {
        let limited = |seed| {
            let mut channel = channel(seed, 1.0, 1.0);
            channel.terminals.set(channel.drive(sourcing(1.0, 5e-5)));
            let at = channel.operating();
            assert!(at.limiting);
            at.amperes
        };
        let errors: Vec<f64> = (0..50).map(|seed| limited(seed) - 5e-5).collect();
        assert!(errors.iter().all(|it| it.abs() <= 2e-4 * 5e-5 + 3e-3 * 1e-4));
        assert!(errors.iter().any(|it| it.abs() > 1e-9), "{errors:?}");
    }

    #[test]
    fn no_limit_is_below_a_thousandth_of_its_range() {
        let mut channel = channel(0, 0.0, 1.0);
        channel.terminals.set(channel.drive(sourcing(1.0, 1e-9)));
        assert!((channel.operating().amperes - 1e-7).abs() < 1e-18);
    }

    #[test]
    fn readings_are_whole_counts_and_overflow_beyond_the_range() {
        let mut channel = channel(0, 0.0, 1.0);
        let read = |channel: &mut Channel, value| channel.read(Quantity::Voltage, value, 0, LONG);
        assert!((read(&mut channel, 1.234_567) - 1.234_57).abs() < 1e-12);
        assert_eq!(read(&mut channel, -2.12), -OVERFLOW);
        assert!((read(&mut channel, 2.109) - 2.109).abs() < 1e-12);
    }

    #[test]
    fn over_voltage_protection_clamps_what_leaves() {
        let channel = channel(0, 0.0, 1.0);
        let programme = Programme { over_voltage: 0.5, ..sourcing(-1.0, 1e-4) };
        assert_eq!(channel.drive(programme), Drive::Voltage { volts: -0.5, limit: 1e-4 });
    }

    #[test]
    fn no_reading_is_quieter_than_the_conductance_on_the_terminals() {
        static PICOAMPERES: [Range; 1] =
            [Range { nominal: 1e-9, measure_step: 1e-15, measure_accuracy: (0.0, 0.0), ..RANGE }];
        let mut device = DeviceConfig::preset(Preset::Resistor);
        device.resistance = Some(Ohms(1e3));
        let config = Config { seed: 3, device, ..Config::default() };
        let spec = Spec { voltage: &VOLTAGE, current: &PICOAMPERES, settling: 0.0 };
        let mut channel = Channel::new(&config, 0, spec);
        channel.terminals.set(Drive::Voltage { volts: 1e-9, limit: 1.0 });
        let squares = (0..4000).map(|it| {
            let aperture = Aperture { cycles: 1.0, middle: f64::from(it) };
            channel.read(Quantity::Current, 0.0, 0, aperture).powi(2)
        });
        let rms = (squares.sum::<f64>() / 4000.0).sqrt();
        // 1 mS in 25 Hz.
        let thermal = (THERMAL * 1e-3 * 25.0).sqrt();
        assert!((thermal - 2.03e-11).abs() < 1e-13, "{thermal}");
        assert!((rms / thermal - 1.0).abs() < 0.05, "{rms} {thermal}");
    }
}
