//! The ranges of the family and their one-year specifications (SPEC-2400 Rev L, May 2013).

pub(crate) use crate::engine::ranges::holding;
use crate::engine::ranges::{self, Range};

/// A range that reads to 105.5 % of it.
const fn range(
    nominal: f64,
    source_step: f64,
    source: (f64, f64),
    measure_step: f64,
    measure: (f64, f64),
) -> Range {
    let plain = ranges::range(nominal, source_step, source, measure_step, measure);
    Range { measure_reach: 1.055, ..plain }
}

const MILLIVOLTS_200: Range = range(0.2, 5e-6, (2e-4, 600e-6), 1e-6, (1.2e-4, 300e-6));
const VOLTS_2: Range = range(2.0, 50e-6, (2e-4, 600e-6), 10e-6, (1.2e-4, 300e-6));
const VOLTS_20: Range = range(20.0, 500e-6, (2e-4, 2.4e-3), 100e-6, (1.5e-4, 1.5e-3));
const VOLTS_200: Range = range(200.0, 5e-3, (2e-4, 24e-3), 1e-3, (1.5e-4, 10e-3));
/// Up to 1100 V. From memory of the 2410's data sheet, UNVERIFIED.
const VOLTS_1000: Range = Range {
    source_reach: 1.1,
    measure_reach: 1.1,
    ..range(1000.0, 50e-3, (2e-4, 100e-3), 10e-3, (1.5e-4, 50e-3))
};

const MICROAMPERES_1: Range = range(1e-6, 50e-12, (3.5e-4, 600e-12), 10e-12, (2.9e-4, 300e-12));
const MICROAMPERES_10: Range = range(1e-5, 500e-12, (3.3e-4, 2e-9), 100e-12, (2.7e-4, 700e-12));
const MICROAMPERES_100: Range = range(1e-4, 5e-9, (3.1e-4, 20e-9), 1e-9, (2.5e-4, 6e-9));
const MILLIAMPERES_1: Range = range(1e-3, 50e-9, (3.4e-4, 200e-9), 10e-9, (2.7e-4, 60e-9));
const MILLIAMPERES_10: Range = range(1e-2, 500e-9, (4.5e-4, 2e-6), 100e-9, (3.5e-4, 600e-9));
/// The 2410's, from memory of its data sheet, UNVERIFIED.
const MILLIAMPERES_20: Range = range(2e-2, 500e-9, (4.5e-4, 4e-6), 100e-9, (3.5e-4, 1.2e-6));
const MILLIAMPERES_100: Range = range(1e-1, 5e-6, (6.6e-4, 20e-6), 1e-6, (5.5e-4, 6e-6));
const AMPERES_1: Range = range(1.0, 50e-6, (2.7e-3, 900e-6), 10e-6, (2.2e-3, 570e-6));

/// SPEC-2400, voltage: programming resolution, source accuracy, resolution, accuracy.
pub(super) static VOLTAGE_2400: [Range; 4] = [MILLIVOLTS_200, VOLTS_2, VOLTS_20, VOLTS_200];
/// The 2401 ends at 20 V.
pub(super) static VOLTAGE_2401: [Range; 3] = [MILLIVOLTS_200, VOLTS_2, VOLTS_20];
/// The 2410 has 1 kV in the place of 200 V.
pub(super) static VOLTAGE_2410: [Range; 4] = [MILLIVOLTS_200, VOLTS_2, VOLTS_20, VOLTS_1000];

/// SPEC-2400, current.
pub(super) static CURRENT_2400: [Range; 7] = [
    MICROAMPERES_1,
    MICROAMPERES_10,
    MICROAMPERES_100,
    MILLIAMPERES_1,
    MILLIAMPERES_10,
    MILLIAMPERES_100,
    AMPERES_1,
];
/// The 2410 has 20 mA in the place of 10 mA.
pub(super) static CURRENT_2410: [Range; 7] = [
    MICROAMPERES_1,
    MICROAMPERES_10,
    MICROAMPERES_100,
    MILLIAMPERES_1,
    MILLIAMPERES_20,
    MILLIAMPERES_100,
    AMPERES_1,
];

/// Ohms ranges and the current that auto-ohms sources on each. The currents are UNVERIFIED.
pub(crate) const OHMS: [(f64, f64); 8] = [
    (20.0, 100e-3),
    (200.0, 10e-3),
    (2e3, 1e-3),
    (20e3, 100e-6),
    (200e3, 10e-6),
    (2e6, 1e-6),
    (20e6, 1e-6),
    (200e6, 100e-9),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_takes_the_lowest_range_that_holds_it_with_five_per_cent_to_spare() {
        assert_eq!(holding(&VOLTAGE_2400, 0.21), Some(0));
        assert_eq!(holding(&VOLTAGE_2400, 0.2101), Some(1));
        assert_eq!(holding(&CURRENT_2400, -1.05e-4), Some(2));
        assert_eq!(holding(&CURRENT_2400, 1.06), None);
        assert_eq!(holding(&VOLTAGE_2401, 21.1), None);
        assert_eq!(holding(&VOLTAGE_2410, 1100.0), Some(3));
        assert_eq!(holding(&CURRENT_2410, 0.021), Some(4));
    }

    #[test]
    fn levels_are_rounded_to_source_codes() {
        assert_eq!(VOLTAGE_2400[1].source_code(1.000_001), 1.0);
        assert!((VOLTAGE_2400[1].source_code(0.123_46) - 0.123_45).abs() < 1e-15);
    }
}
