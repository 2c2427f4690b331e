//! Delay and measure: from what is on the terminals to a reading, in simulated time.

use super::{
    Keithley2400,
    ranges::OHMS,
    readings::{Reading, Status},
    settings::{FilterControl, Ohms, RangingInCompliance},
    sourcing::Point,
    timing::{self, Measurement},
};
use crate::{
    engine::channel::{Aperture, NOT_A_NUMBER, OVERFLOW, Quantity},
    terminals::Operating,
};

/// Range changes that one reading may take: up, up again, and down to where it belongs, at most
/// 40 ms in all.
const MOST_RANGE_CHANGES: u32 = 3;

impl Keithley2400 {
    /// The delay action.
    pub(super) fn settle(&mut self, point: Point, first: bool) {
        let source = &self.settings.source;
        let settling = if source.delay_auto {
            let range =
                if point.voltage_source { self.settings.sense.current.range } else { point.range };
            timing::auto_delay(point.voltage_source, range)
        } else {
            source.delay
        };
        // The soak is for rigs of several units, which range in compliance (User's Manual, :SOAK).
        let soaks = first && self.settings.ranging_once == RangingInCompliance::Multiple;
        let soak = if soaks { source.soak } else { 0.0 };
        self.spend(settling + soak);
    }

    /// The measure action; `moves` where the source went somewhere for this point.
    pub(super) fn read(&mut self, point: Point, moves: bool) -> Reading {
        if std::mem::take(&mut self.fresh) {
            self.spend(timing::FIRST_READING);
        }
        let measurement = self.measurement(point, moves);
        let half = 0.5 * measurement.duration();
        // The conversion averages over its window; its middle stands for it.
        self.spend(half);
        let mut point = point;
        let mut operating = self.channel.operating();
        for _ in 0..MOST_RANGE_CHANGES {
            if !self.auto_range_ohms(operating) {
                break;
            }
            point = self.resting_point();
            self.source(point);
            operating = self.repeat(point, half);
        }
        for _ in 0..MOST_RANGE_CHANGES {
            if !self.auto_range(point, operating) {
                break;
            }
            operating = self.repeat(point, half);
        }
        let mut reading = self.convert(point, operating, &measurement);
        self.spend(half);
        self.calculate(&mut reading);
        self.carry_meanwhile(&measurement);
        reading
    }

    /// The whole cycle again after a range change, up to the middle of its conversion.
    fn repeat(&mut self, point: Point, half: f64) -> Operating {
        self.spend(half + timing::RANGE_CHANGE);
        self.settle(point, false);
        self.spend(half);
        self.channel.operating()
    }

    fn measurement(&self, point: Point, source_moves: bool) -> Measurement {
        let sense = &self.settings.sense;
        let averaged = sense.filter && sense.filter_control == FilterControl::Repeat;
        let functions = sense.functions;
        Measurement {
            nplc: sense.nplc,
            line_frequency: self.line_frequency,
            auto_zero: self.settings.auto_zero,
            two_functions: functions.ohms || functions.voltage && functions.current,
            voltage_source: point.voltage_source,
            source_moves,
            filter: if averaged { sense.filter_count } else { 1 },
        }
    }

    /// The reading before travels to the host while this one is converted; what the journey takes
    /// longer has to be waited for.
    fn carry_meanwhile(&mut self, measurement: &Measurement) {
        if !self.answers_run || self.samples.is_empty() {
            return;
        }
        self.carried += 1;
        let waits = self.link.transfer - f64::from(measurement.filter) * measurement.conversions();
        // A run that waits for trigger pulses hides it.
        if waits > 0.0 && !self.settings.trigger.is_linked() {
            self.spend(waits);
        }
    }

    /// Chooses the ohms range, and with it the current, where both are automatic. Whether it moved.
    fn auto_range_ohms(&mut self, at: Operating) -> bool {
        let sense = &mut self.settings.sense;
        if !sense.auto_ohms() || !sense.ohms.range_auto {
            return false;
        }
        // In compliance the resistance is only known to be larger.
        let ohms = if at.limiting { f64::INFINITY } else { (at.volts / at.amperes).abs() };
        let holding = |ohms: f64| {
            let range = OHMS.iter().position(|(range, _)| ohms <= range * 1.05);
            range.unwrap_or(OHMS.len() - 1)
        };
        let Ohms { lower_limit, upper_limit, .. } = sense.ohms;
        let wanted = holding(ohms).max(holding(lower_limit)).min(holding(upper_limit));
        std::mem::replace(&mut sense.ohms.range, wanted) != wanted
    }

