//! The status model of IEEE 488.2, chapter 11, and SCPI-99, volume 1, chapter 9.

/// Bits of the status byte.
pub mod status_byte {
    /// The error queue is not empty (SCPI).
    pub const ERROR_AVAILABLE: u8 = 1 << 2;
    /// The questionable register's summary (SCPI).
    pub const QUESTIONABLE: u8 = 1 << 3;
    /// A reply waits.
    pub const MESSAGE_AVAILABLE: u8 = 1 << 4;
    /// The standard event register's summary.
    pub const EVENT_SUMMARY: u8 = 1 << 5;
    /// Master summary; request for service in a serial poll.
    pub const MASTER_SUMMARY: u8 = 1 << 6;
    /// The operation register's summary (SCPI).
    pub const OPERATION: u8 = 1 << 7;
}

/// Bits of the standard event status register.
pub mod standard_event {
    /// `*OPC` was fulfilled.
    pub const OPERATION_COMPLETE: u8 = 1 << 0;
    /// A query error.
    pub const QUERY_ERROR: u8 = 1 << 2;
    /// A device error.
    pub const DEVICE_ERROR: u8 = 1 << 3;
    /// An execution error.
    pub const EXECUTION_ERROR: u8 = 1 << 4;
    /// A command error.
    pub const COMMAND_ERROR: u8 = 1 << 5;
    /// The user took control.
    pub const USER_REQUEST: u8 = 1 << 6;
    /// Switched on since the last look.
    pub const POWER_ON: u8 = 1 << 7;
}

/// A register group: condition, transition filters, event, enable.
#[derive(Clone, Copy, Debug)]
pub struct RegisterGroup {
    condition: u16,
    positive: u16,
    negative: u16,
    event: u16,
    enable: u16,
}

impl Default for RegisterGroup {
    /// As after `STATus:PRESet`: rising conditions make events, nothing is enabled.
    fn default() -> Self {
        RegisterGroup { condition: 0, positive: 0x7fff, negative: 0, event: 0, enable: 0 }
    }
}

impl RegisterGroup {
    /// Sets the condition; bits that change make events as the transition filters say.
    pub fn set_condition(&mut self, condition: u16) {
        let risen = condition & !self.condition & self.positive;
        let fallen = !condition & self.condition & self.negative;
        self.event |= risen | fallen;
        self.condition = condition;
    }

    /// The present condition.
    pub fn condition(&self) -> u16 {
        self.condition
    }

    /// Adds events that have no condition.
    pub fn raise(&mut self, events: u16) {
        self.event |= events;
    }

    /// Reads the events, and clears them.
    pub fn take_event(&mut self) -> u16 {
        std::mem::take(&mut self.event)
    }

    /// The enable register.
    pub fn enable(&self) -> u16 {
        self.enable
    }

    /// Sets the enable register; its highest bit is always zero.
    pub fn set_enable(&mut self, enable: u16) {
        self.enable = enable & 0x7fff;
    }

    /// Sets which changes of the condition make events.
    pub fn set_transitions(&mut self, positive: u16, negative: u16) {
        (self.positive, self.negative) = (positive & 0x7fff, negative & 0x7fff);
    }

    /// The transition filters, positive and negative.
    pub fn transitions(&self) -> (u16, u16) {
        (self.positive, self.negative)
    }

    /// Whether an enabled event is set.
    pub fn summary(&self) -> bool {
        self.event & self.enable != 0
    }

    /// `STATus:PRESet`: enables and filters, not events.
    pub fn preset(&mut self) {
        let fresh = RegisterGroup::default();
        (self.positive, self.negative, self.enable) = (fresh.positive, fresh.negative, 0);
    }

    /// `*CLS`: events only.
    pub fn clear(&mut self) {
        self.event = 0;
    }
}

/// The standard event status register and the service request enable register.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standard {
    event: u8,
    event_enable: u8,
    service_enable: u8,
}

impl Standard {
    /// Adds events.
    pub fn raise(&mut self, events: u8) {
        self.event |= events;
    }

    /// `*ESR?`: reads the events, and clears them.
    pub fn take_event(&mut self) -> u8 {
        std::mem::take(&mut self.event)
    }

    /// `*ESE?`.
    pub fn event_enable(&self) -> u8 {
        self.event_enable
    }

    /// `*ESE`.
    pub fn set_event_enable(&mut self, enable: u8) {
        self.event_enable = enable;
    }

    /// `*SRE?`.
    pub fn service_enable(&self) -> u8 {
        self.service_enable
    }

    /// `*SRE`; the master summary cannot enable itself.
    pub fn set_service_enable(&mut self, enable: u8) {
        self.service_enable = enable & !status_byte::MASTER_SUMMARY;
    }

    /// `*CLS`.
    pub fn clear(&mut self) {
        self.event = 0;
    }

    /// `*STB?`: the instrument's own summary bits, with event and master summary added.
    pub fn status_byte(&self, summaries: u8) -> u8 {
        let mut byte = summaries & !(status_byte::MASTER_SUMMARY | status_byte::EVENT_SUMMARY);
        if self.event & self.event_enable != 0 {
            byte |= status_byte::EVENT_SUMMARY;
        }
        if byte & self.service_enable != 0 {
            byte |= status_byte::MASTER_SUMMARY;
        }
        byte
    }
}
