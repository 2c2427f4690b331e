//! What is put on the terminals: the points of a run, the level between runs, the off states.

use super::{
    Keithley2400,
    ranges::{self, OHMS},
    settings::{LevelMode, OffState, SourceFunction, SweepRanging},
    timing,
};
use crate::{
    engine::channel::{Programme, Quantity},
    terminals::Drive,
};

/// Compliance that auto-ohms works with, in volts. UNVERIFIED.
const AUTO_OHMS_LIMIT: f64 = 21.0;
/// The compliance of the normal and the guard off states, as a share of the range (User's Manual,
/// output configuration).
const OFF_LIMIT: f64 = 5e-3;

/// What is sourced at one point of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) voltage_source: bool,
    pub(super) level: f64,
    /// Index of the source range.
    pub(super) range: usize,
}

impl Point {
    pub(super) fn quantity(self) -> Quantity {
        if self.voltage_source { Quantity::Voltage } else { Quantity::Current }
    }
}

impl Keithley2400 {
    /// The point that is sourced while nothing runs.
    pub(super) fn resting_point(&self) -> Point {
        if self.settings.sense.auto_ohms() {
            return self.auto_ohms_point();
        }
        let quantity = self.settings.source.quantity();
        let function = self.settings.source.of(quantity);
        let range = if function.range_auto {
            self.range_for(quantity, function.level)
        } else {
            function.range
        };
        let voltage_source = quantity == Quantity::Voltage;
        Point { voltage_source, level: function.level, range }
    }

    fn auto_ohms_point(&self) -> Point {
        let (_, amperes) = OHMS[self.settings.sense.ohms.range];
        let range = self.range_for(Quantity::Current, amperes);
        Point { voltage_source: false, level: amperes, range }
    }

    /// The lowest range that holds a value, or the highest there is.
    pub(super) fn range_for(&self, quantity: Quantity, value: f64) -> usize {
        let table = self.model.ranges(quantity);
        ranges::holding(table, value).unwrap_or(table.len() - 1)
    }

    /// What the terminals carry with `point` programmed and the output on.
    fn drive(&self, point: Point) -> Drive {
        let sense = &self.settings.sense;
        let limit = if point.voltage_source {
            sense.current.protection.min(self.range_compliance())
        } else if sense.auto_ohms() {
            AUTO_OHMS_LIMIT
        } else {
            sense.voltage.protection
        };
        self.channel.drive(Programme {
            quantity: point.quantity(),
            level: point.level,
            range: point.range,
            limit,
            over_voltage: self.settings.source.over_voltage,
        })
    }

    /// The current at which a fixed measure range limits the source by itself.
    pub(super) fn range_compliance(&self) -> f64 {
        let current = &self.settings.sense.current;
        if current.range_auto {
            f64::INFINITY
        } else {
            self.model.ranges(Quantity::Current)[current.range].overflow()
        }
    }

    /// What the terminals carry with the output off (`:OUTP:SMOD`): normally a source of 0 V that
    /// can deliver almost nothing, and only in the high-impedance state nothing at all.
    fn off(&self) -> Drive {
        let sense = &self.settings.sense;
        let share =
            |quantity| self.model.ranges(quantity)[sense.of(quantity).range].nominal * OFF_LIMIT;
        match self.settings.output.off_state {
            OffState::HighImpedance => Drive::Open,
            OffState::Normal => Drive::Voltage { volts: 0.0, limit: share(Quantity::Current) },
            OffState::Zero => Drive::Voltage { volts: 0.0, limit: sense.current.protection },
            OffState::Guard => Drive::Current { amperes: 0.0, limit: share(Quantity::Voltage) },
        }
    }

    /// Puts the resting point on the terminals, or takes it off.
    pub(super) fn apply(&mut self) {
        let energised = self.settings.output.on && !self.settings.source.clear_auto;
        if energised {
            let point = self.resting_point();
            self.channel.terminals.set(self.drive(point));
            self.sourced = Some(point);
        } else {
            self.de_energise();
        }
    }

    /// Takes off what is on the terminals.
    pub(super) fn de_energise(&mut self) {
        self.channel.terminals.set(self.off());
        self.sourced = None;
    }

    /// The largest level of the sweep that is set, for `:SOUR:SWE:RANG BEST`.
    pub(super) fn largest_level(&self) -> f64 {
        let source = &self.settings.source;
        let function = source.of(source.quantity());
        match function.mode {
            LevelMode::Fixed => function.level.abs(),
            LevelMode::Sweep => function.start.abs().max(function.stop.abs()),
            LevelMode::List => function.list.iter().fold(0.0f64, |a, b| a.max(b.abs())),
        }
    }

    /// The point `index` of a run, counted from its start; `largest` is the largest level of all.
    pub(super) fn point(&mut self, index: usize, largest: f64) -> Point {
        if self.settings.sense.auto_ohms() {
            return self.auto_ohms_point();
        }
        let source = &mut self.settings.source;
        let quantity = source.quantity();
        let (spacing, direction, points) = (source.spacing, source.direction, source.sweep_points);
        let function = source.of_mut(quantity);
        let level = match function.mode {
            LevelMode::Fixed => {
                if let Some(level) = function.triggered_level.take() {
                    function.level = level;
                }
                self.scale_level(quantity);
                return self.resting_point();
            }
            LevelMode::List => list_level(function, index),
            LevelMode::Sweep => super::sweep::level(function, spacing, direction, points, index),
        };
        let fixed = function.range;
        let range = match self.settings.source.sweep_ranging {
            SweepRanging::Best => self.range_for(quantity, largest),
            SweepRanging::Auto => self.range_for(quantity, level),
            SweepRanging::Fixed => fixed,
        };
        // A level beyond a fixed range is sourced as far as the range goes.
        let top = self.model.ranges(quantity)[range].top();
        let level = level.clamp(-top, top);
        Point { voltage_source: quantity == Quantity::Voltage, level, range }
    }

    /// `:SOUR:<fn>:TRIG:SFAC`: the level is the one before, multiplied. That a memory sweep takes what
    /// is on the terminals for the one before is UNVERIFIED.
    fn scale_level(&mut self, quantity: Quantity) {
        let before = self.sourced.filter(|it| it.quantity() == quantity).map(|it| it.level);
        let top = self.model.top(quantity);
        let function = self.settings.source.of_mut(quantity);
        if function.scaled {
            let top = if function.range_auto {
                top
            } else {
                self.model.ranges(quantity)[function.range].top()
            };
            let level = before.unwrap_or(function.level) * function.scale;
            function.level = level.clamp(-top, top);
        }
    }

    /// The source action of a source-delay-measure cycle; whether anything moved.
    pub(super) fn source(&mut self, point: Point) -> bool {
        let moves = self.sourced != Some(point);
        if moves {
            self.channel.terminals.set(self.drive(point));
            self.sourced = Some(point);
        }
        if self.settings.auto_zero {
            self.spend(timing::SOURCE_CONFIGURATION);
        }
        moves
    }
}

/// The level of a list's point; after the last the list begins again.
fn list_level(function: &SourceFunction, index: usize) -> f64 {
    let list = function.list.get(function.list_start as usize - 1..).unwrap_or_default();
    list.get(index % list.len().max(1)).copied().unwrap_or(0.0)
}
