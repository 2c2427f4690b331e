//! What the 2400's status registers show (User's Manual chapter 15).

use scpi_parser::{error::Error, status::standard_event};

use super::{
    Keithley2400,
    code::{self, Code},
    readings::Trace,
    run::Phase,
};
use crate::engine::status::set_condition;

/// Bits of the measurement event register.
pub(super) mod measurement {
    pub(crate) const READING_AVAILABLE: u16 = 6;
    pub(crate) const READING_OVERFLOW: u16 = 7;
    pub(crate) const BUFFER_AVAILABLE: u16 = 8;
    pub(crate) const BUFFER_FULL: u16 = 9;
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
    /// An error: into the queue and the standard event register. Status events are not queued.
    pub(super) fn report(&mut self, code: Code) {
        if let Some(class) = code::class(code) {
            self.status.raise(Error::new(code.0, code::text(code)), class);
        }
    }

    pub(super) fn note_operation_complete(&mut self) {
        self.status.standard.raise(standard_event::OPERATION_COMPLETE);
    }

    /// A reading was made.
    pub(super) fn note_reading(&mut self, overflow: bool, compliance: bool) {
        let register = &mut self.status.measurement;
        register.raise(1 << measurement::READING_AVAILABLE);
        if overflow {
            register.raise(1 << measurement::READING_OVERFLOW);
        }
        set_condition(register, measurement::COMPLIANCE, compliance);
    }

    /// Brings the condition registers up to what is so now.
    pub(super) fn refresh_conditions(&mut self) {
        let Trace { readings, .. } = &self.trace;
        let (stored, full) = (readings.len(), self.trace.is_full());
        let register = &mut self.status.measurement;
        set_condition(register, measurement::BUFFER_AVAILABLE, stored >= 2);
        set_condition(register, measurement::BUFFER_FULL, full);
        let register = &mut self.status.operation;
        set_condition(register, operation::SWEEPING, self.phase == Phase::Running);
        set_condition(
            register,
            operation::WAITING_FOR_TRIGGER,
            self.phase == Phase::WaitingForTrigger,
        );
        set_condition(register, operation::WAITING_FOR_ARM, self.phase == Phase::WaitingForArm);
        set_condition(register, operation::IDLE, self.phase == Phase::Idle);
    }
}
