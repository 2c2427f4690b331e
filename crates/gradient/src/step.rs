//! The step that makes the least error of what a survey found.
//!
//! Noise falls with the step as 1/δV, truncation grows as δV·I″/2 (forward) or δV²·I‴/24 (central),
//! and what is left of the mismatch falls as 1/δV. Their sum is least at (4(m² + 2σ²)/I″²)^¼ for a
//! forward pair, at (24σ/|I‴|)^⅓ for a central pair without mismatch and at (12√2·σ/|I‴|)^⅓ for a
//! chopped one. Over a window no closed form holds, so the sum is taken with the surveyed curves
//! themselves, at many steps, and the least is chosen.

mod errors;

use serde::{Deserialize, Serialize};

use self::errors::{errors, residual_of_line};
use crate::{
    Codes, GradientConfig, Knowledge, Method,
    expect::{Pretend, Trial, reachable},
    method::pattern,
    survey::WIDEST,
};

/// The least step, codes: below it the sources' own errors between codes count.
const LEAST_CODES: f64 = 8.0;
/// Steps that are compared.
const STEPS: usize = 40;
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
        widest if (least..widest - code / 2.0).contains(&room) => (room, DecidedBy::SourceWindow),
        widest => (widest.max(least), DecidedBy::WidestStep),
    };
    if matches!(method, Method::AlternatelyChopped | Method::LocalRegression) {
        let delta_v = even((OF_CURVES * span).clamp(least, most), code, most);
        return Choice { delta_v, decided_by: DecidedBy::ShareOfWindow, curve: Vec::new() };
    }
    let pair = Pretend::new(knowledge);
    let residual = residual_of_line(&pair, window);
    let at = |step: usize| least * (most / least).powf(step as f64 / (STEPS - 1) as f64);
    let at_step = |delta_v: f64| {
        let trial = Trial { method, delta_v, repeats: config.repeats };
        errors(trial, knowledge, &pair, config, reachable(window, trial, config, codes), residual)
    };
    let curve: Vec<Expected> = (0..STEPS).map(|it| at_step(at(it))).collect();
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
