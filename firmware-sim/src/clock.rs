//! Virtual time.

/// Time since power-on, in seconds. It passes only when something in the instrument takes time;
/// nothing ever waits for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    now: f64,
    zero: f64,
}

/// The 2400's time element rolls over here (`:SYST:TIME?`).
const ROLLOVER: f64 = 99_999.999;

impl Clock {
    pub(crate) fn advance(&mut self, seconds: f64) {
        self.now += seconds;
    }

    /// Sets the time of readings to zero.
    pub(crate) fn restart(&mut self) {
        self.zero = self.now;
    }

    /// Time since power-on.
    pub(crate) fn now(&self) -> f64 {
        self.now
    }

    /// The time that readings carry.
    pub(crate) fn reading(&self) -> f64 {
        (self.now - self.zero) % ROLLOVER
    }
}
