//! The error of a slope at a step, term by term.

use smu::Side;

use super::Expected;
use crate::{
    Device, GradientConfig, Knowledge, Method,
    expect::{Pretend, Trial, line, sign},
    method::pattern,
};

/// Levels that the error is averaged over.
const LEVELS: usize = 81;

/// What the slopes of a trial are expected to be wrong by, at levels over `window`.
pub(super) fn errors(
    trial: Trial,
    knowledge: &Knowledge,
    pair: &Pretend<'_>,
    config: &GradientConfig,
    window: [f64; 2],
    residual: f64,
) -> Expected {
    let (mut noise, mut truncation, mut mismatch, mut bias) = (0.0, 0.0, 0.0, 0.0);
    for at in 0..LEVELS {
        let level = window[0] + (window[1] - window[0]) * at as f64 / (LEVELS - 1) as f64;
        let weights = weights(trial, level, config);
        noise += variance(&weights, knowledge, pair) / trial.repeats.max(1) as f64;
        let of_mean: f64 = weights.iter().map(|it| it.slope * pair.mean(it.level).0).sum();
        let truncated = of_mean - pair.mean(level).1;
        truncation += truncated * truncated;
        if trial.method.is_calibrated() {
            let left = stale(trial, level, knowledge, pair, config, residual);
            mismatch += left * left;
            bias += truncated * truncated + left * left;
        } else {
            let halves = weights
                .iter()
                .map(|it| 0.5 * sign(it.side) * it.slope * pair.difference(it.level).0);
            let due = match trial.method.device() {
                Device::Base => -0.5 * pair.difference(level).1,
                Device::Mean => 0.0,
            };
            let left = halves.sum::<f64>() - due;
            mismatch += left * left;
            bias += (truncated + left).powi(2);
        }
    }
    let rms = |sum: f64| (sum / LEVELS as f64).sqrt();
    Expected {
        delta_v: trial.delta_v,
        noise: rms(noise),
        truncation: rms(truncation),
        mismatch: rms(mismatch),
        total: rms(noise + bias),
    }
}

/// One reading of a point and what it counts in the slope, 1/V.
struct Weight {
    shot: usize,
    side: Side,
    level: f64,
    slope: f64,
}

/// The slope of the straight line through all readings of a point.
fn weights(trial: Trial, level: f64, config: &GradientConfig) -> Vec<Weight> {
    let offsets = pattern(trial.method, trial.delta_v, 0, config.dither);
    let mut weights: Vec<Weight> = offsets
        .iter()
        .enumerate()
        .flat_map(|(shot, it)| {
            let of =
                move |side, offset: f64| Weight { shot, side, level: level + offset, slope: 0.0 };
            let probe = it.probe.map(|offset| of(Side::Probe, offset));
            std::iter::once(of(Side::Base, it.base)).chain(probe)
        })
        .collect();
    let mean = weights.iter().map(|it| it.level).sum::<f64>() / weights.len() as f64;
    let spread: f64 = weights.iter().map(|it| (it.level - mean).powi(2)).sum();
    weights.iter_mut().for_each(|it| it.slope = (it.level - mean) / spread);
    weights
}

/// The variance of a slope from noise, and from what the gains walk between the shots of the point.
fn variance(weights: &[Weight], knowledge: &Knowledge, pair: &Pretend<'_>) -> f64 {
    let noise = &knowledge.noise;
    let shots = weights.last().map_or(0, |it| it.shot + 1);
    let (mut apart, mut together) = (vec![0.0; shots], vec![0.0; shots]);
    let mut variance = 0.0;
    for weight in weights {
        let current = pair.mean(weight.level).0;
        variance += (weight.slope * noise.private(current)).powi(2);
        together[weight.shot] += weight.slope * current;
        apart[weight.shot] += 0.5 * sign(weight.side) * weight.slope * current;
    }
    variance += together.iter().map(|it| (noise.common * it).powi(2)).sum::<f64>();
    // A step of a walk moves every later shot of the point.
    for first in 1..shots {
        let later = |of: &[f64]| of[first..].iter().sum::<f64>();
        variance += (noise.common_walk * later(&together)).powi(2);
        variance += (noise.private_walk * later(&apart)).powi(2);
    }
    variance
}

/// What a calibration leaves of the mismatch in a slope: its noise, what the gains have walked since,
/// and, where the probe's current is only scaled, what no scale removes.
fn stale(
    trial: Trial,
    level: f64,
    knowledge: &Knowledge,
    pair: &Pretend<'_>,
    config: &GradientConfig,
    residual: f64,
) -> f64 {
    let current = pair.mean(level).0;
    let noise = &knowledge.noise;
    let passes = config.calibration.passes.max(1) as f64;
    let mut made = (2.0 / passes).sqrt() * noise.private(current);
    if trial.method == Method::CalibratedPair {
        // The line rests on all levels of the calibration.
        made = (made / (config.calibration.levels.max(1) as f64).sqrt()).hypot(residual);
    }
    let age = config.calibration.refresh as f64 / 2.0;
    made.hypot(noise.private_walk * age.sqrt() * current) / trial.delta_v
}

/// What the best gain and offset leave of the mismatch, root mean square over the window, A.
pub(super) fn residual_of_line(pair: &Pretend<'_>, window: [f64; 2]) -> f64 {
    let at = |it: usize| window[0] + (window[1] - window[0]) * it as f64 / (LEVELS - 1) as f64;
    let currents: Vec<f64> = (0..LEVELS).map(|it| pair.current(Side::Base, at(it))).collect();
    let differences: Vec<f64> = (0..LEVELS).map(|it| pair.difference(at(it)).0).collect();
    let (slope, offset) = line(&currents, &differences);
    let left = currents.iter().zip(&differences).map(|(i, m)| (m - offset - slope * i).powi(2));
    (left.sum::<f64>() / LEVELS as f64).sqrt()
}
