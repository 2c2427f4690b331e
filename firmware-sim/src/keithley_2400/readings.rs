//! Readings, and the two places that keep them: the sample buffer and the trace buffer.

use super::choices::{Feed, FeedControl, Timestamp};

/// The largest number of readings in either buffer, and in one run.
pub(crate) const CAPACITY: usize = 2500;

/// One reading, in the order of `:FORM:ELEM`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) volts: f64,
    pub(crate) amperes: f64,
    pub(crate) ohms: f64,
    pub(crate) seconds: f64,
    pub(crate) status: Status,
    /// The result of `:CALC1`.
    pub(crate) math: f64,
    /// What `:CALC2` looked at, the null offset subtracted.
    pub(crate) null: f64,
}

/// The status element, 24 bits (User's Manual page 18-52).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) u32);

impl Status {
    pub(crate) const OVERFLOW: u32 = 0;
    pub(crate) const FILTER: u32 = 1;
    pub(crate) const FRONT: u32 = 2;
    pub(crate) const COMPLIANCE: u32 = 3;
    pub(crate) const OVER_VOLTAGE: u32 = 4;
    pub(crate) const MATH: u32 = 5;
    pub(crate) const NULL: u32 = 6;
    pub(crate) const LIMITS: u32 = 7;
    /// The number of the first limit that failed: its two low bits here, the others from
    /// [`LIMIT_HIGH`](Status::LIMIT_HIGH) on. How the bits are shared out is UNVERIFIED.
    pub(crate) const LIMIT_LOW: u32 = 8;
    pub(crate) const LIMIT_HIGH: u32 = 19;
    pub(crate) const AUTO_OHMS: u32 = 10;
    pub(crate) const MEASURES_VOLTAGE: u32 = 11;
    pub(crate) const MEASURES_CURRENT: u32 = 12;
    pub(crate) const MEASURES_OHMS: u32 = 13;
    pub(crate) const SOURCES_VOLTAGE: u32 = 14;
    pub(crate) const SOURCES_CURRENT: u32 = 15;
    pub(crate) const RANGE_COMPLIANCE: u32 = 16;
    pub(crate) const OFFSET_COMPENSATED: u32 = 17;
    pub(crate) const FOUR_WIRE: u32 = 22;

    /// With `bit` as given.
    pub(crate) fn with(self, bit: u32, set: bool) -> Self {
        Status(self.0 | u32::from(set) << bit)
    }

    /// With the number of the limit that failed, 0 for none.
    pub(crate) fn failing(self, limit: u32) -> Self {
        let (low, high) = (limit & 3, limit >> 2 & 7);
        Status(self.0 | low << Status::LIMIT_LOW | high << Status::LIMIT_HIGH)
    }

    pub(crate) fn has(self, bit: u32) -> bool {
        self.0 >> bit & 1 == 1
    }
}

/// The buffer that `:TRAC` commands act on. `*RST` leaves it alone.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) points: usize,
    pub(crate) feed: Feed,
    pub(crate) control: FeedControl,
    pub(crate) timestamp: Timestamp,
    pub(crate) readings: Vec<Reading>,
}

impl Trace {
    pub(crate) fn empty() -> Self {
        Trace {
            points: 100,
            feed: Feed::Sense,
            control: FeedControl::Never,
            timestamp: Timestamp::Absolute,
            readings: Vec::with_capacity(CAPACITY),
        }
    }

    /// Whether readings are being stored.
    pub(crate) fn is_storing(&self) -> bool {
        self.control == FeedControl::Next
    }

    /// Stores a reading while storage is active; filled, the buffer stops storing.
    pub(crate) fn store(&mut self, reading: Reading) {
        if self.control == FeedControl::Never {
            return;
        }
        self.readings.push(reading);
        if self.readings.len() >= self.points {
            self.control = FeedControl::Never;
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.readings.len() >= self.points
    }
}

/// The time written for reading `index` of the buffer: since the first reading, or since the one
/// before.
pub(crate) fn time(readings: &[Reading], stamp: Timestamp, index: usize) -> f64 {
    let origin = match stamp {
        Timestamp::Absolute => 0,
        Timestamp::Delta => index.saturating_sub(1),
    };
    readings[index].seconds - readings[origin].seconds
}
