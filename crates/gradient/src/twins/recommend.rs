//! The price of each estimator, and the best for a number of operations.

use serde::Serialize;
use smu::units::Volts;

use crate::{
    Codes, DecidedBy, GradientConfig, GradientError, Knowledge, Method, Pulse, Remembered, Trial,
    expect, step::choose,
};

/// Operations at a point that are compared.
const BUDGETS: [usize; 3] = [2, 4, 8];
/// Share of the last state that may be left after a rest.
const FORGOTTEN: f64 = 0.01;
/// The longest rest that is recommended, readings.
const LONGEST: usize = 20;

/// One estimator with its best step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Priced {
    /// The estimator.
    pub method: Method,
    /// Shots of each kind at every point.
    pub repeats: usize,
    /// Source-measure operations at every point.
    pub operations_per_point: f64,
    /// Its step, V.
    pub delta_v_volts: f64,
    /// What decided on the step.
    pub decided_by: DecidedBy,
    /// Expected error of its slopes, S.
    pub rmse_siemens: f64,
    /// The same over the range of the slopes.
    pub rmse_over_range: f64,
}

/// What to do about memory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Discipline {
    /// Before every reading that counts; none where the devices do not remember.
    pub rest: Option<Pulse>,
}

/// The best estimator for some operations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Recommendation {
    /// The estimator with its step and its expected error: that of the devices as they are read with
    /// the discipline.
    pub estimator: Priced,
    /// What to do about memory.
    pub discipline: Discipline,
}

/// Every estimator at every number of operations that it can use, the least error first.
pub(super) fn price(
    knowledge: &Knowledge,
    codes: &Codes,
    window: [f64; 2],
    config: &GradientConfig,
) -> Result<Vec<Priced>, GradientError> {
    let (mut priced, mut refused) = (Vec::new(), None);
    for method in Method::ALL {
        let once = operations(method, config);
        for budget in BUDGETS.into_iter().filter(|it| it.is_multiple_of(once)) {
            let repeats = budget / once;
            let config = GradientConfig { method, repeats, ..config.clone() };
            let choice = choose(method, knowledge, codes, window, &config);
            let trial = Trial { method, delta_v: choice.delta_v, repeats };
            // A method that the configuration does not allow has no price.
            let outcome = match expect(trial, knowledge, &config, codes, window) {
                Ok(outcome) => outcome,
                Err(error) => {
                    refused = Some(error);
                    continue;
                }
            };
            priced.push(Priced {
                method,
                repeats,
                operations_per_point: outcome.operations_per_point,
                delta_v_volts: choice.delta_v,
                decided_by: choice.decided_by,
                rmse_siemens: outcome.rmse_siemens,
                rmse_over_range: outcome.rmse_over_range,
            });
        }
    }
    if let (true, Some(error)) = (priced.is_empty(), refused) {
        return Err(error);
    }
    priced.retain(|it: &Priced| it.rmse_siemens.is_finite());
    priced.sort_by(|a, b| a.rmse_siemens.total_cmp(&b.rmse_siemens));
    Ok(priced)
}

/// Operations of one shot of each kind.
fn operations(method: Method, config: &GradientConfig) -> usize {
    let offsets = crate::method::pattern(method, 1.0, 0, config.dither);
    offsets.iter().map(|it| 1 + usize::from(it.probe.is_some())).sum()
}

/// The least error of those that take no more operations.
pub(super) fn least(priced: &[Priced], operations: f64) -> Option<&Priced> {
    let affordable = priced.iter().filter(|it| it.operations_per_point <= operations);
    affordable.min_by(|a, b| a.rmse_siemens.total_cmp(&b.rmse_siemens))
}

/// That with what to do about memory.
pub(super) fn best(
    priced: &[Priced],
    operations: f64,
    discipline: &Discipline,
) -> Option<Recommendation> {
    let estimator = *least(priced, operations)?;
    Some(Recommendation { estimator, discipline: *discipline })
}

/// Rests long enough to forget, or the longest; where the survey was made with a rest and memory still
/// counts, longer ones.
pub(super) fn discipline(
    memory: &Remembered,
    window: [f64; 2],
    config: &GradientConfig,
) -> Discipline {
    if !memory.counts {
        return Discipline { rest: config.rest };
    }
    let resting = Volts(0.0_f64.clamp(window[0], window[1]));
    let level = config.rest.map_or(resting, |it| it.level);
    let already = config.rest.map_or(0, |it| it.readings);
    // What is kept is what the readings of the survey, with their rests, still showed.
    let rests = memory
        .kept_share
        .map_or(1.0, |kept| (FORGOTTEN.ln() / kept.clamp(FORGOTTEN, 0.999).ln()).ceil().max(1.0));
    let readings = (rests * (already + 1) as f64) as usize - already;
    Discipline { rest: Some(Pulse { level, readings: readings.clamp(1, LONGEST) }) }
}
