//! The step that makes the least error of what a survey found.
//!
//! Noise falls with the step as 1/δV, truncation grows as δV·I″/2 (forward) or δV²·I‴/24 (central),
//! and what is left of the mismatch falls as 1/δV. Their sum is least at (4(m² + 2σ²)/I″²)^¼ for a
//! forward pair, at (24σ/|I‴|)^⅓ for a central pair without mismatch and at (12√2·σ/|I‴|)^⅓ for a
//! chopped one. Over a window no closed form holds, so the sum is taken with the surveyed curves
//! themselves, at many steps, and the least is chosen.

use serde::{Deserialize, Serialize};
use smu::Side;

use crate::{
    Codes, Device, GradientConfig, Knowledge, Method,
    expect::{Pretend, Trial, line, reachable, sign},
    method::pattern,
    survey::WIDEST,
};

/// The least step, codes: below it the sources' own errors between codes count.
const LEAST_CODES: f64 = 8.0;
/// Steps that are compared.
const STEPS: usize = 40;
/// Levels that the error is averaged over.
const LEVELS: usize = 81;
/// Step of the estimators that draw a curve through all readings, as a share of the window: between
/// half and twice of it their error hardly changes, whatever the device.
const OF_CURVES: f64 = 0.05;

/// A step and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// V, a whole number of codes of both sources.
    pub delta_v: f64,
    /// What kept it from being smaller or larger.
    pub decided_by: DecidedBy,
    /// The expected error against the step, for a plot: rising steps. Empty where the step is a share
    /// of the window.
    pub curve: Vec<Expected>,
}

/// What decided on a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DecidedBy {
    /// The least error: noise and mismatch against truncation.
    LeastError,
    /// A smaller step would do better, and the sources' codes do not allow it.
    SmallestStep,
    /// A larger step would do better: the survey sees no curvature that speaks against the widest,
    /// which is a tenth of the window.
    WidestStep,
    /// A larger step would do better, and does not fit between the asked levels and the ends of the
    /// sources' windows.
    SourceWindow,
    /// A fixed share of the window: the estimator's error hardly depends on its step.
    ShareOfWindow,
}

/// The root mean square, over the window, of what a slope is expected to be wrong by. S.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// V.
    pub delta_v: f64,
    /// Of the noise of readings.
    pub noise: f64,
    /// Of the curve's curvature.
    pub truncation: f64,
    /// Of the mismatch of the two, after what the estimator does against it.
    pub mismatch: f64,
    /// Of all: truncation and mismatch with their signs, and the noise in squares.
    pub total: f64,
}

/// Chooses the step of `method` for slopes at levels in `window`, V. It is at least 8 codes, at most a
/// tenth of the window, an even number of codes of the coarser source, and fits between the window's
/// ends and the sources' windows where those leave room for 8 codes.
pub fn choose(
    method: Method,
    knowledge: &Knowledge,
    codes: &Codes,
    window: [f64; 2],
    config: &GradientConfig,
) -> Choice {
    let code = codes.base.resolution.max(codes.probe.resolution);
    let least = LEAST_CODES * code;
    let span = window[1] - window[0];
    let room = room(method, codes, window, config);
    let (most, bound) = match WIDEST * span {
        widest if (least..widest).contains(&room) => (room, DecidedBy::SourceWindow),
        widest => (widest.max(least), DecidedBy::WidestStep),
    };
    if matches!(method, Method::AlternatelyChopped | Method::LocalRegression) {
        let delta_v = even((OF_CURVES * span).clamp(least, most), code, most);
        return Choice { delta_v, decided_by: DecidedBy::ShareOfWindow, curve: Vec::new() };
    }
    let pair = Pretend::new(knowledge);
    let residual = residual_of_line(&pair, window);
    let at = |step: usize| least * (most / least).powf(step as f64 / (STEPS - 1) as f64);
    let errors = |delta_v: f64| {
        let trial = Trial { method, delta_v, repeats: config.repeats };
        errors(trial, knowledge, &pair, config, reachable(window, trial, config, codes), residual)
    };
    let curve: Vec<Expected> = (0..STEPS).map(|it| errors(at(it))).collect();
    let best = curve.iter().enumerate().min_by(|a, b| a.1.total.total_cmp(&b.1.total));
    let place = best.map_or(0, |it| it.0);
    let decided_by = match place {
        0 => DecidedBy::SmallestStep,
        place if place + 1 == STEPS => bound,
        _ => DecidedBy::LeastError,
    };
    Choice { delta_v: even(curve[place].delta_v, code, most), decided_by, curve }
}

/// An even number of codes: half of it is sent too.
fn even(delta_v: f64, code: f64, most: f64) -> f64 {
    let per_volt = (1.0 / code).round();
    let pairs = (delta_v * per_volt / 2.0).round();
    let fits = (most * per_volt / 2.0 + 1e-6).floor().max(LEAST_CODES / 2.0);
    2.0 * pairs.clamp(LEAST_CODES / 2.0, fits) / per_volt
}

/// The largest step with which both ends of the window can be asked, V.
fn room(method: Method, codes: &Codes, window: [f64; 2], config: &GradientConfig) -> f64 {
    let mut room = f64::INFINITY;
    let offsets = (0..2).flat_map(|rank| pattern(method, 1.0, rank, config.dither));
    for offsets in offsets {
        let sent = [(Some(offsets.base), &codes.base), (offsets.probe, &codes.probe)];
        for (offset, source) in sent {
            let offset = offset.unwrap_or(0.0);
            if offset > 0.0 {
                room = room.min((source.window[1] - window[1]) / offset);
            } else if offset < 0.0 {
                room = room.min((window[0] - source.window[0]) / -offset);
            }
        }
    }
    room
}

fn errors(
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
fn residual_of_line(pair: &Pretend<'_>, window: [f64; 2]) -> f64 {
    let at = |it: usize| window[0] + (window[1] - window[0]) * it as f64 / (LEVELS - 1) as f64;
    let currents: Vec<f64> = (0..LEVELS).map(|it| pair.current(Side::Base, at(it))).collect();
    let differences: Vec<f64> = (0..LEVELS).map(|it| pair.difference(at(it)).0).collect();
    let (slope, offset) = line(&currents, &differences);
    let left = currents.iter().zip(&differences).map(|(i, m)| (m - offset - slope * i).powi(2));
    (left.sum::<f64>() / LEVELS as f64).sqrt()
}
