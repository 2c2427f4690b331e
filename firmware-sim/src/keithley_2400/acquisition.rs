//! Source, delay, measure: from a level to a reading, in simulated time.

use super::{
    Keithley2400,
    ranges::{self, CURRENT, OHMS, VOLTAGE},
    readings::{NOT_A_NUMBER, OVERFLOW, Reading, Status},
    settings::{ArmSource, FilterControl, Function, LevelMode, SweepRanging},
    timing::{self, Measurement},
};
use crate::terminals::{Drive, Operating};

/// Compliance that auto-ohms works with, in volts. UNVERIFIED.
const AUTO_OHMS_LIMIT: f64 = 21.0;

/// What is sourced at one point of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) voltage_source: bool,
    pub(super) level: f64,
    /// Index of the source range.
    pub(super) range: usize,
}

impl Keithley2400 {
    /// The point that is sourced while nothing runs.
    pub(super) fn resting_point(&self) -> Point {
        if self.settings.sense.auto_ohms() {
            return self.auto_ohms_point();
        }
        let source = &self.settings.source;
        let (function, table) = match source.function {
            Function::Current => (&source.current, &CURRENT[..]),
            Function::Voltage | Function::Memory => (&source.voltage, &VOLTAGE[..]),
        };
        let level = function.level;
        let range = if function.range_auto {
            ranges::holding(table, level).unwrap_or(table.len() - 1)
        } else {
            function.range
        };
        Point { voltage_source: source.function != Function::Current, level, range }
    }

    fn auto_ohms_point(&self) -> Point {
        let (_, amperes) = OHMS[self.settings.sense.ohms.range];
        let range = ranges::holding(&CURRENT, amperes).unwrap_or(CURRENT.len() - 1);
        Point { voltage_source: false, level: amperes, range }
    }

    /// What the terminals carry with `point` programmed and the output on.
    pub(super) fn drive(&self, point: Point) -> Drive {
        let sense = &self.settings.sense;
        if point.voltage_source {
            let level = VOLTAGE[point.range].source_code(point.level);
            let volts = self.calibration.voltage(point.range).sourced(level);
            let limit = sense.current.protection.min(self.range_compliance());
            let over_voltage = self.settings.source.over_voltage;
            Drive::Voltage { volts: volts.clamp(-over_voltage, over_voltage), limit }
        } else {
            let level = CURRENT[point.range].source_code(point.level);
            let amperes = self.calibration.current(point.range).sourced(level);
            let limit = if sense.auto_ohms() { AUTO_OHMS_LIMIT } else { sense.voltage.protection };
            Drive::Current { amperes, limit: limit.min(self.settings.source.over_voltage) }
        }
    }

    /// The current at which a fixed measure range limits the source by itself.
    fn range_compliance(&self) -> f64 {
        let current = &self.settings.sense.current;
        if current.range_auto { f64::INFINITY } else { CURRENT[current.range].overflow() }
    }

    /// Puts the resting point on the terminals, or takes it off.
    pub(super) fn apply(&mut self) {
        let energised = self.settings.output.on && !self.settings.source.clear_auto;
        let drive = if energised { self.drive(self.resting_point()) } else { Drive::Off };
        self.terminals.set(drive);
    }

    /// Lets simulated time pass with the terminals as they are.
    pub(super) fn pass(&mut self, seconds: f64) {
        self.terminals.pass(seconds);
        self.clock.advance(seconds);
    }

