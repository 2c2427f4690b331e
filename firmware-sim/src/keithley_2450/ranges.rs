//! The ranges of the 2450 family and their one-year specifications.
//!
//! The 2450's are of SPEC-2450 Rev A (July 2013). The others' ranges are those that their
//! reference manuals name; where an accuracy is not the 2450's of the same range it is UNVERIFIED.

use crate::engine::ranges::{Range, range};

const V_02: Range = range(0.2, 5e-6, (1.5e-4, 200e-6), 100e-9, (1.2e-4, 200e-6));
const V_2: Range = range(2.0, 50e-6, (2e-4, 300e-6), 1e-6, (1.2e-4, 300e-6));
const V_20: Range = range(20.0, 500e-6, (1.5e-4, 2.4e-3), 10e-6, (1.5e-4, 1e-3));
const V_200: Range = range(200.0, 5e-3, (1.5e-4, 24e-3), 100e-6, (1.5e-4, 10e-3));

/// SPEC-2450, voltage.
pub(super) const VOLTAGE_2450: [Range; 5] =
    [range(0.02, 500e-9, (1e-3, 200e-6), 10e-9, (1e-3, 150e-6)), V_02, V_2, V_20, V_200];

const I_10N: Range = range(1e-8, 500e-15, (1e-3, 100e-12), 10e-15, (1e-3, 50e-12));
const I_100N: Range = range(1e-7, 5e-12, (6e-4, 150e-12), 100e-15, (6e-4, 100e-12));
const I_1U: Range = range(1e-6, 50e-12, (2.5e-4, 400e-12), 1e-12, (2.5e-4, 300e-12));
const I_10U: Range = range(1e-5, 500e-12, (2.5e-4, 1.5e-9), 10e-12, (2.5e-4, 700e-12));
const I_100U: Range = range(1e-4, 5e-9, (2e-4, 15e-9), 100e-12, (2e-4, 6e-9));
const I_1M: Range = range(1e-3, 50e-9, (2e-4, 150e-9), 1e-9, (2e-4, 60e-9));
const I_10M: Range = range(1e-2, 500e-9, (2e-4, 1.5e-6), 10e-9, (2e-4, 600e-9));
const I_100M: Range = range(1e-1, 5e-6, (2.5e-4, 15e-6), 100e-9, (2.5e-4, 6e-6));
const I_1: Range = range(1.0, 50e-6, (6.7e-4, 900e-6), 1e-6, (3e-4, 500e-6));

/// SPEC-2450, current.
pub(super) const CURRENT_2450: [Range; 9] =
    [I_10N, I_100N, I_1U, I_10U, I_100U, I_1M, I_10M, I_100M, I_1];

/// The 2460 and the 2461: 200 mV to 100 V. The rows at 7 V, 10 V and 100 V are UNVERIFIED.
pub(super) const VOLTAGE_2460: [Range; 6] = [
    V_02,
    V_2,
    range(7.0, 500e-6, (1.5e-4, 2.4e-3), 10e-6, (1.5e-4, 1e-3)),
    range(10.0, 500e-6, (1.5e-4, 2.4e-3), 10e-6, (1.5e-4, 1e-3)),
    V_20,
    range(100.0, 2.5e-3, (1.5e-4, 15e-3), 100e-6, (1.5e-4, 5e-3)),
];

/// The 2460 and the 2461: 1 uA to 7 A. The rows above 1 A are UNVERIFIED; the 2461's 10 A are for
/// pulses only, which are not simulated.
pub(super) const CURRENT_2460: [Range; 10] = [
    I_1U,
    I_10U,
    I_100U,
    I_1M,
    I_10M,
    I_100M,
    I_1,
    range(4.0, 500e-6, (1.5e-3, 5e-3), 10e-6, (1e-3, 2e-3)),
    range(5.0, 500e-6, (1.5e-3, 5e-3), 10e-6, (1e-3, 2e-3)),
    range(7.0, 500e-6, (1.5e-3, 10e-3), 10e-6, (1.5e-3, 5e-3)),
];

/// The 2470: 200 mV to 1000 V. The row at 1000 V is UNVERIFIED but for its reach, 1100 V.
pub(super) const VOLTAGE_2470: [Range; 5] = [
    V_02,
    V_2,
    V_20,
    V_200,
    Range {
        source_reach: 1.1,
        measure_reach: 1.1,
        ..range(1000.0, 50e-3, (2e-4, 100e-3), 1e-3, (1.5e-4, 50e-3))
    },
];

/// The 2470: 10 nA to 1 A; on the lowest two the offsets of a reseller's table.
pub(super) const CURRENT_2470: [Range; 9] = [
    Range { measure_accuracy: (1e-3, 250e-12), ..I_10N },
    Range { measure_accuracy: (6e-4, 300e-12), ..I_100N },
    I_1U,
    I_10U,
    I_100U,
    I_1M,
    I_10M,
    I_100M,
    I_1,
];
