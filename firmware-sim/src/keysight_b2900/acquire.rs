//! From the device to a reading.

use super::{
    KeysightB2900,
    ranges::{self, holding},
    readings::{Reading, Status},
    settings::{AutoMode, Functions},
    smu::{Point, Smu},
    timing,
};
use crate::{
    engine::channel::{Aperture, NOT_A_NUMBER, OVERFLOW, Quantity},
    terminals::Operating,
};

impl KeysightB2900 {
    /// The reading of the conversion whose middle is now, and how many measurement ranges were
    /// changed for it.
    pub(super) fn measure(&mut self, channel: usize, functions: Functions) -> (Reading, u32) {
        let zero = self.clock.now() - self.clock.reading();
        let forced_compliance = self.disturbances.forces_compliance();
        let forced_overflow = self.disturbances.forces_overflow();
        let mains = self.mains;
        let middle = self.clock.now();
        let smu = &mut self.smus[channel];
        let mut at = smu.channel.operating();
        let point = smu.present();
        let moved = smu.auto_range(point, at);
        at.limiting |= forced_compliance;

        let cycles = smu.aperture() * mains;
        let aperture = Aperture { cycles, middle };
        let noise = smu.channel.terminals.noise(at.amperes, cycles);
        // In compliance the source holds the current and the device's noise shows in the voltage.
        let limits_current = at.limiting && point.quantity == Quantity::Voltage;
        let amperes = at.amperes + if limits_current { 0.0 } else { noise };
        let (voltage_range, current_range) = smu.measuring_ranges(point);
        let volts = at.volts + smu.short_aperture(Quantity::Voltage, voltage_range, cycles);
        let amperes = amperes + smu.short_aperture(Quantity::Current, current_range, cycles);
        let volts = smu.channel.read(Quantity::Voltage, volts, voltage_range, aperture);
        let amperes = if forced_overflow {
            OVERFLOW.copysign(amperes)
        } else {
            smu.channel.read(Quantity::Current, amperes, current_range, aperture)
        };
        let volts_over = functions.voltage && volts.abs() >= OVERFLOW;
        let amperes_over = functions.current && amperes.abs() >= OVERFLOW;
        let overflow = volts_over || amperes_over;
        let kept = |asked: bool, value: f64| if asked { value } else { NOT_A_NUMBER };
        let reading = Reading {
            volts: kept(functions.voltage, volts),
            amperes: kept(functions.current, amperes),
            ohms: kept(functions.ohms, ohms(volts, amperes)),
            seconds: smu.begun - zero,
            status: smu.status(point, at, overflow),
            source: point.level,
        };
        (reading, moved)
    }
}

fn ohms(volts: f64, amperes: f64) -> f64 {
    if volts.abs() >= OVERFLOW || amperes.abs() >= OVERFLOW {
        return OVERFLOW;
    }
    let ohms = volts / amperes;
    match ohms.is_nan() {
        true => NOT_A_NUMBER,
        false if ohms.is_finite() => ohms,
        false => OVERFLOW.copysign(ohms),
    }
}

impl Smu {
    /// The ranges on which voltage and current are measured; the quantity that is sourced is read
    /// back on the source's range.
    fn measuring_ranges(&self, point: Point) -> (usize, usize) {
        let sense = &self.settings.sense;
        match point.quantity {
            Quantity::Voltage => (point.range, sense.current.measuring()),
            Quantity::Current => (sense.voltage.measuring(), point.range),
        }
    }

    /// The error of one reading that comes from a short integration.
    fn short_aperture(&mut self, quantity: Quantity, range: usize, cycles: f64) -> f64 {
        if self.accuracy == 0.0 {
            return 0.0;
        }
        let nominal = self.channel.spec.of(quantity)[range].nominal;
        let share = ranges::short_aperture(quantity, nominal, cycles);
        self.draws.within(self.accuracy * share * nominal)
    }

    /// Chooses the measurement range where that is automatic; by how many ranges it moved.
    fn auto_range(&mut self, point: Point, at: Operating) -> u32 {
        let quantity = point.quantity.complement();
        let table = self.channel.spec.of(quantity);
        let value = match quantity {
            Quantity::Voltage => at.volts.abs(),
            Quantity::Current => at.amperes.abs(),
        };
        let limit = self.limit(point.quantity, point.level);
        let sensed = self.settings.sense.of(quantity);
        if !sensed.auto {
            return 0;
        }
        let top = table.len() - 1;
        let highest = holding(table, limit).unwrap_or(top).min(sensed.upper_limit);
        let lowest = sensed.lower_limit.min(highest);
        let threshold = 0.01 * sensed.threshold;
        // The threshold rate is what the two other modes are about.
        let fits = |index: usize| match sensed.mode {
            AutoMode::Normal => value <= table[index].top(),
            AutoMode::Resolution | AutoMode::Speed => value <= threshold * table[index].nominal,
        };
        let wanted = (lowest..highest).find(|index| fits(*index)).unwrap_or(highest);
        let moved = wanted.abs_diff(sensed.present);
        sensed.present = wanted;
        moved as u32
    }

    fn status(&self, point: Point, at: Operating, overflow: bool) -> Status {
        let tripped = |quantity| self.tripped == Some(quantity);
        Status::default()
            .with(Status::CURRENT_SOURCE, point.quantity == Quantity::Current)
            .with(Status::COMPLIANCE, at.limiting)
            .with(Status::OVER_VOLTAGE, tripped(Quantity::Voltage))
            .with(Status::OVER_CURRENT, tripped(Quantity::Current))
            .with(Status::HOT, self.hot)
            .with(Status::OVERFLOW, overflow)
            .with(Status::COMPENSATED, self.settings.sense.ohms.compensated)
    }

    /// The time before which a measurement does not begin after a change of the source.
    pub(super) fn sense_wait(&self) -> f64 {
        let (_, current) = self.measuring_ranges(self.present());
        let nominal = self.channel.spec.current[current].nominal;
        let wait = self.settings.sense.wait.time(ranges::settling(nominal));
        let slow = self.settings.output.high_capacitance;
        wait + if slow { ranges::high_capacitance_delay(nominal) } else { 0.0 }
    }

    /// What a measurement takes, from its begin.
    pub(super) fn conversion(&self, moved: u32) -> f64 {
        let once = self.aperture();
        if moved == 0 { once } else { 2.0 * once + f64::from(moved) * timing::RANGE_CHANGE }
    }
}