    /// The point `index` of a run, counted from its start.
    pub(super) fn point(&mut self, index: usize) -> Point {
        let resting = self.resting_point();
        if self.settings.sense.auto_ohms() {
            return resting;
        }
        let source = &mut self.settings.source;
        let (function, table) = if resting.voltage_source {
            (&mut source.voltage, &VOLTAGE[..])
        } else {
            (&mut source.current, &CURRENT[..])
        };
        let (level, largest) = match function.mode {
            LevelMode::Fixed => {
                let Some(level) = function.triggered_level.take() else {
                    return resting;
                };
                function.level = level;
                return self.resting_point();
            }
            LevelMode::List => {
                let start = function.list_start as usize - 1;
                let list = function.list.get(start..).unwrap_or_default();
                let largest = || function.list.iter().fold(0.0f64, |a, b| a.max(b.abs()));
                (list.get(index % list.len().max(1)).copied().unwrap_or(0.0), largest())
            }
            LevelMode::Sweep => {
                let level = super::sweep::level(
                    function,
                    source.spacing,
                    source.direction,
                    source.sweep_points,
                    index,
                );
                (level, function.start.abs().max(function.stop.abs()))
            }
        };
        let top = table.len() - 1;
        let range = match source.sweep_ranging {
            SweepRanging::Best => ranges::holding(table, largest).unwrap_or(top),
            SweepRanging::Auto => ranges::holding(table, level).unwrap_or(top),
            SweepRanging::Fixed => resting.range,
        };
        // A level beyond a fixed range is sourced as far as the range goes.
        let level = level.clamp(-table[range].top(), table[range].top());
        Point { voltage_source: resting.voltage_source, level, range }
    }

    /// One source-delay-measure cycle.
    pub(super) fn source_delay_measure(&mut self, point: Point, first: bool) -> Reading {
        self.terminals.set(self.drive(point));
        let delay = self.delay(point, first);
        let measurement = self.measurement(point);
        let duration = measurement.duration();
        // The conversion averages over its window; its middle stands for it.
        self.pass(timing::SOURCE_CONFIGURATION + delay + 0.5 * duration);
        let mut operating = self.terminals.operating();
        let changed = self.auto_range(point, operating);
        if changed > 0 {
            self.pass(timing::RANGE_CHANGE * f64::from(changed) + duration);
            operating = self.terminals.operating();
        }
        let reading = self.convert(point, operating, &measurement);
        self.pass(0.5 * duration);
        if self.settings.source.clear_auto {
            self.terminals.set(Drive::Off);
        }
        reading
    }

    fn delay(&self, point: Point, first: bool) -> f64 {
        let source = &self.settings.source;
        let settling = if source.delay_auto {
            let range =
                if point.voltage_source { self.settings.sense.current.range } else { point.range };
            timing::auto_delay(point.voltage_source, range)
        } else {
            source.delay
        };
        let soak = if first { source.soak } else { 0.0 };
        self.settings.trigger.delay + settling + soak
    }

    fn measurement(&self, point: Point) -> Measurement {
        let sense = &self.settings.sense;
        let averaged = sense.filter && sense.filter_control == FilterControl::Repeat;
        let functions = sense.functions;
        Measurement {
            nplc: sense.nplc,
            line_frequency: self.line_frequency,
            auto_zero: self.settings.auto_zero,
            two_functions: functions.ohms || functions.voltage && functions.current,
            voltage_source: point.voltage_source,
            filter: if averaged { sense.filter_count } else { 1 },
        }
    }

    /// Chooses the measure range where that is automatic; answers how many ranges it moved.
    fn auto_range(&mut self, point: Point, at: Operating) -> u32 {
        let sense = &mut self.settings.sense;
        let (function, table, value) = if point.voltage_source {
            (&mut sense.current, &CURRENT[..], at.amperes)
        } else {
            (&mut sense.voltage, &VOLTAGE[..], at.volts)
        };
        if !function.range_auto {
            return 0;
        }
        let top = table.len() - 1;
        let highest = ranges::holding(table, function.protection).unwrap_or(top);
        let lowest = ranges::holding(table, function.lower_limit).unwrap_or(0).min(highest);
        let wanted = ranges::holding(table, value).unwrap_or(top).clamp(lowest, highest);
        let moved = wanted.abs_diff(function.range);
        function.range = wanted;
        moved as u32
    }

