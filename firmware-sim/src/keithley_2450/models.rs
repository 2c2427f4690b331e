//! What differs between the members of the family.

use super::ranges::{
    CURRENT_2450, CURRENT_2460, CURRENT_2470, VOLTAGE_2450, VOLTAGE_2460, VOLTAGE_2470,
};
use crate::{
    config::ModelName,
    engine::channel::{Quantity, Spec},
};

/// One member of the family.
#[derive(Clone, Copy)]
pub(super) struct Model {
    pub(super) name: &'static str,
    pub(super) spec: Spec,
    /// Up to so many volts it carries so many amperes, lowest volts first.
    envelope: &'static [(f64, f64)],
    /// The smallest limits, in volts and in amperes.
    pub(super) smallest_limits: (f64, f64),
    /// The voltage limit after `*RST`.
    pub(super) voltage_limit: f64,
    /// Index of the current range that `*RST` selects for measuring.
    pub(super) measures_current_on: usize,
    /// The same for voltage.
    pub(super) measures_voltage_on: usize,
    /// It has digitize functions.
    pub(super) digitizes: bool,
}

impl Model {
    /// The member that a configuration names.
    pub(super) fn of(name: ModelName) -> Model {
        match name {
            // The 2461 differs from the 2460 in its digitizer, and in its pulses, which are not simulated. Its *RST
            // ranges are 1 uA and 2 V (2461 Reference Manual, page 8-166).
            ModelName::Keithley2460 => Model { name: "MODEL 2460", digitizes: false, ..M2460 },
            ModelName::Keithley2461 => M2460,
            ModelName::Keithley2470 => M2470,
            _ => M2450,
        }
    }

    /// The largest level of a quantity.
    pub(super) fn top(&self, quantity: Quantity) -> f64 {
        let ranges = self.spec.of(quantity);
        ranges[ranges.len() - 1].top()
    }

    /// The largest limit while `quantity` is sourced on a range.
    pub(super) fn largest_limit(&self, quantity: Quantity, range: usize) -> f64 {
        let level = self.spec.of(quantity)[range].top() * (1.0 - 1e-12);
        let corners = self.envelope.iter().map(|(volts, amperes)| match quantity {
            Quantity::Voltage => (*volts, *amperes),
            Quantity::Current => (*amperes, *volts),
        });
        corners.filter(|it| it.0 >= level).map(|it| it.1).fold(0.0, f64::max)
    }
}

/// 20 W in four quadrants: ±21 V at ±1.05 A, ±210 V at ±105 mA (SPEC-2450).
/// Until the output is within 0.1 % of its level (SPEC-2450: below 200 us at 20 V).
const SETTLING: f64 = 200e-6;

const M2450: Model = Model {
    name: "MODEL 2450",
    spec: Spec { voltage: &VOLTAGE_2450, current: &CURRENT_2450, settling: SETTLING },
    envelope: &[(21.0, 1.05), (210.0, 0.105)],
    smallest_limits: (0.02, 1e-9),
    voltage_limit: 21.0,
    measures_current_on: 4,
    measures_voltage_on: 2,
    digitizes: false,
};

/// 100 W. The corners are UNVERIFIED; the limits are of the 2461 Reference Manual, page 6-94.
const M2460: Model = Model {
    name: "MODEL 2461",
    spec: Spec { voltage: &VOLTAGE_2460, current: &CURRENT_2460, settling: SETTLING },
    envelope: &[(7.35, 7.35), (10.5, 5.25), (21.0, 4.2), (105.0, 1.05)],
    smallest_limits: (0.2, 1e-6),
    voltage_limit: 7.35,
    measures_current_on: 0,
    measures_voltage_on: 1,
    digitizes: true,
};

/// 20 W, to 1100 V. The corner there is UNVERIFIED; the limit after `*RST` is of the 2470 Reference
/// Manual, page 12-78.
const M2470: Model = Model {
    name: "MODEL 2470",
    spec: Spec { voltage: &VOLTAGE_2470, current: &CURRENT_2470, settling: SETTLING },
    envelope: &[(21.0, 1.05), (210.0, 0.105), (1100.0, 0.021)],
    smallest_limits: (0.02, 1e-9),
    voltage_limit: 0.21,
    measures_current_on: 4,
    measures_voltage_on: 1,
    digitizes: false,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_member_carries_its_current_only_below_its_corner_voltage() {
        assert_eq!(M2450.largest_limit(Quantity::Voltage, 3), 1.05);
        assert_eq!(M2450.largest_limit(Quantity::Voltage, 4), 0.105);
        assert_eq!(M2450.largest_limit(Quantity::Current, 8), 21.0);
        assert_eq!(M2450.largest_limit(Quantity::Current, 7), 210.0);
        assert_eq!(Model::of(ModelName::Keithley2470).largest_limit(Quantity::Voltage, 4), 0.021);
        assert_eq!(Model::of(ModelName::Keithley2461).top(Quantity::Voltage), 105.0);
    }
}
