//! Random telegraph noise: one trap, empty or full.

use crate::random::{Draws, Purpose};

/// A relative fluctuation that jumps between two levels.
pub(crate) struct Telegraph {
    amplitude: f64,
    /// Mean time at either level, in seconds.
    dwell: f64,
    up: bool,
    draws: Draws,
}

impl Telegraph {
    pub(crate) fn new(amplitude: f64, dwell: f64, seed: u64) -> Self {
        let mut draws = Draws::new(seed, Purpose::Telegraph);
        let up = draws.uniform() < 0.5;
        Telegraph { amplitude, dwell, up, draws }
    }

    /// The fluctuation `elapsed` seconds after the last; exact for any time: an odd number of jumps
    /// has the probability ½·(1 − e^(−2t/dwell)).
    pub(crate) fn next(&mut self, elapsed: f64) -> f64 {
        if self.amplitude == 0.0 {
            return 0.0;
        }
        let odd = -0.5 * (-2.0 * elapsed / self.dwell).exp_m1();
        self.up ^= self.draws.uniform() < odd;
        if self.up { self.amplitude } else { -self.amplitude }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_correlation_falls_with_twice_the_rate_of_jumps() {
        let mut telegraph = Telegraph::new(1.0, 1.0, 8);
        let values: Vec<f64> = (0..100_000).map(|_| telegraph.next(0.1)).collect();
        for lag in [1, 5, 10] {
            let pairs = values.iter().zip(&values[lag..]).map(|(a, b)| a * b);
            let correlation = pairs.sum::<f64>() / (values.len() - lag) as f64;
            let expected = (-0.2 * lag as f64).exp();
            assert!((correlation - expected).abs() < 0.02, "{lag}: {correlation} {expected}");
        }
    }
}
