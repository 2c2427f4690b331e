//! Slow wander of gain and offset: a private random walk and one that devices share.

use super::common::Common;
use crate::{
    config::Drift,
    random::{Draws, Purpose},
};

/// Where the gain and the offset, in amperes, have wandered to.
pub(crate) struct Wander {
    drift: Drift,
    full_scale: f64,
    draws: Draws,
    private: (f64, f64),
    common: Option<Common>,
    shared: (f64, f64),
    /// The roots of the shares of variance.
    weights: (f64, f64),
}

impl Wander {
    pub(crate) fn new(drift: Drift, full_scale: f64, seed: u64) -> Self {
        let correlation = drift.correlation.0;
        Wander {
            drift,
            full_scale,
            draws: Draws::new(seed, Purpose::Drift),
            private: (0.0, 0.0),
            common: (correlation > 0.0).then(|| Common::new(drift.common_seed)),
            shared: (0.0, 0.0),
            weights: ((1.0 - correlation).sqrt(), correlation.sqrt()),
        }
    }

    /// The private walk takes a step for the time since the last reading.
    pub(crate) fn step(&mut self, elapsed: f64) {
        let Drift { gain, offset, over, .. } = self.drift;
        let root = (elapsed / over.0).sqrt() * self.weights.0;
        if gain.0 > 0.0 {
            self.private.0 += gain.0 * root * self.draws.normal();
        }
        if offset.0 > 0.0 {
            self.private.1 += offset.0 * self.full_scale * root * self.draws.normal();
        }
    }

    /// Whether the steps of the private walk lead anywhere.
    pub(crate) fn is_private(&self) -> bool {
        let Drift { gain, offset, .. } = self.drift;
        self.weights.0 > 0.0 && (gain.0 > 0.0 || offset.0 > 0.0)
    }

    /// The common walk is followed to `time`.
    pub(crate) fn follow(&mut self, time: f64) {
        let Drift { gain, offset, over, .. } = self.drift;
        if let Some(common) = &mut self.common {
            let (a, b) = common.at(time);
            let scale = self.weights.1 / over.0.sqrt();
            self.shared = (gain.0 * scale * a, offset.0 * self.full_scale * scale * b);
        }
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.common.is_some()
    }

    /// The time in which the common walk goes its way, in seconds.
    pub(crate) fn shared_time(&self) -> f64 {
        if self.is_shared() { self.drift.over.0 } else { f64::INFINITY }
    }

    pub(crate) fn gain(&self) -> f64 {
        self.private.0 + self.shared.0
    }

    pub(crate) fn offset(&self) -> f64 {
        self.private.1 + self.shared.1
    }
}
