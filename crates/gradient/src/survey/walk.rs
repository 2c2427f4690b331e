//! How far a gain walks from shot to shot, by restricted likelihood.
//!
//! Each block of readings has a gain whose own error is known. What the gains of a group of blocks
//! (the same levels, in the same direction) differ by beyond that is a random walk whose variance
//! grows with the distance in shots. The restricted likelihood (Patterson & Thompson, Biometrika 58,
//! 545, 1971) takes the groups' unknown means out and cannot be less than no walk.

use serde::Serialize;

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
/// What the likelihood of a walk must be above that of none, in −2 log: two standard deviations.
const SEEN: f64 = 4.0;
/// How sure an upper bound is.
const SURE: f64 = 0.95;

/// A gain's walk: standard deviations for each shot, as shares of the gain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Walk {
    /// The most likely; zero where none is as likely as any.
    pub likely: f64,
    /// More than this it is not, with 95 % of the likelihood, where before the survey every standard
    /// deviation is as likely.
    pub at_most: f64,
    /// Root mean square over that likelihood: what uncertainties are to be taken with.
    pub cautious: f64,
    /// Whether no walk at all is excluded, by two standard deviations.
    pub seen: bool,
}

/// How a gain walks.
pub(super) fn learn(gains: &[Gain]) -> Walk {
    let mut groups: Vec<usize> = gains.iter().map(|it| it.group).collect();
    groups.sort_unstable();
    groups.dedup();
    if gains.len() < groups.len() + 2 {
        return Walk::default();
    }
    let first = gains.iter().map(|it| it.time).fold(f64::INFINITY, f64::min);
    let last = gains.iter().map(|it| it.time).fold(f64::NEG_INFINITY, f64::max);
    let spread = gains.iter().map(|it| it.value * it.value).fold(0.0, f64::max);
    let duration = gains.iter().map(|it| it.duration).fold(1.0, f64::max);
    let most = spread / duration;
    if most == 0.0 || last <= first {
        return Walk::default();
    }
    let deviance = |walk: f64| deviance(gains, &groups, walk).unwrap_or(f64::INFINITY);
    // Variances over six decades, then between the neighbours of the best.
    let at = |step: f64| most * 10f64.powf(-6.0 * step / STEPS as f64);
    let tried: Vec<(f64, f64)> =
        (0..=STEPS).map(|it| at(it as f64)).map(|it| (deviance(it), it)).collect();
    let best = tried.iter().enumerate().min_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let Some((best, &(least, _))) = best else { return Walk::default() };
    let none = deviance(0.0);
    let walk = likelihood(&tried, least.min(none));
    if none <= least {
        return walk;
    }
    let (before, after) = (deviance(at(best as f64 - 1.0)), deviance(at(best as f64 + 1.0)));
    let bend = before - 2.0 * least + after;
    let shift = if bend > 0.0 { 0.5 * (before - after) / bend } else { 0.0 };
    let likely = at(best as f64 + shift.clamp(-1.0, 1.0)).sqrt();
    Walk { likely, seen: none - least > SEEN, ..walk }
}

/// What −2 log likelihoods at falling variances, a constant ratio apart, leave possible.
fn likelihood(tried: &[(f64, f64)], least: f64) -> Walk {
    // Equal steps of the logarithm are steps of the standard deviation in proportion to it.
    let weight =
        |(deviance, variance): &(f64, f64)| (-0.5 * (deviance - least)).exp() * variance.sqrt();
    let all: f64 = tried.iter().map(weight).sum();
    if all.is_nan() || all <= 0.0 {
        return Walk::default();
    }
    let square = tried.iter().map(|it| weight(it) * it.1).sum::<f64>() / all;
    let mut above = 0.0;
    let mut at_most = tried[0].1;
    for it in tried {
        above += weight(it) / all;
        if above > 1.0 - SURE {
            break;
        }
        at_most = it.1;
    }
    Walk { likely: 0.0, at_most: at_most.sqrt(), cautious: square.sqrt(), seen: false }
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
