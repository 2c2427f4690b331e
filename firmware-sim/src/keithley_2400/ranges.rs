//! The ranges of the 2400 and their one-year specifications (SPEC-2400 Rev L, May 2013).

pub(crate) use crate::engine::ranges::holding;
use crate::engine::{channel::Spec, ranges::Range};

const fn range(
    nominal: f64,
    source_step: f64,
    source_accuracy: (f64, f64),
    measure_step: f64,
    measure_accuracy: (f64, f64),
) -> Range {
    Range {
        nominal,
        source_reach: 1.05,
        source_step,
        source_accuracy,
        measure_reach: 1.055,
        measure_step,
        measure_accuracy,
    }
}

/// SPEC-2400, voltage: programming resolution, source accuracy, resolution, accuracy.
pub(crate) const VOLTAGE: [Range; 4] = [
    range(0.2, 5e-6, (2e-4, 600e-6), 1e-6, (1.2e-4, 300e-6)),
    range(2.0, 50e-6, (2e-4, 600e-6), 10e-6, (1.2e-4, 300e-6)),
    range(20.0, 500e-6, (2e-4, 2.4e-3), 100e-6, (1.5e-4, 1.5e-3)),
    range(200.0, 5e-3, (2e-4, 24e-3), 1e-3, (1.5e-4, 10e-3)),
];

/// SPEC-2400, current.
pub(crate) const CURRENT: [Range; 7] = [
    range(1e-6, 50e-12, (3.5e-4, 600e-12), 10e-12, (2.9e-4, 300e-12)),
    range(1e-5, 500e-12, (3.3e-4, 2e-9), 100e-12, (2.7e-4, 700e-12)),
    range(1e-4, 5e-9, (3.1e-4, 20e-9), 1e-9, (2.5e-4, 6e-9)),
    range(1e-3, 50e-9, (3.4e-4, 200e-9), 10e-9, (2.7e-4, 60e-9)),
    range(1e-2, 500e-9, (4.5e-4, 2e-6), 100e-9, (3.5e-4, 600e-9)),
    range(1e-1, 5e-6, (6.6e-4, 20e-6), 1e-6, (5.5e-4, 6e-6)),
    range(1.0, 50e-6, (2.7e-3, 900e-6), 10e-6, (2.2e-3, 570e-6)),
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

/// What the 2400 can source and measure.
pub(crate) const SPEC: Spec = Spec { voltage: &VOLTAGE, current: &CURRENT };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_takes_the_lowest_range_that_holds_it_with_five_per_cent_to_spare() {
        assert_eq!(holding(&VOLTAGE, 0.21), Some(0));
        assert_eq!(holding(&VOLTAGE, 0.2101), Some(1));
        assert_eq!(holding(&CURRENT, -1.05e-4), Some(2));
        assert_eq!(holding(&CURRENT, 1.06), None);
    }

    #[test]
    fn levels_are_rounded_to_source_codes() {
        assert_eq!(VOLTAGE[1].source_code(1.000_001), 1.0);
        assert!((VOLTAGE[1].source_code(0.123_46) - 0.123_45).abs() < 1e-15);
    }
}
