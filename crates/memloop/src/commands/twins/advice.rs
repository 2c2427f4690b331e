//! What is recommended, as a table for an experiment file, and what limits it.

use anyhow::Result;
use gradient::{
    GradientConfig, Knowledge, Method, Plan, Priced, Pulse, Step, Trial, Twins, expect,
};
use serde::Serialize;
use smu::units::Volts;

use super::survey::{Round, Surveyed};
use crate::{levels, table::percent};

/// Levels of the batch that costs are told of.
const LEVELS: usize = 101;
/// What is left of the noise when it is asked what the error would be without it. Without any, a
/// curve through all readings would follow each of them.
const QUIET: f64 = 0.1;
/// A cause without which this much of the error, or less, would be left is the one that limits.
const LIMITING: f64 = 0.9;

/// One recommendation.
#[derive(Clone, Serialize)]
pub(super) struct Advice {
    /// Its expected error is that of readings with the rest.
    pub(super) estimator: Priced,
    pub(super) rest: Option<Pulse>,
    /// Rests.
    pub(super) operations_beside_per_point: f64,
    /// Rests included.
    pub(super) instrument_seconds_per_point: f64,
    pub(super) limited_by: Limit,
    /// Expected RMSE over range if that were not there, where it can be told.
    pub(super) without_limit_rmse_over_range: Option<f64>,
    pub(super) why: String,
    /// A `[gradient]` table for an experiment file.
    pub(super) gradient_toml: String,
}

/// What keeps the error from being smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Limit {
    /// The scatter of single readings.
    Noise,
    /// Gains that wander.
    Drift,
    /// What the two differ by.
    Mismatch,
    /// How much the curve bends within a step, or within what is averaged over.
    Curvature,
    /// What is left of the past in spite of the rest.
    Memory,
}

/// Advises an estimator of the last survey.
///
/// # Errors
/// Its configuration means nothing, or leads outside a window.
pub(super) fn of(surveyed: &Surveyed, estimator: &Priced) -> Result<Advice> {
    let last = surveyed.last();
    let config = as_priced(last, estimator);
    config.check()?;
    let asked = levels::grid(surveyed.window.map(Volts), LEVELS);
    let plan = Plan::new(&asked, estimator.delta_v_volts, &config, &surveyed.codes)?;
    let points = plan.points.len() as f64;
    let (limited_by, without) = limit(surveyed, estimator, &config)?;
    Ok(Advice {
        estimator: *estimator,
        rest: config.rest,
        operations_beside_per_point: plan.cost.operations_of_discipline as f64 / points,
        instrument_seconds_per_point: plan.cost.seconds / points,
        limited_by,
        without_limit_rmse_over_range: without,
        why: why(estimator, limited_by, without, last),
        gradient_toml: table(surveyed, estimator, &config),
    })
}

fn as_priced(last: &Round, estimator: &Priced) -> GradientConfig {
    GradientConfig {
        method: estimator.method,
        delta_v: Step::Fixed(Volts(estimator.delta_v_volts)),
        repeats: estimator.repeats,
        ..last.config.clone()
    }
}

/// Why an estimator of the last survey is wrong by so much, as a clause.
///
/// # Errors
/// As [`of`].
pub(super) fn because(surveyed: &Surveyed, estimator: &Priced) -> Result<String> {
    let last = surveyed.last();
    let (limit, _) = limit(surveyed, estimator, &as_priced(last, estimator))?;
    let Twins { unlike, unsteady, .. } = &last.twins;
    Ok(match limit {
        Limit::Mismatch => {
            let mismatch = percent(unlike.mismatch_over_range);
            format!("because the two differ by {mismatch} of the current's range")
        }
        Limit::Drift => {
            let [each, apart] = [unsteady.drift_of_each_per_shot, unsteady.private_drift_per_shot];
            format!(
                "because their gains drift, each by {:.4} % from one reading to the next, the two apart by {:.4} %",
                100.0 * each,
                100.0 * apart
            )
        }
        Limit::Noise => "because of the noise of the readings".to_owned(),
        Limit::Curvature => "because the curve bends within a step".to_owned(),
        Limit::Memory => "because the two remember".to_owned(),
    })
}

