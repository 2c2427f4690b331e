//! What the 2400's status registers show, and which messages its queue takes (User's Manual
//! chapter 15).

use scpi_parser::{error::Error, status::standard_event};

use super::{
    Keithley2400,
    code::{self, Code},
    readings::{Reading, Status},
    run::Phase,
};
use crate::engine::status::set_condition;

/// Bits of the measurement event register.
pub(super) mod measurement {
    pub(crate) const LIMIT_1: u16 = 0;
    pub(crate) const LIMITS_PASSED: u16 = 5;
    pub(crate) const READING_AVAILABLE: u16 = 6;
    pub(crate) const READING_OVERFLOW: u16 = 7;
    pub(crate) const BUFFER_AVAILABLE: u16 = 8;
    pub(crate) const BUFFER_FULL: u16 = 9;
    pub(crate) const OUTPUT_ENABLE: u16 = 11;
    pub(crate) const OVER_TEMPERATURE: u16 = 12;
    pub(crate) const OVER_VOLTAGE: u16 = 13;
    pub(crate) const COMPLIANCE: u16 = 14;
}

/// Bits of the operation event register.
pub(super) mod operation {
    pub(crate) const SWEEPING: u16 = 3;
    pub(crate) const WAITING_FOR_TRIGGER: u16 = 5;
    pub(crate) const WAITING_FOR_ARM: u16 = 6;
    pub(crate) const IDLE: u16 = 10;
}

/// The 2400's queue holds ten entries.
pub(super) const QUEUE: usize = 10;

impl Keithley2400 {
    /// An error: into the standard event register, and into the queue where it is enabled.
    pub(super) fn report(&mut self, code: Code) {
        let Some(class) = code::class(code) else {
            return self.note(code);
        };
        if self.messages.take(code.0) {
            self.status.raise(Error::new(code.0, code::text(code)), class);
        } else {
            self.status.standard.raise(1 << class as u8);
        }
    }

    /// A status event: into the queue, where it is enabled; by default none is.
    pub(super) fn note(&mut self, code: Code) {
        if self.messages.take_events() && self.messages.take(code.0) {
            self.status.queue.push(Error::new(code.0, code::text(code)));
        }
    }

    pub(super) fn note_operation_complete(&mut self) {
        self.status.standard.raise(standard_event::OPERATION_COMPLETE);
        self.note(code::OPERATION_COMPLETE);
    }

    /// A reading was made.
    pub(super) fn note_reading(&mut self, reading: &Reading) {
        let overflow = reading.status.has(Status::OVERFLOW);
        let over_voltage = reading.status.has(Status::OVER_VOLTAGE);
        let compliance =
            reading.status.has(Status::COMPLIANCE) || reading.status.has(Status::RANGE_COMPLIANCE);
        let register = &mut self.status.measurement;
        register.raise(1 << measurement::READING_AVAILABLE);
        if overflow {
            register.raise(1 << measurement::READING_OVERFLOW);
        }
        set_condition(register, measurement::COMPLIANCE, compliance);
        set_condition(register, measurement::OVER_VOLTAGE, over_voltage);
        if !self.messages.take_events() {
            return;
        }
        self.note(code::READING_AVAILABLE);
        if overflow {
            self.note(code::READING_OVERFLOW);
        }
        if over_voltage {
            self.note(code::VOLTAGE_LIMIT);
        }
        if compliance {
            self.note(code::IN_COMPLIANCE);
        }
    }

    /// One of the measurement register's conditions, with the event that its rise is.
    pub(super) fn set_measurement(&mut self, bit: u16, on: bool, event: Code) {
        let was = self.status.measurement.condition() >> bit & 1 == 1;
        set_condition(&mut self.status.measurement, bit, on);
        if on && !was {
            self.note(event);
        }
    }

    /// Brings the conditions of the trace buffer up to what is so now.
    pub(super) fn refresh_buffer(&mut self) {
        let (stored, full) = (self.trace.readings.len(), self.trace.is_full());
        self.set_measurement(measurement::BUFFER_AVAILABLE, stored >= 2, code::BUFFER_AVAILABLE);
        self.set_measurement(measurement::BUFFER_FULL, full, code::BUFFER_FULL);
    }

    /// Brings the conditions of the trigger model up to what is so now.
    pub(super) fn refresh_operation(&mut self) {
        let (bit, event) = match self.phase {
            Phase::Idle => (operation::IDLE, code::ENTERING_IDLE),
            Phase::Running => (operation::SWEEPING, code::SWEEPING),
            Phase::WaitingForArm => (operation::WAITING_FOR_ARM, code::WAITING_FOR_ARM),
            Phase::WaitingForTrigger => (operation::WAITING_FOR_TRIGGER, code::WAITING_FOR_TRIGGER),
        };
        const PHASES: u16 = 1 << operation::IDLE
            | 1 << operation::SWEEPING
            | 1 << operation::WAITING_FOR_ARM
            | 1 << operation::WAITING_FOR_TRIGGER;
        let register = &mut self.status.operation;
        register.set_condition(register.condition() & !PHASES | 1 << bit);
        self.note(event);
    }

    /// The rear enable line, as far as it is obeyed.
    pub(super) fn refresh_enable_line(&mut self) {
        let blocks = self.settings.output.enable_line && self.disturbances.interlock_open;
        self.set_measurement(measurement::OUTPUT_ENABLE, blocks, code::ENABLE_ASSERTED);
        if blocks && self.settings.output.on {
            self.output_off();
        }
    }
}
