//! From what is on the terminals to a reading, in simulated time.

use super::{
    Keithley2450,
    buffer::{self, Reading},
    code,
    settings::{FilterControl, Measured, OHMS, Unit},
    timing::{self, Measurement},
    trigger::Event,
};
use crate::{
    engine::{
        channel::{Aperture, OVERFLOW, Quantity},
        ranges,
    },
    terminals::Operating,
};

/// What is kept between readings.
#[derive(Clone, Debug, Default)]
pub(super) struct Acquisition {
    /// The source delay ends at this time.
    pub(super) settled_at: f64,
    /// The source was limiting at the last reading.
    pub(super) limiting: bool,
    /// What a moving filter averages, oldest first.
    window: std::collections::VecDeque<f64>,
}

impl Acquisition {
    /// The filter starts anew.
    pub(super) fn forget_window(&mut self) {
        self.window.clear();
    }
}

impl Keithley2450 {
    /// Makes one reading: waits for the source delay, integrates, converts.
    pub(super) fn measure(&mut self) -> Reading {
        let wait = self.acquisition.settled_at - self.clock.now();
        if wait > 0.0 {
            self.spend(wait);
        }
        let measurement = self.measurement();
        let duration = measurement.duration();
        // The conversion averages over its window; its middle stands for it.
        self.spend(0.5 * duration);
        let mut operating = self.channel.operating();
        let changed = self.auto_range(operating);
        if changed > 0 {
            self.spend(timing::RANGE_CHANGE * changed as f64 + duration);
            operating = self.channel.operating();
        }
        let reading = self.convert(operating, &measurement);
        self.spend(0.5 * duration);
        reading
    }

    fn measurement(&self) -> Measurement {
        let sense = self.settings.sense.present();
        Measurement {
            nplc: sense.nplc,
            line_frequency: self.line_frequency,
            auto_zero: sense.auto_zero,
            read_back: self.settings.source.present().read_back,
            offset_compensated: self.settings.sense.function == Measured::Resistance
                && sense.offset_compensated,
            averaged: Measurement::averaged(sense.filter, sense.filter_count, sense.filter_control),
        }
    }

    /// Chooses the measure range where that is automatic; answers how many ranges it moved.
    fn auto_range(&mut self, at: Operating) -> usize {
        let source = self.settings.source.quantity();
        let sense = &mut self.settings.sense;
        // What is sourced is measured on the source's range.
        let (measured, quantity, value) = match source {
            Quantity::Voltage => (Measured::Current, Quantity::Current, at.amperes),
            Quantity::Current => (Measured::Voltage, Quantity::Voltage, at.volts),
        };
        let function = sense.of_mut(measured);
        if !function.range_auto {
            return 0;
        }
        let table = self.model.spec.of(quantity);
        let highest = function.highest.max(function.lowest);
        let wanted = ranges::holding(table, value).unwrap_or(table.len() - 1);
        let wanted = wanted.clamp(function.lowest, highest);
        let moved = wanted.abs_diff(function.range);
        function.range = wanted;
        moved
    }

