//! Normal deviates that are the same on every machine.

use std::f64::consts::TAU;

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014), and Box and Muller's pairs of normal deviates.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
    second: Option<f64>,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random { state: seed, second: None }
    }

    /// Above zero and at most one.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        ((mixed >> 11) as f64 + 1.0) / (1u64 << 53) as f64
    }

    /// Of mean zero and variance one.
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(second) = self.second.take() {
            return second;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sine, cosine) = (TAU * self.uniform()).sin_cos();
        self.second = Some(radius * sine);
        radius * cosine
    }
}
