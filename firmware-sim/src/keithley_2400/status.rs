//! The status model (User's Manual chapter 15): what happened, what is so, and what asks for
//! service.

use scpi_parser::error::{Error, ErrorQueue};

use super::{Keithley2400, code::Code, readings::Trace, run::Phase};

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

/// Bits of the standard event register that no error sets.
const OPERATION_COMPLETE: u16 = 0;
const POWER_ON: u16 = 7;

/// A condition register, the events that its rising edges leave, and which of them count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Register {
    pub(super) condition: u16,
    pub(super) event: u16,
    pub(super) enable: u16,
}

impl Register {
    /// Sets one condition; becoming true is an event.
    fn set(&mut self, bit: u16, on: bool) {
        let mask = 1 << bit;
        if on {
            self.event |= mask & !self.condition;
            self.condition |= mask;
        } else {
            self.condition &= !mask;
        }
    }

    /// Something has happened that is no lasting condition.
    fn happen(&mut self, bit: u16) {
        self.event |= 1 << bit;
    }

    /// Reads the events and clears them.
    pub(super) fn take_event(&mut self) -> u16 {
        std::mem::take(&mut self.event)
    }

    fn summary(&self) -> bool {
        self.event & self.enable != 0
    }
}

/// All status registers and the queue.
pub(super) struct StatusModel {
    pub(super) measurement: Register,
    pub(super) operation: Register,
    pub(super) questionable: Register,
    pub(super) standard: Register,
    pub(super) service_enable: u8,
    pub(super) queue: ErrorQueue,
}

/// The 2400's queue holds ten entries.
const QUEUE: usize = 10;

impl StatusModel {
    /// As at power-on.
    pub(super) fn new() -> Self {
        let mut standard = Register::default();
        standard.happen(POWER_ON);
        StatusModel {
            measurement: Register::default(),
            operation: Register::default(),
            questionable: Register::default(),
            standard,
            service_enable: 0,
            queue: ErrorQueue::new(QUEUE),
        }
    }

    /// `*CLS`: events and queue.
    pub(super) fn clear(&mut self) {
        for register in
            [&mut self.measurement, &mut self.operation, &mut self.questionable, &mut self.standard]
        {
            register.take_event();
        }
        self.queue.clear();
    }

    /// `:STAT:PRES`: the enables of the three SCPI registers.
    pub(super) fn preset(&mut self) {
        for register in [&mut self.measurement, &mut self.operation, &mut self.questionable] {
            register.enable = 0;
        }
    }

    /// `*STB?`. Message available is never seen over a stream: replies leave at once.
    pub(super) fn byte(&self) -> u8 {
        let summaries = u8::from(self.measurement.summary())
            | u8::from(!self.queue.is_empty()) << 2
            | u8::from(self.questionable.summary()) << 3
            | u8::from(self.standard.summary()) << 5
            | u8::from(self.operation.summary()) << 7;
        let master = summaries & self.service_enable != 0;
        summaries | u8::from(master) << 6
    }
}

impl Keithley2400 {
    /// An error: into the queue and the standard event register. Status events are not queued.
    pub(crate) fn raise(&mut self, code: Code) {
        if let Some(class) = code.class() {
            self.status.queue.push(Error::new(code.0, code.text()));
            self.status.standard.happen(class as u16);
        }
    }

    pub(super) fn note_operation_complete(&mut self) {
        self.status.standard.happen(OPERATION_COMPLETE);
    }

    /// A reading was made.
    pub(super) fn note_reading(&mut self, overflow: bool, compliance: bool) {
        let register = &mut self.status.measurement;
        register.happen(measurement::READING_AVAILABLE);
        if overflow {
            register.happen(measurement::READING_OVERFLOW);
        }
        register.set(measurement::COMPLIANCE, compliance);
    }

    /// Brings the condition registers up to what is so now.
    pub(super) fn refresh_conditions(&mut self) {
        let Trace { readings, .. } = &self.trace;
        let (stored, full) = (readings.len(), self.trace.is_full());
        let register = &mut self.status.measurement;
        register.set(measurement::BUFFER_AVAILABLE, stored >= 2);
        register.set(measurement::BUFFER_FULL, full);
        let register = &mut self.status.operation;
        register.set(operation::SWEEPING, self.phase == Phase::Endless);
        register.set(operation::WAITING_FOR_TRIGGER, self.phase == Phase::WaitingForTrigger);
        register.set(operation::WAITING_FOR_ARM, self.phase == Phase::WaitingForArm);
        register.set(operation::IDLE, self.phase == Phase::Idle);
    }
}
