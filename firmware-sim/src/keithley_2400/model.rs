//! The members of the family, as data: identity, ranges, limits, what is fitted.

use super::ranges::{CURRENT_2400, CURRENT_2410, VOLTAGE_2400, VOLTAGE_2401, VOLTAGE_2410};
use crate::{
    config::ModelName,
    engine::{
        channel::{Quantity, Spec},
        ranges::Range,
    },
};

/// One member of the family.
#[derive(Debug)]
pub(crate) struct Model {
    /// As `*IDN?` has it, the serial number between them.
    pub(super) name: &'static str,
    pub(super) firmware: &'static str,
    pub(super) spec: Spec,
    /// Steps of `:SOUR:VOLT:PROT`; above the last there is no protection.
    pub(super) over_voltages: &'static [f64],
    /// The protection after `:SYST:PRES`.
    pub(super) preset_over_voltage: f64,
    /// Above this voltage the current must stay below the other figure: volts, amperes. 22 W.
    pub(super) power: (f64, f64),
    /// Digital outputs, `:SOUR2`.
    pub(super) digital: bool,
}

impl Model {
    /// The member of a name; the 2400 for names of other families.
    pub(super) fn of(name: ModelName) -> &'static Model {
        match name {
            ModelName::Keithley2401 => &MODEL_2401,
            ModelName::Keithley2410 => &MODEL_2410,
            _ => &MODEL_2400,
        }
    }

    /// The ranges of a quantity, lowest first.
    pub(super) fn ranges(&self, quantity: Quantity) -> &'static [Range] {
        self.spec.of(quantity)
    }

    /// The largest level.
    pub(super) fn top(&self, quantity: Quantity) -> f64 {
        let ranges = self.ranges(quantity);
        ranges[ranges.len() - 1].top()
    }

    /// Whether a voltage and a current together exceed what the unit can deliver.
    pub(super) fn exceeds_power(&self, volts: f64, amperes: f64) -> bool {
        const ROUNDING: f64 = 1.0 + 1e-9;
        volts.abs() > self.power.0 * ROUNDING && amperes.abs() > self.power.1 * ROUNDING
    }
}

/// Source settling in seconds: 100 us to 0.1 %, typical (SPEC-2400).
const SETTLING: f64 = 14.5e-6;

/// User's Manual; SPEC-2400 Rev L. The identity is of firmware C34.
static MODEL_2400: Model = Model {
    name: "2400",
    firmware: "C34 Sep 21 2016 15:30:00/A02  /K/J",
    spec: Spec { voltage: &VOLTAGE_2400, current: &CURRENT_2400, settling: SETTLING },
    over_voltages: &[20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 160.0],
    preset_over_voltage: 40.0,
    power: (21.0, 0.105),
    digital: true,
};

/// Without digital outputs and above 21 V. What stands behind the date in the identity is
/// UNVERIFIED, and so is whether 20 V is the only step of its protection.
static MODEL_2401: Model = Model {
    name: "2401",
    firmware: "A01 Aug 25 2011 12:57:43/A02  /S/K",
    spec: Spec { voltage: &VOLTAGE_2401, current: &CURRENT_2400, settling: SETTLING },
    over_voltages: &[20.0],
    preset_over_voltage: 20.0,
    power: (21.0, 1.05),
    digital: false,
};

/// ±1100 V at 21 mA. Its figures and its protection's steps are from memory, UNVERIFIED.
static MODEL_2410: Model = Model {
    name: "2410",
    firmware: "C34 Sep 21 2016 15:30:00/A02  /K/J",
    spec: Spec { voltage: &VOLTAGE_2410, current: &CURRENT_2410, settling: SETTLING },
    over_voltages: &[20.0, 40.0, 100.0, 200.0, 300.0, 400.0, 500.0],
    preset_over_voltage: 40.0,
    power: (21.0, 0.021),
    digital: true,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_power_limit_of_the_2400_is_22_watts() {
        let model = Model::of(ModelName::Keithley2400);
        assert!(!model.exceeds_power(21.0, 1.05));
        assert!(!model.exceeds_power(210.0, 0.105));
        assert!(model.exceeds_power(21.5, 0.11));
    }
}
