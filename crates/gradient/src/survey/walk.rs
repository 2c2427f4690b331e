//! How far a gain walks from shot to shot, by restricted likelihood.
//!
//! Each block of readings has a gain whose own error is known. What the gains of a group of blocks
//! (the same levels, in the same direction) differ by beyond that is a random walk whose variance
//! grows with the distance in shots. The restricted likelihood (Patterson & Thompson, Biometrika 58,
//! 545, 1971) takes the groups' unknown means out and cannot be less than no walk.

use super::algebra::{Cholesky, Square, dot};

/// The gain of some readings in a row, against the mean over all passes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gain {
    pub(super) value: f64,
    /// Of its white noise.
    pub(super) variance: f64,
    /// Shots.
    pub(super) time: f64,
    /// Shots that it was measured over.
    pub(super) duration: f64,
    /// Which mean it is the deviation from.
    pub(super) group: usize,
}

/// Steps of the search.
const STEPS: usize = 28;

/// The standard deviation of the walk for each shot; zero where none is seen.
pub(super) fn learn(gains: &[Gain]) -> f64 {
    let mut groups: Vec<usize> = gains.iter().map(|it| it.group).collect();
    groups.sort_unstable();
    groups.dedup();
    if gains.len() < groups.len() + 2 {
        return 0.0;
    }
    let first = gains.iter().map(|it| it.time).fold(f64::INFINITY, f64::min);
    let last = gains.iter().map(|it| it.time).fold(f64::NEG_INFINITY, f64::max);
    let spread = gains.iter().map(|it| it.value * it.value).fold(0.0, f64::max);
    let duration = gains.iter().map(|it| it.duration).fold(1.0, f64::max);
    let most = spread / duration;
    if most == 0.0 || last <= first {
        return 0.0;
    }
    let deviance = |walk: f64| deviance(gains, &groups, walk).unwrap_or(f64::INFINITY);
    // Variances over six decades, then between the neighbours of the best.
    let at = |step: f64| most * 10f64.powf(-6.0 * step / STEPS as f64);
    let best = (0..=STEPS).map(|it| (deviance(at(it as f64)), it as f64));
    let Some((least, best)) = best.min_by(|a, b| a.0.total_cmp(&b.0)) else { return 0.0 };
    if deviance(0.0) <= least {
        return 0.0;
    }
    let (before, after) = (deviance(at(best - 1.0)), deviance(at(best + 1.0)));
    let bend = before - 2.0 * least + after;
    let shift = if bend > 0.0 { 0.5 * (before - after) / bend } else { 0.0 };
    at(best + shift.clamp(-1.0, 1.0)).sqrt()
}

/// −2 log restricted likelihood of this variance for each shot.
fn deviance(gains: &[Gain], groups: &[usize], walk: f64) -> Option<f64> {
    let element = |row: usize, column: usize| {
        let (one, other) = (&gains[row], &gains[column]);
        let walked = walk * one.time.min(other.time);
        if row == column {
            // The mean of a walk over n steps varies by a sixth of n less than its middle.
            walked + one.variance + walk * (one.duration / 6.0 - one.duration / 3.0)
        } else {
            walked
        }
    };
    let n = gains.len();
    let matrix: Square =
        (0..n).map(|row| (0..n).map(|column| element(row, column)).collect()).collect();
    let factor = Cholesky::of(&matrix)?;
    let values: Vec<f64> = gains.iter().map(|it| it.value).collect();
    let whitened = factor.forward(&values);
    let fixed: Vec<Vec<f64>> = groups
        .iter()
        .map(|group| {
            let member = gains.iter().map(|it| f64::from(u8::from(it.group == *group)));
            factor.forward(&member.collect::<Vec<f64>>())
        })
        .collect();
    let normal: Square =
        fixed.iter().map(|one| fixed.iter().map(|other| dot(one, other)).collect()).collect();
    let right: Vec<f64> = fixed.iter().map(|it| dot(it, &whitened)).collect();
    let normal = Cholesky::of(&normal)?;
    let taken = dot(&right, &normal.solve(&right));
    Some(factor.log_determinant() + normal.log_determinant() + dot(&whitened, &whitened) - taken)
}
