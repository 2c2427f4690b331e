//! How alike the two devices are, what that costs each estimator, and which to use.

mod parts;
mod recommend;
mod unlike;

use serde::Serialize;

pub use self::{
    recommend::{Discipline, Priced, Recommendation},
    unlike::Unlike,
};
use crate::{Codes, Curve, GradientConfig, GradientError, Memory, Uncertain, survey::Study};

/// The two devices compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Twins {
    /// What they differ by.
    pub unlike: Unlike,
    /// How both change from shot to shot.
    pub unsteady: Unsteady,
    /// What their past does.
    pub memory: Remembered,
    /// Every estimator, its step and its expected error, the least first, of those that take at most
    /// eight operations at a point.
    pub estimators: Vec<Priced>,
    /// The best for two operations at a point.
    pub at_two_operations: Option<Recommendation>,
    /// The best for at most four.
    pub at_four_operations: Option<Recommendation>,
}

/// How both devices change from shot to shot, the state left aside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Unsteady {
    /// Standard deviation of one reading without current, A.
    pub noise_floor_amperes: f64,
    /// Share of the current that is added to it in squares.
    pub noise_share_of_current: f64,
    /// What both readings of a shot have in common, as a share of the current.
    pub common_share_of_current: f64,
    /// Standard deviation of the walk of each device's gain, from one shot to the next.
    pub drift_of_each_per_shot: f64,
    /// The same of the gain that both share.
    pub common_drift_per_shot: f64,
    /// The same of the difference of the two gains.
    pub private_drift_per_shot: f64,
    /// Of each of the three, what it is less than, with 95 % of the likelihood.
    pub at_most_per_shot: AtMost,
    /// Whether a gain walks at all, together or apart, beyond two standard deviations.
    pub drift_seen: bool,
    /// Whether the two gains walk apart, beyond two standard deviations.
    pub private_drift_seen: bool,
}

/// Upper bounds of walks, for each shot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AtMost {
    /// Of each device's gain.
    pub drift_of_each: f64,
    /// Of the gain that both share.
    pub common_drift: f64,
    /// Of the difference of the two gains.
    pub private_drift: f64,
}

/// What the past of the devices does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Remembered {
    /// Mean |I_up − I_down| over the current's range.
    pub hysteresis_index: f64,
    /// The most that noise and drift make of it.
    pub explained_by_noise: f64,
    /// Whether there is more than that, or readings in a row creep.
    pub seen: bool,
    /// What the hysteresis beyond noise would add to the error of a slope, at the most, S.
    pub adds_siemens: f64,
    /// Whether it matters: it is far above noise, or would be more than a third of the error of the
    /// best estimator of four operations.
    pub counts: bool,
    /// Share of the state before a reading that is left after it.
    pub kept_share: Option<f64>,
}

/// Hysteresis that is so many times the most that noise makes of it counts, whatever the estimator.
const FAR: f64 = 2.0;
/// Part of an error that counts.
const PART: f64 = 1.0 / 3.0;

impl Remembered {
    /// Of a survey whose best estimator is expected to err by `rmse`, S.
    fn of(memory: &Memory, curve: &Curve, levels: &[f64], rmse: f64) -> Remembered {
        let seen = memory.is_seen();
        // Readings one level of the survey apart show half of the hysteresis; readings a step apart
        // in proportion to the step, which the slope is divided by.
        let spacing = (levels[levels.len() - 1] - levels[0]) / (levels.len() - 1) as f64;
        let beyond = (memory.hysteresis.powi(2) - memory.hysteresis_noise.powi(2)).max(0.0).sqrt();
        let adds = 0.5 * beyond * curve.range() / spacing;
        let far = memory.kept.is_some() || memory.hysteresis > FAR * memory.hysteresis_noise;
        Remembered {
            hysteresis_index: memory.hysteresis,
            explained_by_noise: memory.hysteresis_noise,
            seen,
            adds_siemens: adds,
            counts: seen && (far || adds > PART * adds.hypot(rmse)),
            kept_share: memory.kept,
        }
    }
}

impl Twins {
    /// Compares the two of a survey, for slopes at levels in `window`, V. Steps, calibrations and
    /// rests are those of `config`, whose method and repeats are not looked at.
    ///
    /// # Errors
    /// A window that the sources cannot reach.
    pub fn of(
        study: &Study,
        codes: &Codes,
        window: [f64; 2],
        config: &GradientConfig,
    ) -> Result<Twins, GradientError> {
        let Study { knowledge, drift, differences } = study;
        let noise = &knowledge.noise;
        let estimators = recommend::price(knowledge, codes, window, config)?;
        let least = recommend::least(&estimators, 4.0).map_or(f64::INFINITY, |it| it.rmse_siemens);
        let memory =
            Remembered::of(&knowledge.memory, &knowledge.curve, &differences.levels, least);
        let discipline = recommend::discipline(&memory, window, config);
        let at = |operations: f64| recommend::best(&estimators, operations, &discipline);
        let each = |common: f64, private: f64| common.hypot(private / 2.0);
        Ok(Twins {
            unlike: Unlike::of(study),
            unsteady: Unsteady {
                noise_floor_amperes: noise.floor,
                noise_share_of_current: noise.relative,
                common_share_of_current: noise.common,
                drift_of_each_per_shot: each(noise.common_walk, noise.private_walk),
                common_drift_per_shot: noise.common_walk,
                private_drift_per_shot: noise.private_walk,
                at_most_per_shot: AtMost {
                    drift_of_each: each(drift.common.at_most, drift.private.at_most),
                    common_drift: drift.common.at_most,
                    private_drift: drift.private.at_most,
                },
                drift_seen: drift.common.seen || drift.private.seen,
                private_drift_seen: drift.private.seen,
            },
            memory,
            at_two_operations: at(2.0),
            at_four_operations: at(4.0),
            estimators,
        })
    }
}

/// Whether a figure is further from a value than three of its uncertainties.
pub(crate) fn differs(figure: Uncertain, from: f64) -> bool {
    (figure.value - from).abs() > 3.0 * figure.uncertainty
}
