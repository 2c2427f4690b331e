//! What the 2450's status registers show: two registers whose bits events are mapped to, the
//! standard event register, and the event log (2450 Reference Manual, appendix C).

use scpi_parser::status::{RegisterGroup, Standard, standard_event, status_byte};

use super::{
    Keithley2450,
    code::{self, Code, Severity},
    log::EventLog,
};
use crate::engine::status::set_condition;

/// A register with the two events of each bit: the one that sets it and the one that clears it.
#[derive(Clone, Debug, Default)]
pub(super) struct Mapped {
    pub(super) register: RegisterGroup,
    pub(super) map: [(u16, u16); 15],
}

impl Mapped {
    fn note(&mut self, code: Code) {
        for (bit, (set, clear)) in self.map.iter().enumerate() {
            if code.0 != 0 && *set == code.0 as u16 {
                set_condition(&mut self.register, bit as u16, true);
            }
            if code.0 != 0 && *clear == code.0 as u16 {
                set_condition(&mut self.register, bit as u16, false);
            }
        }
    }
}

/// All status registers and the event log.
pub(super) struct Status {
    pub(super) operation: Mapped,
    pub(super) questionable: Mapped,
    pub(super) standard: Standard,
    pub(super) log: EventLog,
}

impl Status {
    /// As at power-on.
    pub(super) fn new() -> Status {
        let mut standard = Standard::default();
        standard.raise(standard_event::POWER_ON);
        Status {
            operation: Mapped::default(),
            questionable: Mapped::default(),
            standard,
            log: EventLog::default(),
        }
    }

    /// `*CLS`: events and log.
    pub(super) fn clear(&mut self) {
        self.clear_events();
        self.log.clear();
    }

    /// `:STAT:CLE`: events only.
    pub(super) fn clear_events(&mut self) {
        self.operation.register.clear();
        self.questionable.register.clear();
        self.standard.clear();
    }

    /// `:STAT:PRES`: enables to zero, and no event mapped to any bit.
    pub(super) fn preset(&mut self) {
        for mapped in [&mut self.operation, &mut self.questionable] {
            mapped.register.preset();
            mapped.map = Default::default();
        }
    }

    /// The status byte.
    pub(super) fn byte(&self, message_available: bool) -> u8 {
        let bit = |on: bool, bit: u8| if on { bit } else { 0 };
        let summaries = bit(self.log.has_errors(), status_byte::ERROR_AVAILABLE)
            | bit(self.questionable.register.summary(), status_byte::QUESTIONABLE)
            | bit(message_available, status_byte::MESSAGE_AVAILABLE)
            | bit(self.operation.register.summary(), status_byte::OPERATION);
        self.standard.status_byte(summaries)
    }
}

impl Keithley2450 {
    /// An event: into the log, the standard event register, and the bits that it is mapped to.
    pub(super) fn report(&mut self, code: Code) {
        self.occurs(code, code::is_logged(code));
    }

    /// The same, logged or not.
    pub(super) fn occurs(&mut self, code: Code, logged: bool) {
        if logged {
            let at = self.epoch + self.clock.now();
            self.status.log.push(code, code::severity(code), None, at);
        }
        if let Some(class) = code::class(code) {
            self.status.standard.raise(1 << class as u8);
        }
        self.status.operation.note(code);
        self.status.questionable.note(code);
    }

    /// An event with a text of the user's.
    pub(super) fn log_text(&mut self, severity: Severity, text: String) {
        let at = self.epoch + self.clock.now();
        self.status.log.push(Code(0), severity, Some(text), at);
    }

    /// `*OPC` has been asked for and nothing runs any more.
    pub(super) fn note_completion(&mut self) {
        if self.completion_asked && !self.is_busy() {
            self.completion_asked = false;
            self.status.standard.raise(standard_event::OPERATION_COMPLETE);
        }
    }
}
