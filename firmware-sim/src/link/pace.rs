//! Simulated time that follows the clock on the wall.

use std::time::Duration;

use tokio::time::Instant;

/// A shared beginning, and how fast simulated time passes since.
///
/// Instruments of one bench share one, so that their clocks agree.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    epoch: Instant,
    factor: f64,
}

impl Pace {
    /// Simulated time begins now and passes `factor` times as fast as time does; 1 is real time.
    /// `None` unless the factor is one that a clock can follow, 0.001 to 1000.
    pub fn new(factor: f64) -> Option<Pace> {
        let possible = (1e-3..=1e3).contains(&factor);
        possible.then(|| Pace { epoch: Instant::now(), factor })
    }

    /// Seconds of simulated time since the beginning.
    pub fn now(&self) -> f64 {
        self.epoch.elapsed().as_secs_f64() * self.factor
    }

    /// When so much simulated time will have passed.
    pub(super) fn instant(&self, simulated: f64) -> Instant {
        let real = Duration::try_from_secs_f64(simulated / self.factor).unwrap_or_default();
        self.epoch + real
    }
}
