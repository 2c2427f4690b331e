//! Readings, and the two places that keep them.

use crate::engine::{channel::NOT_A_NUMBER, choice::choice};

/// The largest number of readings in either place (data sheet page 18: 100 000 a channel).
pub(super) const CAPACITY: usize = 100_000;

choice!(
    /// `:TRAC:FEED`.
    Feed { Sense = "SENSe", Math = "MATH", Limit = "LIMit" }
);
choice!(
    /// `:TRAC:FEED:CONT`.
    FeedControl { Next = "NEXT", Never = "NEVer" }
);
choice!(
    /// `:TRAC:TST:FORM`.
    Timestamp { Absolute = "ABSolute", Delta = "DELTa" }
);
choice!(
    /// Where `:SENS:DATA?` and `:TRAC:DATA?` begin, other than by number.
    Offset { Start = "STARt", Current = "CURRent" }
);
choice!(
    /// `:TRAC:STAT:FORM`.
    Statistic { Mean = "MEAN", Deviation = "SDEViation", Maximum = "MAXimum", Minimum = "MINimum", PeakToPeak = "PKPK" }
);

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) volts: f64,
    pub(super) amperes: f64,
    pub(super) ohms: f64,
    pub(super) seconds: f64,
    pub(super) status: Status,
    /// The level that was sourced.
    pub(super) source: f64,
}

/// The status element (SCPI Command Reference table 1-2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Status(pub(super) u32);

impl Status {
    pub(super) const CURRENT_SOURCE: u32 = 0;
    pub(super) const COMPLIANCE: u32 = 1;
    pub(super) const OVER_VOLTAGE: u32 = 3;
    pub(super) const OVER_CURRENT: u32 = 4;
    pub(super) const HOT: u32 = 5;
    pub(super) const OVERFLOW: u32 = 13;
    pub(super) const COMPENSATED: u32 = 14;

    pub(super) fn with(self, bit: u32, set: bool) -> Self {
        Status(self.0 | u32::from(set) << bit)
    }

    pub(super) fn has(self, bit: u32) -> bool {
        self.0 >> bit & 1 == 1
    }
}

impl Reading {
    /// The elements in the order of `:FORM:ELEM:SENS`.
    pub(super) fn elements(&self) -> [f64; 6] {
        let status = f64::from(self.status.0);
        [self.volts, self.amperes, self.ohms, self.seconds, status, self.source]
    }

    /// What is answered where there is no reading.
    pub(super) const NOTHING: [f64; 6] = [NOT_A_NUMBER; 6];
}

/// The buffer that `:TRAC` acts on. `*RST` leaves it alone (UNVERIFIED).
#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub(super) points: usize,
    pub(super) feed: Feed,
    pub(super) control: FeedControl,
    pub(super) timestamp: Timestamp,
    pub(super) statistic: Statistic,
    pub(super) readings: Vec<Reading>,
}

impl Trace {
    pub(super) fn empty() -> Trace {
        Trace {
            points: CAPACITY,
            feed: Feed::Sense,
            control: FeedControl::Never,
            timestamp: Timestamp::Absolute,
            statistic: Statistic::Mean,
            readings: Vec::new(),
        }
    }

    /// Stores a reading while storing is on; filled, the buffer stops.
    pub(super) fn store(&mut self, reading: Reading) {
        if self.control == FeedControl::Never || self.feed != Feed::Sense {
            return;
        }
        self.readings.push(reading);
        if self.is_full() {
            self.control = FeedControl::Never;
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.readings.len() >= self.points
    }

    /// Reading `index`, its time counted as `:TRAC:TST:FORM` says.
    pub(super) fn stamped(&self, index: usize) -> Reading {
        let origin = match self.timestamp {
            Timestamp::Absolute => 0,
            Timestamp::Delta => index.saturating_sub(1),
        };
        let reading = self.readings[index];
        Reading { seconds: reading.seconds - self.readings[origin].seconds, ..reading }
    }
}
