//! Random streams: one seed, one independent stream for each thing that is random.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What a stream is drawn for. Streams are independent, so switching one kind of noise on does
/// not change the draws of another.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Mismatch = 1,
    ReadNoise,
    Flicker,
    Drift,
    Calibration,
    Converter,
}

/// Standard normal draws for one purpose.
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(purpose as u64);
        Draws(rng)
    }

    pub(crate) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// A normal draw with three standard deviations at `limit`, and never beyond it.
    pub(crate) fn within(&mut self, limit: f64) -> f64 {
        (self.normal() / 3.0).clamp(-1.0, 1.0) * limit
    }
}