    /// From the operating point to what the display would show.
    fn convert(&mut self, point: Point, at: Operating, measurement: &Measurement) -> Reading {
        let averaging = measurement.nplc * f64::from(measurement.filter);
        let in_range_compliance = at.limiting
            && point.voltage_source
            && self.range_compliance() < self.settings.sense.current.protection;
        let noise = self.terminals.noise(at.amperes, averaging);
        // In compliance the source holds the current and the device's noise shows in the voltage.
        let amperes = at.amperes + if at.limiting { 0.0 } else { noise };
        let functions = self.settings.sense.functions;
        let (volts, amperes) = if point.voltage_source {
            let volts = self.read_voltage(at.volts, point.range, averaging);
            let range = self.settings.sense.current.range;
            let amperes = if in_range_compliance {
                OVERFLOW.copysign(at.amperes)
            } else {
                self.read_current(amperes, range, averaging)
            };
            (volts, amperes)
        } else {
            let amperes_read = self.read_current(amperes, point.range, averaging);
            (
                self.read_voltage(at.volts, self.settings.sense.voltage.range, averaging),
                amperes_read,
            )
        };
        let overflow = volts.abs() >= OVERFLOW || amperes.abs() >= OVERFLOW;
        let ohms = if overflow { OVERFLOW } else { volts / amperes };
        let status = self.status_of(point, at, in_range_compliance, overflow);
        let sensed = |sensed: bool, sourced: bool, value: f64| {
            if sensed {
                value
            } else if sourced {
                point.level
            } else {
                NOT_A_NUMBER
            }
        };
        Reading {
            volts: sensed(functions.voltage, point.voltage_source, volts),
            amperes: sensed(functions.current, !point.voltage_source, amperes),
            ohms: sensed(functions.ohms, false, if ohms.is_finite() { ohms } else { OVERFLOW }),
            seconds: self.clock.reading(),
            status,
        }
    }

    fn read_voltage(&mut self, volts: f64, range: usize, averaging: f64) -> f64 {
        let noise = self.converter_noise(averaging);
        let range_of = VOLTAGE[range];
        let value = self.calibration.voltage(range).measured(volts) + noise * range_of.nominal;
        if value.abs() > range_of.overflow() {
            return OVERFLOW.copysign(value);
        }
        range_of.count(value)
    }

    fn read_current(&mut self, amperes: f64, range: usize, averaging: f64) -> f64 {
        let noise = self.converter_noise(averaging);
        let range_of = CURRENT[range];
        let value = self.calibration.current(range).measured(amperes) + noise * range_of.nominal;
        if value.abs() > range_of.overflow() {
            return OVERFLOW.copysign(value);
        }
        range_of.count(value)
    }

    /// The converter's own noise as a share of range. A bench run on a 2401 found 0.006 % of a
    /// reading near full scale at 0.01 PLC, and less than 0.001 % from 0.16 PLC up.
    fn converter_noise(&mut self, averaging: f64) -> f64 {
        self.accuracy * 6e-6 / averaging.sqrt() * self.converter.normal()
    }

    fn status_of(&self, point: Point, at: Operating, range: bool, overflow: bool) -> Status {
        let sense = &self.settings.sense;
        let over_voltage = self.settings.source.over_voltage;
        Status::default()
            .with(Status::OVERFLOW, overflow)
            .with(Status::FILTER, sense.filter)
            .with(Status::FRONT, !self.settings.rear_terminals)
            .with(Status::COMPLIANCE, at.limiting && !range)
            .with(Status::OVER_VOLTAGE, over_voltage < 210.0 && at.volts.abs() >= over_voltage)
            .with(Status::AUTO_OHMS, sense.auto_ohms())
            .with(Status::MEASURES_VOLTAGE, sense.functions.voltage)
            .with(Status::MEASURES_CURRENT, sense.functions.current)
            .with(Status::MEASURES_OHMS, sense.functions.ohms)
            .with(Status::SOURCES_VOLTAGE, point.voltage_source)
            .with(Status::SOURCES_CURRENT, !point.voltage_source)
            .with(Status::RANGE_COMPLIANCE, range)
            .with(Status::OFFSET_COMPENSATED, sense.ohms.offset_compensated)
            .with(Status::FOUR_WIRE, self.settings.four_wire)
    }

    /// Whether the arm layer lets a run pass without an event from outside.
    pub(super) fn arms_itself(&self) -> bool {
        matches!(self.settings.trigger.arm_source, ArmSource::Immediate | ArmSource::Timer)
    }
}
