//! How long things take on a 2400 (SPEC-2400 Rev L; User's Manual appendix A).
//!
//! One point takes `source configuration + delay + conversions · (NPLC / f + 185 us) + firmware`.

/// Setting up the source in a source-delay-measure cycle with autozero on: at most 50 us. Without
/// autozero the firmware's own time holds it.
pub(crate) const SOURCE_CONFIGURATION: f64 = 50e-6;
/// What a point of a source-memory sweep takes to recall its place: 165 points a second at 0.01
/// PLC (SPEC-2400).
pub(crate) const MEMORY_RECALL: f64 = 5.4e-3;
/// The output is off for so long while the source function changes; a bench found 46 to 88 ms on
/// a 2401.
pub(crate) const FUNCTION_CHANGE: f64 = 60e-3;
/// What the first reading after output-on takes besides: a bench found 74 to 126 ms on a 2401 where
/// later readings took 43 ms.
pub(crate) const FIRST_READING: f64 = 50e-3;
/// One change of range: at most 75 a second.
pub(crate) const RANGE_CHANGE: f64 = 1.0 / 75.0;
/// What the A/D converter takes besides its integration time.
pub(crate) const CONVERSION: f64 = 185e-6;
/// The output relay of the high-impedance off state.
pub(crate) const RELAY: f64 = 15e-3;

/// From a pulse on the Trigger Link to the action; at most 225 us.
pub(crate) const TRIGGER_LATENCY: f64 = 225e-6;
/// From the end of an action until the next pulse can be acted on. Chosen so that externally
/// triggered readings come at the data sheet's rates (1239 and 1018 per second).
pub(crate) const REARM: f64 = 105e-6;

/// What a measurement consists of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measurement {
    pub(crate) nplc: f64,
    /// Hz.
    pub(crate) line_frequency: f64,
    pub(crate) auto_zero: bool,
    /// Voltage and current are both measured.
    pub(crate) two_functions: bool,
    /// The source is a voltage source.
    pub(crate) voltage_source: bool,
    /// The source does something: its level is not the one of the reading before.
    pub(crate) source_moves: bool,
    /// Measurements averaged by the filter.
    pub(crate) filter: u32,
}

impl Measurement {
    /// Conversions and firmware of one reading, in seconds.
    pub(crate) fn duration(&self) -> f64 {
        f64::from(self.filter) * (self.conversions() + self.firmware())
    }

    /// The conversions of one measurement.
    pub(crate) fn conversions(&self) -> f64 {
        let conversions = match (self.auto_zero, self.two_functions) {
            (true, true) => 4.0,
            (true, false) => 3.0,
            (false, _) => 1.0,
        };
        conversions * (self.nplc / self.line_frequency + CONVERSION)
    }

    /// The firmware of one measurement.
    fn firmware(&self) -> f64 {
        match (self.auto_zero, self.two_functions, self.voltage_source) {
            (true, false, true) => 1.80e-3,
            (true, false, false) => 2.15e-3,
            (true, true, true) => 2.30e-3,
            (true, true, false) => 2.65e-3,
            (false, _, _) if !self.source_moves => STATIC,
            (false, _, true) => 0.30e-3,
            (false, _, false) => 0.64e-3,
        }
    }
}

/// The firmware of a measurement with autozero off while the source stays where it is: what is left
/// of the data sheet's 2081 readings a second.
const STATIC: f64 = 0.12e-3;

/// The automatic source delay (SPEC-2400), for the index of the current range: 1 uA, 10 uA, …
pub(crate) fn auto_delay(voltage_source: bool, current_range: usize) -> f64 {
    let settling = match (voltage_source, current_range) {
        (_, 0) => 3e-3,
        (true, 1) | (false, 6) => 2e-3,
        _ => 1e-3,
    };
    settling + 100e-6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_50_hz(nplc: f64, auto_zero: bool, two_functions: bool) -> f64 {
        let line_frequency = 50.0;
        let voltage_source = true;
        let measurement = Measurement {
            nplc,
            line_frequency,
            auto_zero,
            two_functions,
            voltage_source,
            source_moves: true,
            filter: 1,
        };
        measurement.duration() * 1e3
    }

    #[test]
    fn a_reading_takes_what_the_specification_adds_up_to() {
        let table = [
            (0.01, 2.955, 3.84, 0.685),
            (0.1, 8.355, 11.04, 2.485),
            (1.0, 62.355, 83.04, 20.485),
            (10.0, 602.355, 803.04, 200.485),
        ];
        for (nplc, one_function, two_functions, no_zero) in table {
            assert!((at_50_hz(nplc, true, false) - one_function).abs() < 1e-9);
            assert!((at_50_hz(nplc, true, true) - two_functions).abs() < 1e-9);
            assert!((at_50_hz(nplc, false, true) - no_zero).abs() < 1e-9);
        }
    }
}