/// The cause without which the error would be least.
fn limit(
    surveyed: &Surveyed,
    estimator: &Priced,
    config: &GradientConfig,
) -> Result<(Limit, Option<f64>)> {
    let Round { knowledge, twins, .. } = surveyed.last();
    let memory = twins.memory;
    if memory.counts
        && (memory.kept_share.is_some() || memory.adds_siemens > estimator.rmse_siemens)
    {
        return Ok((Limit::Memory, None));
    }
    let trial = Trial {
        method: estimator.method,
        delta_v: estimator.delta_v_volts,
        repeats: estimator.repeats,
    };
    let error = |knowledge: &Knowledge| {
        let outcome = expect(trial, knowledge, config, &surveyed.codes, surveyed.window)?;
        anyhow::Ok(outcome.rmse_over_range)
    };
    let all = error(knowledge)?;
    let mut left = Vec::new();
    for (limit, without) in [
        (Limit::Noise, without_noise(knowledge)),
        (Limit::Drift, without_drift(knowledge)),
        (Limit::Mismatch, without_mismatch(knowledge)),
    ] {
        left.push((limit, error(&without)?));
    }
    let least = left.into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let limiting = least.filter(|it| it.1 <= LIMITING * all);
    Ok(limiting.map_or((Limit::Curvature, None), |(limit, left)| (limit, Some(left))))
}

fn without_noise(knowledge: &Knowledge) -> Knowledge {
    let mut knowledge = knowledge.clone();
    let noise = &mut knowledge.noise;
    [&mut noise.floor, &mut noise.relative, &mut noise.common]
        .into_iter()
        .for_each(|it| *it *= QUIET);
    knowledge
}

fn without_drift(knowledge: &Knowledge) -> Knowledge {
    let mut knowledge = knowledge.clone();
    (knowledge.noise.private_walk, knowledge.noise.common_walk) = (0.0, 0.0);
    knowledge
}

fn without_mismatch(knowledge: &Knowledge) -> Knowledge {
    let mut knowledge = knowledge.clone();
    knowledge.mismatch.differences.fill(0.0);
    knowledge
}

fn why(estimator: &Priced, limit: Limit, without: Option<f64>, last: &Round) -> String {
    let less = without.map_or(String::new(), |it| format!(" (without it {})", percent(it)));
    let limit = match limit {
        Limit::Noise => format!("the noise of the readings limits{less}"),
        Limit::Drift => format!("the drift of the gains limits{less}"),
        Limit::Mismatch => format!("what the two differ by limits{less}"),
        Limit::Curvature => "the bend of the curve limits".to_owned(),
        Limit::Memory => "what is left of the past limits, and is not in this figure".to_owned(),
    };
    let mismatch = percent(last.twins.unlike.mismatch_over_range);
    let how = match estimator.method {
        Method::Forward => "the two are alike enough to be compared as they are".to_owned(),
        Method::Central => "the two are alike enough for a step to either side".to_owned(),
        Method::ChoppedForward | Method::ChoppedCentral | Method::Abba => {
            format!("the two change places at every point, so that their mismatch ({mismatch} of range) drops out")
        }
        Method::AlternatelyChopped => format!(
            "the two change places from point to point and one smooth curve through all readings tells the slopes \
             from their mismatch ({mismatch} of range)"
        ),
        Method::BaselineSubtracted => format!(
            "their mismatch ({mismatch} of range) is steady enough to be measured once in {} shots and subtracted",
            last.config.calibration.refresh
        ),
        Method::CalibratedPair => format!(
            "a gain and an offset, measured once in {} shots, explain their mismatch ({mismatch} of range)",
            last.config.calibration.refresh
        ),
        Method::OwnDevice => format!(
            "the base alone, one reading after the other: its drift is less than their mismatch ({mismatch} of range)"
        ),
        Method::LocalRegression => {
            "both at the same level, and the slope of one smooth curve through all readings: no mismatch, no step"
                .to_owned()
        }
        Method::SmallSignal => {
            "a sine on both, opposite, so that their mismatch and slow drift drop out".to_owned()
        }
        _ => "of all the least expected error".to_owned(),
    };
    format!("{}: {how}; {limit}.", estimator.method)
}

/// Only what is not as a `[gradient]` table has it by itself.
fn table(surveyed: &Surveyed, estimator: &Priced, config: &GradientConfig) -> String {
    let [low, high] = surveyed.window.map(Volts);
    let mut lines = vec![
        format!(
            "# Pair \"{}\", {low} to {high}: {:.0} operations at a point, expected RMSE {:.2} % of the slopes' range.",
            surveyed.pair,
            estimator.operations_per_point,
            100.0 * estimator.rmse_over_range
        ),
        "[gradient]".to_owned(),
        format!("method = \"{}\"", estimator.method),
        format!("delta_v = \"{}\"", Volts(estimator.delta_v_volts)),
    ];
    if config.repeats > 1 {
        lines.push(format!("repeats = {}", config.repeats));
    }
    if let Some(Pulse { level, readings }) = config.rest {
        lines.push(format!("rest = {{ level = \"{level}\", readings = {readings} }}"));
    }
    lines.join("\n")
}
