//! Random streams: one seed, one independent stream for each thing that is random.

use std::f64::consts::TAU;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal, StandardUniform};

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
    Cycle,
    Telegraph,
    Refill,
    Thermal,
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

    /// Uniform in 0..1.
    pub(crate) fn uniform(&mut self) -> f64 {
        StandardUniform.sample(&mut self.0)
    }

    /// A normal draw with three standard deviations at `limit`, and never beyond it.
    pub(crate) fn within(&mut self, limit: f64) -> f64 {
        (self.normal() / 3.0).clamp(-1.0, 1.0) * limit
    }
}

/// Two standard normal numbers that are a function of a key: the same key gives the same numbers,
/// whoever asks and in whatever order. SplitMix64's finaliser and the Box-Muller transform.
pub(crate) fn hashed_normals(seed: u64, key: u64) -> (f64, f64) {
    let first = mixed(mixed(seed) ^ key.wrapping_mul(0xD134_2543_DE82_EF95));
    let second = mixed(first ^ 0x9E37_79B9_7F4A_7C15);
    let unit = |bits: u64| ((bits >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    let radius = (-2.0 * unit(first).ln()).sqrt();
    let (sine, cosine) = (TAU * unit(second)).sin_cos();
    (radius * cosine, radius * sine)
}

/// The seed that stands for `seed` in another draw of everything; the same for the same two numbers,
/// and `seed` itself in draw 0. Not more than a TOML file can hold.
pub(crate) fn redrawn(seed: u64, draw: u64) -> u64 {
    if draw == 0 { seed } else { mixed(mixed(draw) ^ seed) >> 1 }
}

fn mixed(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
