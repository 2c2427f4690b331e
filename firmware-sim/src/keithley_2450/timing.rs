//! How long things take on a 2450.
//!
//! The table of reading rates was found in no document. What is UNVERIFIED here is chosen so that
//! readings into memory come at the recollected rates at 60 Hz, 0.01 PLC, autozero off, source
//! read-back off: 3130 a second, and 2800 a second in a sweep.

use super::settings::FilterControl;
use crate::engine::channel::Quantity;

/// What one command takes besides what it does. UNVERIFIED.
pub(super) const UNIT: f64 = 0.5e-3;
/// What a block of the trigger model takes besides what it does. UNVERIFIED.
pub(super) const BLOCK: f64 = 5e-6;
/// What the converter and the firmware take besides the integration time. UNVERIFIED.
const CONVERSION: f64 = 142e-6;
/// Setting up the source at one point of a sweep. UNVERIFIED.
pub(super) const SOURCE: f64 = 33e-6;
/// One change of range. UNVERIFIED.
pub(super) const RANGE_CHANGE: f64 = 5e-3;
/// The output relay of the high-impedance off state. UNVERIFIED.
pub(super) const RELAY: f64 = 15e-3;
/// From a pulse on a digital line to the next block. UNVERIFIED.
pub(super) const TRIGGER_LATENCY: f64 = 10e-6;

/// What a measurement consists of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measurement {
    pub(super) nplc: f64,
    /// Hz.
    pub(super) line_frequency: f64,
    pub(super) auto_zero: bool,
    /// The source value is measured too.
    pub(super) read_back: bool,
    /// The source is switched off for a second measurement, whose voltage is subtracted.
    pub(super) offset_compensated: bool,
    /// Measurements that the filter averages.
    pub(super) averaged: u32,
}

impl Measurement {
    pub(super) fn averaged(filter: bool, count: u32, control: FilterControl) -> u32 {
        if filter && control == FilterControl::Repeat { count } else { 1 }
    }

    /// The converter integrates once for the reading, once for the source value that is read back,
    /// and twice more for its own zero and reference.
    pub(super) fn duration(&self) -> f64 {
        let zero = if self.auto_zero { 2.0 } else { 0.0 };
        let conversions = 1.0 + zero + if self.read_back { 1.0 } else { 0.0 };
        let integration = self.nplc / self.line_frequency;
        let repeated = if self.offset_compensated { 2.0 } else { 1.0 };
        f64::from(self.averaged) * repeated * (conversions * integration + CONVERSION)
    }
}

/// The automatic source delay (2450 Reference Manual, `:SOUR:<fn>:DEL:AUTO`), by the nominal
/// current range.
pub(super) fn auto_delay(source: Quantity, current_range: f64, high_capacitance: bool) -> f64 {
    const RANGES: [f64; 9] = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0];
    const NORMAL: [f64; 9] = [50e-3, 50e-3, 3e-3, 2e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3];
    const HIGH: [f64; 9] = [100e-3, 100e-3, 20e-3, 10e-3, 10e-3, 10e-3, 5e-3, 5e-3, 5e-3];
    let index = RANGES.iter().position(|it| current_range <= it * 1.05).unwrap_or(8);
    if high_capacitance {
        return HIGH[index];
    }
    if source == Quantity::Current && index == 8 { 2e-3 } else { NORMAL[index] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(nplc: f64, besides: f64) -> f64 {
        let line_frequency = 60.0;
        let one = Measurement {
            nplc,
            line_frequency,
            auto_zero: false,
            read_back: false,
            offset_compensated: false,
            averaged: 1,
        };
        1.0 / (one.duration() + besides)
    }

    #[test]
    fn readings_come_at_the_recollected_rates() {
        // A loop of the trigger model passes two blocks for a reading, a sweep passes three.
        assert!((rate(0.01, 2.0 * BLOCK) / 3130.0 - 1.0).abs() < 0.01);
        assert!((rate(0.01, 3.0 * BLOCK + SOURCE) / 2800.0 - 1.0).abs() < 0.01);
    }

    #[test]
    fn the_automatic_delay_is_the_manual_s_table() {
        assert_eq!(auto_delay(Quantity::Voltage, 1e-8, false), 50e-3);
        assert_eq!(auto_delay(Quantity::Voltage, 1e-6, false), 3e-3);
        assert_eq!(auto_delay(Quantity::Voltage, 1.0, false), 1e-3);
        assert_eq!(auto_delay(Quantity::Current, 1.0, false), 2e-3);
        assert_eq!(auto_delay(Quantity::Voltage, 1e-4, true), 10e-3);
    }
}
