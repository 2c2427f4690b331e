//! `:SOURce`.

use super::super::{
    model::Model,
    ranges::{self, holding},
};
use super::trigger::Output;
use crate::engine::{channel::Quantity, choice::choice, ranges::Range};

choice!(
    /// `:SOUR:FUNC:MODE`.
    Function { Voltage = "VOLTage", Current = "CURRent" }
);
choice!(
    /// `:SOUR:FUNC[:SHAP]`.
    Shape { Dc = "DC", Pulse = "PULSe" }
);
choice!(
    /// `:SOUR:<fn>:MODE`.
    LevelMode { Fixed = "FIXed", Sweep = "SWEep", List = "LIST" }
);
choice!(
    /// `:SOUR:SWE:SPAC`.
    Spacing { Linear = "LINear", Logarithmic = "LOGarithmic" }
);
choice!(
    /// `:SOUR:SWE:DIR`.
    Direction { Up = "UP", Down = "DOWN" }
);
choice!(
    /// `:SOUR:SWE:STA`.
    Stair { Single = "SINGle", Double = "DOUBle" }
);
choice!(
    /// `:SOUR:SWE:RANG`.
    SweepRanging { Best = "BEST", Auto = "AUTO", Fixed = "FIXed" }
);

/// `:SOUR:WAIT` and `:SENS:WAIT`: gain times a time of the instrument's own, plus offset.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    pub(crate) on: bool,
    pub(crate) auto: bool,
    pub(crate) gain: f64,
    pub(crate) offset: f64,
}

impl Wait {
    pub(super) fn reset() -> Wait {
        Wait { on: true, auto: true, gain: 1.0, offset: 0.0 }
    }

    /// Seconds, where the instrument's own time is `initial`.
    pub(crate) fn time(&self, initial: f64) -> f64 {
        match (self.on, self.auto) {
            (false, _) => 0.0,
            (true, true) => self.gain * initial + self.offset,
            (true, false) => self.offset,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) function: Function,
    pub(crate) shape: Shape,
    /// The level stays where a sweep has ended.
    pub(crate) continuous: bool,
    pub(crate) voltage: Sourced,
    pub(crate) current: Sourced,
    /// Steps of a sweep, of either quantity.
    pub(crate) points: u32,
    pub(crate) spacing: Spacing,
    pub(crate) direction: Direction,
    pub(crate) stair: Stair,
    pub(crate) ranging: SweepRanging,
    pub(crate) pulse_delay: f64,
    pub(crate) pulse_width: f64,
    pub(crate) wait: Wait,
    pub(crate) output: Output,
}

/// One of the two quantities that can be sourced.
#[derive(Clone, Debug)]
pub(crate) struct Sourced {
    pub(crate) level: f64,
    /// The level that comes with the next trigger; the immediate one where it was never set.
    pub(crate) triggered: Option<f64>,
    /// Index of the range that was asked for; it counts while ranging is not automatic.
    pub(crate) range: usize,
    pub(crate) auto: bool,
    /// Index of the lowest range that automatic ranging takes.
    pub(crate) lower_limit: usize,
    pub(crate) mode: LevelMode,
    pub(crate) start: f64,
    pub(crate) stop: f64,
    pub(crate) step: f64,
    pub(crate) list: Vec<f64>,
}

impl Source {
    pub(super) fn reset(model: &Model) -> Source {
        let sourced = |table, nominal| Sourced {
            level: 0.0,
            triggered: None,
            range: holding(table, nominal).unwrap_or(0),
            auto: true,
            lower_limit: 0,
            mode: LevelMode::Fixed,
            start: 0.0,
            stop: 0.0,
            step: 0.0,
            list: vec![0.0],
        };
        Source {
            function: Function::Voltage,
            shape: Shape::Dc,
            continuous: false,
            voltage: sourced(model.spec.voltage, 2.0),
            current: sourced(model.spec.current, 1e-4),
            points: 1,
            spacing: Spacing::Linear,
            direction: Direction::Up,
            stair: Stair::Single,
            ranging: SweepRanging::Best,
            pulse_delay: 0.0,
            pulse_width: 50e-6,
            wait: Wait::reset(),
            output: Output::reset(),
        }
    }

    /// What is sourced.
    pub(crate) fn quantity(&self) -> Quantity {
        match self.function {
            Function::Voltage => Quantity::Voltage,
            Function::Current => Quantity::Current,
        }
    }

    pub(crate) fn of(&mut self, quantity: Quantity) -> &mut Sourced {
        match quantity {
            Quantity::Voltage => &mut self.voltage,
            Quantity::Current => &mut self.current,
        }
    }

    pub(crate) fn peek(&self, quantity: Quantity) -> &Sourced {
        match quantity {
            Quantity::Voltage => &self.voltage,
            Quantity::Current => &self.current,
        }
    }
}

impl Sourced {
    /// The index of the range on which `level` is sourced.
    pub(crate) fn range_for(&self, table: &[Range], level: f64) -> usize {
        if !self.auto {
            return self.range;
        }
        ranges::holding(table, level).unwrap_or(table.len() - 1).max(self.lower_limit)
    }
}
