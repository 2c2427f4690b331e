//! What an estimator is expected to be wrong by with this pair, whose truth nobody knows.
//!
//! The survey's smooth curves stand for the truth: the pair is simulated with the surveyed noise and
//! walks, the real plans and the real estimators run on those readings, and their slopes are compared
//! with the slopes of the same curves.

mod pretend;
mod random;

use serde::{Deserialize, Serialize};

pub(crate) use self::pretend::{Pretend, sign};
use self::random::Random;
use crate::{
    Calibration, Codes, Evidence, GradientConfig, GradientError, Knowledge, Method, Monotonic,
    Plan, Purpose, Shot, Store, method::pattern,
};

/// Levels of the simulated batch, equally spaced over the window.
const LEVELS: usize = 101;
/// Simulated batches.
const DRAWS: u64 = 12;
/// The generator's first seed.
const SEED: u64 = 0x6d65_6d6c_6f6f_7000;

/// An estimator as it would be used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The estimator.
    pub method: Method,
    /// Its step, V.
    pub delta_v: f64,
    /// Shots of each kind at every point.
    pub repeats: usize,
}

/// What a trial is expected to come to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Root mean square error of the slopes, S.
    pub rmse_siemens: f64,
    /// The same over the range of the true slopes.
    pub rmse_over_range: f64,
    /// Source-measure operations at every point, without calibrations and rests.
    pub operations_per_point: f64,
}

/// Expects the error of a trial in one sorted batch of 101 levels over `window`, V. The rest of
/// `config` is as given; its method, step and repeats are the trial's. The truth is that of the
/// device whose slope the method gives. The same arguments give the same figures.
///
/// # Errors
/// As [`Plan::new`]. A level whose step does not fit the sources' windows is not asked.
pub fn expect(
    trial: Trial,
    knowledge: &Knowledge,
    config: &GradientConfig,
    codes: &Codes,
    window: [f64; 2],
) -> Result<Outcome, GradientError> {
    let config = GradientConfig {
        method: trial.method,
        repeats: trial.repeats,
        sentinel: None,
        check_state: false,
        ..config.clone()
    };
    let levels = levels(window, trial, &config, codes);
    let plan = Plan::new(&levels, trial.delta_v, &config, codes)?;
    let pair = Pretend::new(knowledge);
    let truths: Vec<f64> =
        plan.points.iter().map(|it| pair.slope(trial.method.device(), it.level)).collect();
    let (mut squares, mut count) = (0.0, 0.0);
    for draw in 0..DRAWS {
        let mut random = Random::new(SEED + draw);
        let calibration = trial
            .method
            .is_calibrated()
            .then(|| calibrate(&pair, knowledge, &config, window, draw, &mut random))
            .flatten();
        let rows = pair.read(&plan.shots, &mut random);
        let gradients = trial.method.estimate(Evidence {
            plan: &plan,
            rows: &rows,
            knowledge,
            calibration: calibration.as_ref(),
            store: &Store::new(0),
            monotonic: Monotonic::Unknown,
        });
        for (gradient, truth) in gradients.iter().zip(&truths) {
            if let Ok(didv) = gradient.didv {
                squares += (didv.value - truth).powi(2);
                count += 1.0;
            }
        }
    }
    let rmse = if count > 0.0 { (squares / count).sqrt() } else { f64::INFINITY };
    let range = truths.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        - truths.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(Outcome {
        rmse_siemens: rmse,
        rmse_over_range: rmse / range,
        operations_per_point: plan.cost.operations_of_points as f64 / plan.points.len() as f64,
    })
}

/// The levels between which an estimator's shots fit the sources' windows.
pub(crate) fn reachable(
    window: [f64; 2],
    trial: Trial,
    config: &GradientConfig,
    codes: &Codes,
) -> [f64; 2] {
    let mut reachable = window;
    for rank in 0..2 {
        for offsets in pattern(trial.method, trial.delta_v, rank, config.dither) {
            let sent = [(Some(offsets.base), &codes.base), (offsets.probe, &codes.probe)];
            for (offset, source) in sent {
                let Some(offset) = offset else { continue };
                // A code is left for rounding where a level is moved at all.
                let spare = if offset == 0.0 { 0.0 } else { source.resolution };
                reachable[0] = reachable[0].max(source.window[0] - offset + spare);
                reachable[1] = reachable[1].min(source.window[1] - offset - spare);
            }
        }
    }
    reachable
}

fn levels(window: [f64; 2], trial: Trial, config: &GradientConfig, codes: &Codes) -> Vec<f64> {
    let [low, high] = reachable(window, trial, config, codes);
    let at = |it: usize| low + (high - low) * it as f64 / (LEVELS - 1) as f64;
    (0..LEVELS).map(at).collect()
}

/// A calibration as it would come out, half as old as it may become.
fn calibrate(
    pair: &Pretend<'_>,
    knowledge: &Knowledge,
    config: &GradientConfig,
    window: [f64; 2],
    draw: u64,
    random: &mut Random,
) -> Option<Calibration> {
    let curve = &knowledge.curve;
    let (first, last) = (curve.levels[0], curve.levels[curve.levels.len() - 1]);
    let margin = 0.05 * (window[1] - window[0]);
    let (low, high) = ((window[0] - margin).max(first), (window[1] + margin).min(last));
    let count = config.calibration.levels.max(Calibration::LEAST_LEVELS);
    let at = |it: usize| low + (high - low) * it as f64 / (count - 1) as f64;
    let pass = (0..count).map(|it| Shot {
        base: at(it),
        probe: Some(at(it)),
        purpose: Purpose::Calibration,
    });
    let pass: Vec<Shot> = pass.collect();
    let shots = pass.repeat(config.calibration.passes.max(1));
    let mut rows = pair.read(&shots, random);
    let age = config.calibration.refresh as f64 / 2.0;
    // One standard deviation either way in turn: few draws of one number would scatter too much.
    let way = if draw.is_multiple_of(2) { 1.0 } else { -1.0 };
    let aged = 1.0 + way * knowledge.noise.private_walk * age.sqrt();
    let probes = rows.iter_mut().filter_map(|it| it.probe.as_mut()?.current.as_mut());
    probes.for_each(|it| *it *= aged);
    Calibration::learn(&shots, &rows, &knowledge.noise, 0)
}

/// Slope and offset of the straight line of y over x.
pub(crate) fn line(x: &[f64], y: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let spread: f64 = x.iter().map(|it| (it - mean_x).powi(2)).sum();
    let shared: f64 = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let slope = if spread > 0.0 { shared / spread } else { 0.0 };
    (slope, mean_y - slope * mean_x)
}
