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
    /// Simulated time begins now and passes as time does.
    pub fn real_time() -> Pace {
        Pace { epoch: Instant::now(), factor: 1.0 }
    }

    /// The same beginning, and `factor` times as fast as time; `None` unless that is one that a
    /// clock can follow, 0.001 to 1000.
    pub fn times(self, factor: f64) -> Option<Pace> {
        (1e-3..=1e3).contains(&factor).then_some(Pace { factor, ..self })
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
