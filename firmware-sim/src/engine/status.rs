//! The status model that the families share: three SCPI register groups, the standard event
//! register, the error queue, and the status byte over them.

use scpi_parser::{
    error::{Error, ErrorQueue},
    status::{RegisterGroup, Standard, standard_event, status_byte},
};

use super::code::{Class, Code};

/// All status registers and the queue.
pub(crate) struct StatusModel {
    pub(crate) measurement: RegisterGroup,
    pub(crate) operation: RegisterGroup,
    pub(crate) questionable: RegisterGroup,
    pub(crate) standard: Standard,
    pub(crate) queue: ErrorQueue,
}

/// Bit 0 of the status byte: the measurement register's summary, as Keithley and Keysight have it.
const MEASUREMENT: u8 = 1;

impl StatusModel {
    /// As at power-on, with a queue of `depth` entries.
    pub(crate) fn new(depth: usize) -> Self {
        let mut standard = Standard::default();
        standard.raise(standard_event::POWER_ON);
        StatusModel {
            measurement: RegisterGroup::default(),
            operation: RegisterGroup::default(),
            questionable: RegisterGroup::default(),
            standard,
            queue: ErrorQueue::new(depth),
        }
    }

    /// `*CLS`: events and queue.
    pub(crate) fn clear(&mut self) {
        self.measurement.clear();
        self.operation.clear();
        self.questionable.clear();
        self.standard.clear();
        self.queue.clear();
    }

    /// `:STAT:PRES`: enables and transition filters of the SCPI registers.
    pub(crate) fn preset(&mut self) {
        self.measurement.preset();
        self.operation.preset();
        self.questionable.preset();
    }

    /// An error: into the queue, and into the standard event register by its class.
    pub(crate) fn raise(&mut self, error: Error, class: Class) {
        self.queue.push(error);
        self.standard.raise(1 << class as u8);
    }

    /// The status byte. A reply waits to be read where `message_available`; over a stream replies
    /// leave at once, and none ever does.
    pub(crate) fn byte(&self, message_available: bool) -> u8 {
        let bit = |on: bool, bit: u8| if on { bit } else { 0 };
        let summaries = bit(self.measurement.summary(), MEASUREMENT)
            | bit(!self.queue.is_empty(), status_byte::ERROR_AVAILABLE)
            | bit(self.questionable.summary(), status_byte::QUESTIONABLE)
            | bit(message_available, status_byte::MESSAGE_AVAILABLE)
            | bit(self.operation.summary(), status_byte::OPERATION);
        self.standard.status_byte(summaries)
    }
}

/// Sets one condition of a register.
pub(crate) fn set_condition(register: &mut RegisterGroup, bit: u16, on: bool) {
    let mask = 1 << bit;
    let condition = register.condition();
    register.set_condition(if on { condition | mask } else { condition & !mask });
}

impl From<Code> for Error {
    /// With SCPI's text; an instrument's own codes have theirs elsewhere.
    fn from(code: Code) -> Error {
        Error::new(code.0, code.standard_text().unwrap_or("Unknown error"))
    }
}
