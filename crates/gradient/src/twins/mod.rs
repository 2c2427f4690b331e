//! How alike the two devices are, what that costs each estimator, and which to use.

mod recommend;
mod unlike;

use serde::Serialize;

pub use self::{
    recommend::{Discipline, Priced, Recommendation},
    unlike::Unlike,
};
use crate::{Codes, GradientConfig, GradientError, Knowledge, Uncertain};

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
}

/// What the past of the devices does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Remembered {
    /// Mean |I_up − I_down| over the current's range.
    pub hysteresis_index: f64,
    /// What noise and drift explain of it.
    pub explained_by_noise: f64,
    /// Whether there is more than that.
    pub seen: bool,
    /// Share of the last state that the next reading still shows.
    pub kept_share: Option<f64>,
}

impl Twins {
    /// Compares the two of a survey, for slopes at levels in `window`, V. Steps, calibrations and
    /// rests are those of `config`, whose method and repeats are not looked at.
    ///
    /// # Errors
    /// A window that the sources cannot reach.
    pub fn of(
        knowledge: &Knowledge,
        codes: &Codes,
        window: [f64; 2],
        config: &GradientConfig,
    ) -> Result<Twins, GradientError> {
        let (noise, memory) = (&knowledge.noise, &knowledge.memory);
        let estimators = recommend::price(knowledge, codes, window, config)?;
        let discipline = recommend::discipline(memory, window, config);
        let at = |operations: f64| recommend::best(&estimators, operations, &discipline);
        Ok(Twins {
            unlike: Unlike::of(knowledge),
            unsteady: Unsteady {
                noise_floor_amperes: noise.floor,
                noise_share_of_current: noise.relative,
                common_share_of_current: noise.common,
                drift_of_each_per_shot: noise.common_walk.hypot(noise.private_walk / 2.0),
                common_drift_per_shot: noise.common_walk,
                private_drift_per_shot: noise.private_walk,
            },
            memory: Remembered {
                hysteresis_index: memory.hysteresis,
                explained_by_noise: memory.hysteresis_noise,
                seen: memory.is_seen(),
                kept_share: memory.kept,
            },
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
