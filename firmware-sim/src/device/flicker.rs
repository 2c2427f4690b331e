//! 1/f noise, as a sum of relaxations with one corner in each decade.

use std::f64::consts::TAU;

use crate::random::{Draws, Purpose};

/// The corners, in hertz: one a decade, which makes the sum's spectrum 1/f to within 0.5 dB
/// between the first and the last.
const CORNERS: [f64; 7] = [1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3];

/// A relative fluctuation with a spectrum 1/f^a between 1 mHz and 1 kHz.
pub(crate) struct Flicker {
    /// rms of each relaxation.
    rms: [f64; CORNERS.len()],
    states: [f64; CORNERS.len()],
    /// What is left of each relaxation in the mean over the integration time of this many cycles.
    left: [f64; CORNERS.len()],
    nplc: f64,
    draws: Draws,
}

/// A power-line cycle, in seconds, for the share of the noise that its mean takes out.
const CYCLE: f64 = 0.02;

impl Flicker {
    /// `rms` is that of the relaxation around 1 Hz. A relaxation's power spreads over its decade,
    /// so for 1/f^a its mean square goes with its corner as f^(1−a).
    pub(crate) fn new(rms: f64, exponent: f64, seed: u64) -> Self {
        let mut draws = Draws::new(seed, Purpose::Flicker);
        let rms = CORNERS.map(|corner| rms * corner.powf(0.5 * (1.0 - exponent)));
        let states = rms.map(|rms| rms * draws.normal());
        Flicker { rms, states, left: [1.0; CORNERS.len()], nplc: 0.0, draws }
    }

    /// The fluctuation of a reading integrated over `nplc` cycles, `elapsed` seconds after the last.
    /// Each relaxation is an Ornstein-Uhlenbeck process, whose step is exact for any time.
    pub(crate) fn next(&mut self, elapsed: f64, nplc: f64) -> f64 {
        if self.rms[0] == 0.0 {
            return 0.0;
        }
        if self.nplc != nplc {
            self.nplc = nplc;
            self.left = CORNERS.map(|corner| mean(TAU * corner * nplc * CYCLE));
        }
        for ((state, rms), corner) in self.states.iter_mut().zip(self.rms).zip(CORNERS) {
            let kept = (-TAU * corner * elapsed).exp();
            *state = *state * kept + rms * (1.0 - kept * kept).sqrt() * self.draws.normal();
        }
        self.states.iter().zip(self.left).map(|(state, left)| state * left).sum()
    }
}

/// The rms of the mean of a relaxation over `angle` of its own time, relative to its own rms.
fn mean(angle: f64) -> f64 {
    if angle < 1e-3 {
        return 1.0;
    }
    (2.0 * (angle + (-angle).exp_m1())).sqrt() / angle
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean square of the difference of neighbouring means over `span` readings: constant in
    /// `span` for 1/f noise, falling as 1/span for white noise.
    fn allan(values: &[f64], span: usize) -> f64 {
        let means: Vec<f64> =
            values.chunks_exact(span).map(|it| it.iter().sum::<f64>() / span as f64).collect();
        let squares = means.windows(2).map(|it| (it[1] - it[0]).powi(2));
        squares.sum::<f64>() / (2.0 * (means.len() - 1) as f64)
    }

    #[test]
    fn the_allan_variance_is_flat_over_three_decades_as_of_one_over_f_noise() {
        let mut flicker = Flicker::new(1.0, 1.0, 3);
        let values: Vec<f64> = (0..400_000).map(|_| flicker.next(0.002, 0.01)).collect();
        let variances = [4, 30, 200, 1500].map(|span| allan(&values, span));
        for variance in variances {
            let ratio = variance / variances[1];
            assert!((0.6..1.6).contains(&ratio), "{variances:?}");
        }
    }

    #[test]
    fn without_flicker_there_is_nothing() {
        assert_eq!(Flicker::new(0.0, 1.0, 3).next(1.0, 1.0), 0.0);
    }
}
