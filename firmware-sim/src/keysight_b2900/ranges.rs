//! The ranges of the B2900A and their one-year specifications (B2900A data sheet page 16).
//!
//! The source's accuracy table was not to be had; the measurement's stands for it. UNVERIFIED. The
//! source's resolution is one digit coarser on the B2901A and B2902A.

pub(super) use crate::engine::ranges::holding;
use crate::engine::{
    channel::Quantity,
    ranges::{self, Range},
};

/// A range with 6 % to spare for readings and 5 % for levels.
const fn range(nominal: f64, step: f64, accuracy: (f64, f64)) -> Range {
    Range { measure_reach: 1.06, ..ranges::range(nominal, step, accuracy, step, accuracy) }
}

/// The two highest current ranges: 2 % to spare for readings, 1 % for levels.
const fn narrow(nominal: f64, step: f64, accuracy: (f64, f64)) -> Range {
    Range { source_reach: 1.01, measure_reach: 1.02, ..range(nominal, step, accuracy) }
}

const fn coarse(range: Range) -> Range {
    Range { source_step: 10.0 * range.source_step, ..range }
}

/// B2911A and B2912A, voltage.
pub(super) const VOLTAGE: [Range; 4] = [
    range(0.2, 100e-9, (1.5e-4, 225e-6)),
    range(2.0, 1e-6, (2e-4, 350e-6)),
    range(20.0, 10e-6, (1.5e-4, 5e-3)),
    range(200.0, 100e-6, (1.5e-4, 50e-3)),
];

/// B2901A and B2902A, voltage.
pub(super) const VOLTAGE_COARSE: [Range; 4] =
    [coarse(VOLTAGE[0]), coarse(VOLTAGE[1]), coarse(VOLTAGE[2]), coarse(VOLTAGE[3])];

/// B2911A and B2912A, current.
pub(super) const CURRENT: [Range; 11] = [
    range(1e-8, 10e-15, (1e-3, 50e-12)),
    range(1e-7, 100e-15, (6e-4, 100e-12)),
    range(1e-6, 1e-12, (2.5e-4, 500e-12)),
    range(1e-5, 10e-12, (2.5e-4, 1.5e-9)),
    range(1e-4, 100e-12, (2e-4, 25e-9)),
    range(1e-3, 1e-9, (2e-4, 200e-9)),
    range(1e-2, 10e-9, (2e-4, 2.5e-6)),
    range(1e-1, 100e-9, (2e-4, 20e-6)),
    range(1.0, 1e-6, (3e-4, 1.5e-3)),
    narrow(1.5, 1e-6, (5e-4, 3.5e-3)),
    narrow(3.0, 10e-6, (4e-3, 7e-3)),
];

/// B2901A and B2902A, current: the lowest range is 100 nA.
pub(super) const CURRENT_COARSE: [Range; 10] = [
    coarse(CURRENT[1]),
    coarse(CURRENT[2]),
    coarse(CURRENT[3]),
    coarse(CURRENT[4]),
    coarse(CURRENT[5]),
    coarse(CURRENT[6]),
    coarse(CURRENT[7]),
    coarse(CURRENT[8]),
    coarse(CURRENT[9]),
    coarse(CURRENT[10]),
];

/// Ohms (SCPI Command Reference table 2-9). They matter to the automatic resistance measurement
/// only, which is not simulated.
pub(super) const OHMS: [f64; 9] = [2.0, 20.0, 200.0, 2e3, 20e3, 200e3, 2e6, 20e6, 200e6];

/// How much later a measurement begins in the high-capacitance mode (data sheet page 18).
pub(super) fn high_capacitance_delay(current_range: f64) -> f64 {
    match current_range {
        it if it < 5e-6 => 230e-3,
        it if it < 5e-4 => 23e-3,
        _ => 1e-3,
    }
}

/// The time from a change of the source until the output has settled, by the nominal current range
/// that is in use (data sheet, current source settling).
pub(super) fn settling(current_range: f64) -> f64 {
    match current_range {
        it if it < 5e-7 => 10e-3,
        it if it < 5e-6 => 500e-6,
        it if it < 5e-4 => 250e-6,
        _ => 80e-6,
    }
}

/// What short integration adds to the accuracy, as a share of the range, at 0.1, 0.01 and 0.001
/// power-line cycles (data sheet page 16, "Derating"; 100 nA at 0.1 cycles is not given and taken
/// as the ranges above it).
fn derating(quantity: Quantity, nominal: f64) -> [f64; 3] {
    match quantity {
        Quantity::Voltage if nominal < 1.0 => [1e-4, 5e-4, 5e-3],
        Quantity::Voltage => [1e-4, 2e-4, 2e-3],
        Quantity::Current => match nominal {
            it if it < 5e-8 => [1e-3, 1e-2, 5e-2],
            it if it < 5e-7 => [1e-4, 1e-3, 1e-2],
            it if it < 0.5 => [1e-4, 5e-4, 5e-3],
            _ => [1e-4, 2e-4, 2e-3],
        },
    }
}

/// The error that an integration over `cycles` power-line cycles adds at most, as a share of the
/// range: between the figures of the data sheet along a straight line of logarithms, nothing from
/// one cycle on.
pub(super) fn short_aperture(quantity: Quantity, nominal: f64, cycles: f64) -> f64 {
    let [tenth, hundredth, thousandth] = derating(quantity, nominal);
    let between = |from: f64, to: f64, share: f64| from * (to / from).powf(share);
    match -cycles.log10() {
        it if it <= 0.0 => 0.0,
        it if it <= 1.0 => tenth * it,
        it if it <= 2.0 => between(tenth, hundredth, it - 1.0),
        it if it <= 3.0 => between(hundredth, thousandth, it - 2.0),
        _ => thousandth,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_differ_in_the_lowest_current_range_and_in_the_sources_resolution() {
        assert_eq!(CURRENT[0].nominal, 10e-9);
        assert_eq!(CURRENT_COARSE[0].nominal, 100e-9);
        assert_eq!(VOLTAGE[1].source_code(0.123_456_4), 0.123_456);
        assert!((VOLTAGE_COARSE[1].source_code(0.123_456_4) - 0.123_46).abs() < 1e-12);
    }

    #[test]
    fn readings_overflow_at_106_per_cent_and_at_102_on_the_highest_ranges() {
        let reach = |index: usize| CURRENT[index].overflow() / CURRENT[index].nominal;
        assert!((0..9).all(|index| (reach(index) - 1.06).abs() < 1e-12));
        assert!((9..11).all(|index| (reach(index) - 1.02).abs() < 1e-12));
    }

    #[test]
    fn short_integration_adds_what_the_data_sheet_says() {
        for (quantity, nominal, cycles, expected) in [
            (Quantity::Voltage, 2.0, 1.0, 0.0),
            (Quantity::Voltage, 2.0, 0.1, 1e-4),
            (Quantity::Voltage, 0.2, 0.01, 5e-4),
            (Quantity::Current, 1e-8, 0.001, 5e-2),
            (Quantity::Current, 1e-4, 0.01, 5e-4),
            (Quantity::Current, 1.5, 0.001, 2e-3),
        ] {
            let added = short_aperture(quantity, nominal, cycles);
            assert!((added - expected).abs() < 1e-9, "{nominal} {cycles} {added}");
        }
    }
}
