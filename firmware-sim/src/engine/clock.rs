//! Simulated time.

/// Time since power-on, in seconds. It passes when something in the instrument takes time, and,
/// where the simulator is paced, with the time outside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    now: f64,
    zero: f64,
}

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

    /// Time since [`restart`](Clock::restart), or since power-on.
    pub(crate) fn reading(&self) -> f64 {
        self.now - self.zero
    }
}