    /// From the operating point to what the display would show.
    pub(super) fn convert(&mut self, at: Operating, measurement: &Measurement) -> Reading {
        let forced = self.disturbances.forces_compliance();
        let limiting = self.settings.output && (at.limiting || forced);
        self.note_limit(limiting);
        let cycles = measurement.nplc * f64::from(measurement.averaged);
        let aperture = Aperture { cycles, middle: self.clock.now() };
        let noise = self.channel.terminals.noise(at.amperes, cycles);
        // In compliance the source holds the current and the device's noise shows in the voltage.
        let amperes = at.amperes + if at.limiting { 0.0 } else { noise };
        let source = self.settings.source.quantity();
        let measured = self.settings.sense.function;
        let read_back = measurement.read_back;
        let needs = |quantity: Quantity, of: Measured| {
            measured == of || measured == Measured::Resistance || (source == quantity && read_back)
        };
        let mut read = |quantity: Quantity, value: f64, range: usize| {
            self.channel.read(quantity, value, range, aperture)
        };
        let (volts_range, amperes_range) = self.settings.measure_ranges();
        let volts = if needs(Quantity::Voltage, Measured::Voltage) {
            read(Quantity::Voltage, at.volts, volts_range)
        } else {
            at.volts
        };
        let amperes = if needs(Quantity::Current, Measured::Current) {
            read(Quantity::Current, amperes, amperes_range)
        } else {
            amperes
        };
        let value = match measured {
            Measured::Voltage => volts,
            Measured::Current => amperes,
            Measured::Resistance => {
                let ohms = self.settings.ohms(volts, amperes);
                self.settings.range_ohms(ohms);
                ohms
            }
        };
        let value = self.present(value, volts, amperes);
        let limits = self.settings.sense.test_limits(value);
        let function = self.settings.source.present();
        let source_value = match source {
            _ if !read_back => function.level,
            Quantity::Voltage => volts,
            Quantity::Current => amperes,
        };
        let sense = self.settings.sense.present();
        let protected = at.volts.abs() >= self.settings.source.protection.volts();
        let bit = |set: bool, bit: u16| if set { bit } else { 0 };
        Reading {
            value,
            unit: sense.unit,
            source: source_value,
            source_unit: match source {
                Quantity::Voltage => Unit::Volt,
                Quantity::Current => Unit::Ampere,
            },
            at: self.clock.now(),
            status: bit(value.abs() >= OVERFLOW, buffer::STATUS_QUESTIONABLE)
                | bit(!self.settings.rear_terminals, buffer::STATUS_FRONT)
                | limits,
            source_status: bit(protected, buffer::SOURCE_PROTECTED)
                | bit(read_back, buffer::SOURCE_READ_BACK)
                | bit(limiting, buffer::SOURCE_LIMITED)
                | bit(sense.four_wire, buffer::SOURCE_FOUR_WIRE)
                | bit(self.settings.output, buffer::SOURCE_ON),
        }
    }

    /// Filter, relative offset and unit.
    fn present(&mut self, value: f64, volts: f64, amperes: f64) -> f64 {
        if self.disturbances.forces_overflow() {
            return OVERFLOW.copysign(value);
        }
        if value.abs() >= OVERFLOW {
            return value;
        }
        let sense = self.settings.sense.present();
        let value = match sense.unit {
            Unit::Watt => volts * amperes,
            Unit::Ohm => self.settings.ohms(volts, amperes),
            Unit::Volt | Unit::Ampere => value,
        };
        let value = value - if sense.relative { sense.relative_offset } else { 0.0 };
        if !sense.filter || sense.filter_control == FilterControl::Repeat {
            return value;
        }
        let window = &mut self.acquisition.window;
        window.push_back(value);
        while window.len() > sense.filter_count as usize {
            window.pop_front();
        }
        window.iter().sum::<f64>() / window.len() as f64
    }

    /// The source has reached its limit or come back from it.
    fn note_limit(&mut self, limiting: bool) {
        if limiting == self.acquisition.limiting {
            return;
        }
        self.acquisition.limiting = limiting;
        if limiting {
            self.report(code::SOURCE_OVER_LIMIT);
            self.occur(Event::SourceLimit, self.clock.now());
        } else {
            self.report(code::SOURCE_WITHIN_LIMIT);
        }
    }
}

impl super::settings::Settings {
    /// The ranges that voltage and current are measured on.
    fn measure_ranges(&self) -> (usize, usize) {
        match self.source.quantity() {
            Quantity::Voltage => (self.source.voltage.range, self.sense.current.range),
            Quantity::Current => (self.sense.voltage.range, self.source.current.range),
        }
    }

    fn ohms(&self, volts: f64, amperes: f64) -> f64 {
        let ohms = volts / amperes;
        let resistance = &self.sense.resistance;
        let top = OHMS[if resistance.range_auto { resistance.highest } else { resistance.range }];
        let measurable = volts.abs() < OVERFLOW && amperes.abs() < OVERFLOW && ohms.is_finite();
        if measurable && ohms.abs() <= top * 1.05 { ohms } else { OVERFLOW }
    }

    /// `:SENS:RES:RANG?` shows the range that autoranging has chosen.
    fn range_ohms(&mut self, ohms: f64) {
        let resistance = &mut self.sense.resistance;
        if resistance.range_auto {
            let holding = OHMS.iter().position(|it| ohms.abs() <= it * 1.05);
            let wanted = holding.unwrap_or(OHMS.len() - 1).max(resistance.lowest);
            resistance.range = wanted.min(resistance.highest.max(resistance.lowest));
        }
    }
}
