//! What the B2900's status registers show (SCPI Command Reference figure 1-2 and tables 4-3 to
//! 4-5). The bits of the operation register besides 1 and 4, and those of the questionable
//! register below 8, are UNVERIFIED.

use scpi_parser::{error::Error, status::standard_event};

use super::{
    KeysightB2900, code,
    code::Code,
    machine::Stage,
    readings::{Reading, Status},
    settings::Action,
};
use crate::engine::{channel::Quantity, status::set_condition};

/// Bits of the measurement register, of channel 1; those of channel 2 are six higher.
mod measurement {
    pub(super) const READING_AVAILABLE: u16 = 1;
    pub(super) const READING_OVERFLOW: u16 = 2;
    pub(super) const BUFFER_AVAILABLE: u16 = 3;
    pub(super) const BUFFER_FULL: u16 = 4;
    pub(super) const PER_CHANNEL: u16 = 6;
}

/// Bits of the operation register, of the source of channel 1; each further action's are three
/// higher.
mod operation {
    pub(super) const IDLE: u16 = 1;
    pub(super) const WAITING_FOR_TRIGGER: u16 = 2;
    pub(super) const WAITING_FOR_ARM: u16 = 3;
    pub(super) const PER_ACTION: u16 = 3;
}

/// Bits of the questionable register.
mod questionable {
    pub(super) const VOLTAGE: u16 = 0;
    pub(super) const CURRENT: u16 = 1;
    pub(super) const TEMPERATURE: u16 = 4;
    pub(super) const INTERLOCK: u16 = 10;
    pub(super) const EVENT_LOST: u16 = 11;
}

impl KeysightB2900 {
    /// An error: into the queue and the standard event register.
    pub(super) fn report(&mut self, code: Code) {
        let text = code.standard_text().unwrap_or("Unknown error");
        self.status.raise(Error::new(code.0, text), code::class(code));
    }

    pub(super) fn note_operation_complete(&mut self) {
        self.status.standard.raise(standard_event::OPERATION_COMPLETE);
    }

    /// A reading was made.
    pub(super) fn note_reading(&mut self, channel: usize, reading: Reading) {
        let first = channel as u16 * measurement::PER_CHANNEL;
        let trace = &self.smus[channel].trace;
        let (stored, full) = (!trace.readings.is_empty(), trace.is_full());
        let register = &mut self.status.measurement;
        register.raise(1 << (first + measurement::READING_AVAILABLE));
        set_condition(register, first + measurement::READING_AVAILABLE, true);
        let overflow = reading.status.has(Status::OVERFLOW);
        set_condition(register, first + measurement::READING_OVERFLOW, overflow);
        set_condition(register, first + measurement::BUFFER_AVAILABLE, stored);
        set_condition(register, first + measurement::BUFFER_FULL, full);
    }

    /// A timer's trigger came while the action was not done.
    pub(super) fn note_lost_event(&mut self, channel: usize, action: Action) {
        let bit = questionable::EVENT_LOST + 2 * channel as u16 + action as u16;
        self.status.questionable.raise(1 << bit);
    }

    /// An output went off because its source limited.
    pub(super) fn note_trip(&mut self, quantity: Quantity) {
        let bit = match quantity {
            Quantity::Voltage => questionable::VOLTAGE,
            Quantity::Current => questionable::CURRENT,
        };
        self.status.questionable.raise(1 << bit);
    }

    pub(super) fn note_heat(&mut self) {
        self.status.questionable.raise(1 << questionable::TEMPERATURE);
    }

    /// Brings the condition registers up to what is so now.
    pub(super) fn refresh_conditions(&mut self) {
        let mut condition = 0;
        for (channel, smu) in self.smus.iter().enumerate() {
            for (action, machine) in smu.machines.iter().enumerate() {
                let first = (2 * channel + action) as u16 * operation::PER_ACTION;
                let waits = |stage| machine.waits_in(stage);
                condition |= u16::from(machine.is_idle()) << (first + operation::IDLE);
                condition |=
                    u16::from(waits(Stage::Trigger)) << (first + operation::WAITING_FOR_TRIGGER);
                condition |= u16::from(waits(Stage::Arm)) << (first + operation::WAITING_FOR_ARM);
            }
            let first = channel as u16 * measurement::PER_CHANNEL;
            let register = &mut self.status.measurement;
            let stored = !smu.trace.readings.is_empty();
            set_condition(register, first + measurement::BUFFER_AVAILABLE, stored);
            set_condition(register, first + measurement::BUFFER_FULL, smu.trace.is_full());
            if smu.latest.is_none() {
                set_condition(register, first + measurement::READING_AVAILABLE, false);
                set_condition(register, first + measurement::READING_OVERFLOW, false);
            }
        }
        self.status.operation.set_condition(condition);
        let open = self.smus.iter().any(|it| it.interlock_open);
        set_condition(&mut self.status.questionable, questionable::INTERLOCK, open);
    }
}
