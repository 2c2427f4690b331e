use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// How the learning rate changes from the first step to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// (1 + cos πt) / 2 with t from 0 to 1: from the whole rate to zero.
    #[default]
    Cosine,
    /// The whole rate throughout.
    Constant,
}

impl Schedule {
    /// The share of the learning rate at `step`, from 0, of `steps`.
    pub fn factor(self, step: u64, steps: u64) -> f64 {
        match self {
            Schedule::Cosine => 0.5 * (1.0 + (PI * step as f64 / steps as f64).cos()),
            Schedule::Constant => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosine_falls_from_one_to_almost_zero() {
        let factors = [0, 25, 50, 75, 99].map(|step| Schedule::Cosine.factor(step, 100));
        let expected = [1.0, 0.853_553, 0.5, 0.146_447, 0.000_247];
        for (factor, expected) in factors.into_iter().zip(expected) {
            assert!((factor - expected).abs() < 1e-6, "{factor} against {expected}");
        }
    }
}
