//! The digitize functions of the 2461: evenly spaced readings with a short aperture (2461 Reference
//! Manual, section 6, from page 6-52).

use super::{
    Keithley2450,
    buffer::{Reading, STATUS_DIGITIZER},
    limits::LimitTest,
    models::Model,
    settings::{Measured, SenseFunction, Unit},
    timing::Measurement,
};
use crate::engine::{
    channel::{Quantity, Spec},
    ranges,
};

/// Readings a second after `*RST` (page 6-71).
pub(super) const RATE: u32 = 100_000;
/// Readings of one query after `*RST` (page 6-80).
pub(super) const COUNT: u32 = 10_000;

/// `:SENS:DIG`.
#[derive(Clone, Debug)]
pub(super) struct Digitize {
    /// The function that is active instead of a measure function.
    pub(super) function: Option<Quantity>,
    voltage: DigitizeFunction,
    current: DigitizeFunction,
}

/// One of the two quantities that can be digitized.
#[derive(Clone, Debug)]
pub(super) struct DigitizeFunction {
    /// Readings a second.
    pub(super) rate: u32,
    /// Seconds; `None` is as long as the rate allows.
    pub(super) aperture: Option<f64>,
    /// Index of the range; there is no autoranging.
    pub(super) range: usize,
}

impl Digitize {
    pub(super) fn reset(model: &Model) -> Digitize {
        let function = |quantity| DigitizeFunction {
            rate: RATE,
            aperture: None,
            range: default_range(&model.spec, quantity),
        };
        Digitize {
            function: None,
            voltage: function(Quantity::Voltage),
            current: function(Quantity::Current),
        }
    }

    pub(super) fn of(&self, quantity: Quantity) -> &DigitizeFunction {
        match quantity {
            Quantity::Voltage => &self.voltage,
            Quantity::Current => &self.current,
        }
    }

    pub(super) fn of_mut(&mut self, quantity: Quantity) -> &mut DigitizeFunction {
        match quantity {
            Quantity::Voltage => &mut self.voltage,
            Quantity::Current => &mut self.current,
        }
    }
}

impl DigitizeFunction {
    /// Seconds from one reading to the next, which no aperture exceeds.
    pub(super) fn interval(&self) -> f64 {
        1.0 / f64::from(self.rate)
    }

    /// Seconds that a reading integrates over.
    pub(super) fn window(&self) -> f64 {
        self.aperture.unwrap_or(self.interval())
    }
}

/// The ranges after `*RST`: 100 mA, and the one that holds 7 V (page 6-65).
pub(super) fn default_range(spec: &Spec, quantity: Quantity) -> usize {
    let value = match quantity {
        Quantity::Voltage => 7.0,
        Quantity::Current => 0.1,
    };
    ranges::holding(spec.of(quantity), value).unwrap_or(0)
}

impl Keithley2450 {
    /// Makes one reading of the function that is active. That `:TRIG:BLOC:MEAS` digitizes too, as
    /// `:TRIG:BLOC:MDIG` does, is UNVERIFIED.
    pub(super) fn acquire(&mut self) -> Reading {
        match self.settings.sense.digitize.function {
            Some(quantity) => self.digitize(quantity),
            None => self.measure(),
        }
    }

    /// One reading, and the rest of its interval. That the source value is read back at the same
    /// time, by a converter of its own, is UNVERIFIED.
    fn digitize(&mut self, quantity: Quantity) -> Reading {
        let sense = &mut self.settings.sense;
        let function = sense.digitize.of(quantity);
        let (interval, window, range) = (function.interval(), function.window(), function.range);
        let (measured, unit) = match quantity {
            Quantity::Voltage => (Measured::Voltage, Unit::Volt),
            Quantity::Current => (Measured::Current, Unit::Ampere),
        };
        // Filter, offset and limits are the measure function's own.
        let present = sense.of_mut(measured);
        let digitizing = SenseFunction {
            range,
            range_auto: false,
            filter: false,
            relative: false,
            limits: [LimitTest::reset(); 2],
            unit,
            ..present.clone()
        };
        let kept = std::mem::replace(present, digitizing);
        let measurement = Measurement {
            nplc: window * self.line_frequency,
            line_frequency: self.line_frequency,
            auto_zero: false,
            read_back: self.settings.source.present().read_back,
            offset_compensated: false,
            averaged: 1,
        };
        self.spend(0.5 * window);
        let operating = self.channel.operating();
        let mut reading = self.convert(operating, &measurement);
        *self.settings.sense.of_mut(measured) = kept;
        reading.status |= STATUS_DIGITIZER;
        self.spend(interval - 0.5 * window);
        reading
    }
}
