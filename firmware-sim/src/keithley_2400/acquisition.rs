//! Source, delay, measure: from a level to a reading, in simulated time.

use super::{
    Keithley2400,
    ranges::{self, CURRENT, OHMS, VOLTAGE},
    readings::{Reading, Status},
    settings::{FilterControl, Function, LevelMode, SweepRanging},
    timing::{self, Measurement},
};
use crate::{
    engine::channel::{Aperture, NOT_A_NUMBER, OVERFLOW, Programme, Quantity},
    terminals::{Drive, Operating},
};

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
    fn drive(&self, point: Point) -> Drive {
        let sense = &self.settings.sense;
        let (quantity, limit) = if point.voltage_source {
            (Quantity::Voltage, sense.current.protection.min(self.range_compliance()))
        } else if sense.auto_ohms() {
            (Quantity::Current, AUTO_OHMS_LIMIT)
        } else {
            (Quantity::Current, sense.voltage.protection)
        };
        self.channel.drive(Programme {
            quantity,
            level: point.level,
            range: point.range,
            limit,
            over_voltage: self.settings.source.over_voltage,
        })
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
        self.channel.terminals.set(drive);
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

    /// The source action of a source-delay-measure cycle.
    pub(super) fn source(&mut self, point: Point) {
        let drive = self.drive(point);
        self.channel.terminals.set(drive);
        self.spend(timing::SOURCE_CONFIGURATION);
    }

    /// The delay action.
    pub(super) fn settle(&mut self, point: Point, first: bool) {
        self.spend(self.source_delay(point, first));
    }

    /// The measure action.
    pub(super) fn read(&mut self, point: Point) -> Reading {
        let measurement = self.measurement(point);
        let duration = measurement.duration();
        // The conversion averages over its window; its middle stands for it.
        self.spend(0.5 * duration);
        let mut operating = self.channel.operating();
        let changed = self.auto_range(point, operating);
        if changed > 0 {
            self.spend(timing::RANGE_CHANGE * f64::from(changed) + duration);
            operating = self.channel.operating();
        }
        let reading = self.convert(point, operating, &measurement);
        self.spend(0.5 * duration);
        if self.settings.source.clear_auto {
            self.channel.terminals.set(Drive::Off);
        }
        reading
    }

    fn source_delay(&self, point: Point, first: bool) -> f64 {
        let source = &self.settings.source;
        let settling = if source.delay_auto {
            let range =
                if point.voltage_source { self.settings.sense.current.range } else { point.range };
            timing::auto_delay(point.voltage_source, range)
        } else {
            source.delay
        };
        let soak = if first { source.soak } else { 0.0 };
        settling + soak
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
        let forced = self.disturbances.forces_compliance();
        let at = Operating { limiting: at.limiting || forced, ..at };
        let cycles = measurement.nplc * f64::from(measurement.filter);
        let aperture = Aperture { cycles, middle: self.clock.now() };
        let in_range_compliance = at.limiting
            && point.voltage_source
            && self.range_compliance() < self.settings.sense.current.protection;
        let noise = self.channel.terminals.noise(at.amperes, cycles);
        // In compliance the source holds the current and the device's noise shows in the voltage.
        let amperes = at.amperes + if at.limiting { 0.0 } else { noise };
        let functions = self.settings.sense.functions;
        let (voltage_range, current_range) = if point.voltage_source {
            (point.range, self.settings.sense.current.range)
        } else {
            (self.settings.sense.voltage.range, point.range)
        };
        let volts = self.channel.read(Quantity::Voltage, at.volts, voltage_range, aperture);
        let amperes = if in_range_compliance || self.disturbances.forces_overflow() {
            OVERFLOW.copysign(at.amperes)
        } else {
            self.channel.read(Quantity::Current, amperes, current_range, aperture)
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
            seconds: self.reading_time(),
            status,
        }
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
}
