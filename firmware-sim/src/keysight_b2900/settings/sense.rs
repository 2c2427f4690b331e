//! `:SENSe`.

use super::super::{model::Model, ranges::holding};
use super::{source::Wait, trigger::Output};
use crate::engine::{channel::Quantity, choice::choice};

choice!(
    /// The functions of `:SENS:FUNC`, as strings, and those of `:FETC:<fn>?`.
    SenseFunction { Voltage = "VOLTage", Current = "CURRent", Resistance = "RESistance" }
);
choice!(
    /// `:SENS:<fn>:RANG:AUTO:MODE`.
    AutoMode { Normal = "NORMal", Resolution = "RESolution", Speed = "SPEed" }
);
choice!(
    /// `:SENS:RES:MODE`.
    OhmsMode { Manual = "MANual", Auto = "AUTO" }
);

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Functions {
    pub(crate) voltage: bool,
    pub(crate) current: bool,
    pub(crate) ohms: bool,
}

impl Functions {
    pub(crate) const ALL: Functions = Functions { voltage: true, current: true, ohms: true };
    pub(crate) const NONE: Functions = Functions { voltage: false, current: false, ohms: false };

    pub(crate) fn set(&mut self, function: SenseFunction, on: bool) {
        *match function {
            SenseFunction::Voltage => &mut self.voltage,
            SenseFunction::Current => &mut self.current,
            SenseFunction::Resistance => &mut self.ohms,
        } = on;
    }

    pub(crate) fn has(self, function: SenseFunction) -> bool {
        match function {
            SenseFunction::Voltage => self.voltage,
            SenseFunction::Current => self.current,
            SenseFunction::Resistance => self.ohms,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Sense {
    pub(crate) functions: Functions,
    /// Seconds; common to all functions (page 4-73).
    pub(crate) aperture: f64,
    pub(crate) aperture_auto: bool,
    pub(crate) voltage: Sensed,
    pub(crate) current: Sensed,
    pub(crate) ohms: Ohms,
    pub(crate) four_wire: bool,
    pub(crate) wait: Wait,
    pub(crate) output: Output,
}

/// One of the two quantities that are measured, and limited while the other is sourced.
#[derive(Clone, Debug)]
pub(crate) struct Sensed {
    /// Index of the range that was asked for; it counts while ranging is not automatic.
    pub(crate) range: usize,
    pub(crate) auto: bool,
    /// Index of the range that automatic ranging has chosen.
    pub(crate) present: usize,
    pub(crate) lower_limit: usize,
    pub(crate) upper_limit: usize,
    pub(crate) mode: AutoMode,
    /// Per cent of a range up to which automatic ranging stays on it.
    pub(crate) threshold: f64,
    /// The compliance, for levels above and below zero.
    pub(crate) positive: f64,
    pub(crate) negative: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct Ohms {
    /// Indices of ranges.
    pub(crate) range: usize,
    pub(crate) lower_limit: usize,
    pub(crate) upper_limit: usize,
    pub(crate) auto: bool,
    pub(crate) compensated: bool,
}

impl Sense {
    pub(super) fn reset(model: &Model, line_frequency: f64) -> Sense {
        let sensed = |table, nominal, lowest, protection| {
            let range = holding(table, nominal).unwrap_or(0);
            Sensed {
                range,
                auto: true,
                present: range,
                lower_limit: holding(table, lowest).unwrap_or(0),
                upper_limit: table.len() - 1,
                mode: AutoMode::Normal,
                threshold: 90.0,
                positive: protection,
                negative: protection,
            }
        };
        Sense {
            functions: Functions::ALL,
            aperture: 0.1 / line_frequency,
            aperture_auto: true,
            voltage: sensed(model.spec.voltage, 2.0, 0.2, 2.0),
            current: sensed(model.spec.current, 1e-4, 1e-6, 1e-4),
            ohms: Ohms {
                range: 0,
                lower_limit: 0,
                upper_limit: super::super::ranges::OHMS.len() - 1,
                auto: true,
                compensated: false,
            },
            four_wire: false,
            wait: Wait::reset(),
            output: Output::reset(),
        }
    }

    pub(crate) fn of(&mut self, quantity: Quantity) -> &mut Sensed {
        match quantity {
            Quantity::Voltage => &mut self.voltage,
            Quantity::Current => &mut self.current,
        }
    }

    pub(crate) fn peek(&self, quantity: Quantity) -> &Sensed {
        match quantity {
            Quantity::Voltage => &self.voltage,
            Quantity::Current => &self.current,
        }
    }
}

impl Sensed {
    /// The index of the range that measures.
    pub(crate) fn measuring(&self) -> usize {
        if self.auto { self.present } else { self.range }
    }
}