    /// Chooses the measure range where that is automatic, by one step of the rule of SPEC-2400:
    /// from 105 % of range on three ranges up; at 10, 1, 0.1 % and below one, two, three ranges
    /// down. Whether it moved.
    fn auto_range(&mut self, point: Point, at: Operating) -> bool {
        let quantity = point.quantity().complement();
        let table = self.model.ranges(quantity);
        let function = self.settings.sense.of(quantity);
        if !function.range_auto {
            return false;
        }
        let value = match quantity {
            Quantity::Voltage => at.volts.abs(),
            Quantity::Current => at.amperes.abs(),
        };
        let present = function.range;
        let share = value / table[present].nominal;
        let down = |most| {
            if share <= 1e-3 {
                3
            } else if share <= 1e-2 {
                2
            } else {
                most
            }
        };
        let wanted = if share >= 1.05 {
            present + 3
        } else if share <= 0.1 {
            present.saturating_sub(down(1))
        } else {
            present
        };
        let highest = self.range_for(quantity, function.protection);
        let lowest = self.range_for(quantity, function.lower_limit).min(highest);
        let wanted = wanted.clamp(lowest, highest);
        self.settings.sense.of_mut(quantity).range = wanted;
        wanted != present
    }

    /// From the operating point to what the display would show.
    fn convert(&mut self, point: Point, at: Operating, measurement: &Measurement) -> Reading {
        let forced = self.disturbances.forces_compliance();
        let at = Operating { limiting: at.limiting || forced, ..at };
        let sense = &self.settings.sense;
        let averaged = if sense.filter { sense.filter_count } else { 1 };
        // A wrong line frequency makes an aperture that is no whole number of the building's cycles.
        let cycles = measurement.nplc * f64::from(averaged) * self.mains / self.line_frequency;
        let aperture = Aperture { cycles, middle: self.clock.now() };
        let in_range_compliance = at.limiting
            && point.voltage_source
            && self.range_compliance() < sense.current.protection;
        let functions = sense.functions;
        let (voltage_range, current_range) = if point.voltage_source {
            (point.range, sense.current.range)
        } else {
            (sense.voltage.range, point.range)
        };
        let noise = self.channel.terminals.noise(at.amperes, cycles);
        // In compliance the source holds the current and the device's noise shows in the voltage.
        let amperes = at.amperes + if at.limiting { 0.0 } else { noise };
        let overflows = self.disturbances.forces_overflow();
        let volts = if functions.voltage || functions.ohms {
            self.channel.read(Quantity::Voltage, at.volts, voltage_range, aperture)
        } else {
            point.level
        };
        let amperes = if in_range_compliance || overflows {
            OVERFLOW.copysign(at.amperes)
        } else if functions.current || functions.ohms {
            self.channel.read(Quantity::Current, amperes, current_range, aperture)
        } else {
            point.level
        };
        let overflow = volts.abs() >= OVERFLOW || amperes.abs() >= OVERFLOW;
        let ohms = if overflow { OVERFLOW } else { volts / amperes };
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
            status: self.status_of(point, at, in_range_compliance, overflow),
            math: NOT_A_NUMBER,
            null: NOT_A_NUMBER,
        }
    }

    fn status_of(&self, point: Point, at: Operating, range: bool, overflow: bool) -> Status {
        use super::settings::Panel;
        let sense = &self.settings.sense;
        let over_voltage = self.settings.source.over_voltage;
        let protected = over_voltage < self.model.top(Quantity::Voltage);
        Status::default()
            .with(Status::OVERFLOW, overflow)
            .with(Status::FILTER, sense.filter)
            .with(Status::FRONT, self.settings.panel == Panel::Front)
            .with(Status::COMPLIANCE, at.limiting && !range)
            .with(Status::OVER_VOLTAGE, protected && self.over_voltage_holds(point, at))
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

    /// The over-voltage protection keeps the terminals from going where they would.
    fn over_voltage_holds(&self, point: Point, at: Operating) -> bool {
        let over_voltage = self.settings.source.over_voltage;
        if point.voltage_source {
            point.level.abs() > over_voltage && !at.limiting
        } else {
            at.limiting && self.settings.sense.voltage.protection > over_voltage
        }
    }
}
