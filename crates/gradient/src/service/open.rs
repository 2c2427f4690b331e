//! Getting to know a pair before its first batch.

use serde::{Deserialize, Serialize};

use super::{Service, State};
use crate::{
    Codes, Cost, Due, GradientConfig, GradientError, Knowledge, Monotonic, Pair, Plan, Shot,
    ShotReading, Step,
    step::{self, Choice},
    survey,
};

/// A survey and what follows from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opening {
    /// What was sent.
    pub shots: Vec<Shot>,
    /// What came back: one for each shot.
    pub rows: Vec<ShotReading>,
    /// What it cost.
    pub cost: Cost,
    /// The lowest and the highest level that will be asked, V.
    pub window: [f64; 2],
    /// What was learnt.
    pub knowledge: Knowledge,
    /// The step that slopes are measured with, V.
    pub delta_v: f64,
    /// How it was chosen, where that was asked for.
    pub choice: Option<Choice>,
}

impl Opening {
    /// The shots of the survey, and with them whether slopes can be measured at the ends of `window`,
    /// that of the levels that will be asked, V.
    ///
    /// # Errors
    /// A configuration that means nothing; a level of `window`, or one that the configuration names,
    /// that leads out of a device's window; a step below a code.
    pub fn plan(
        config: &GradientConfig,
        window: [f64; 2],
        codes: &Codes,
    ) -> Result<Vec<Shot>, GradientError> {
        config.check()?;
        let step = match config.delta_v {
            Step::Fixed(step) => step.0,
            // What any estimator can make. A step that is chosen fits; where none fits there is
            // nothing to choose.
            Step::Auto => 2.0 * codes.base.resolution.max(codes.probe.resolution),
        };
        check_levels(config, window, step, codes)?;
        survey::plan(config, window, codes)
    }

    /// Learns from the shots of [`Opening::plan`] and what [`Pair::shoot`] made of them, and chooses
    /// the step where that is `auto`. Without instruments: recorded rows teach the same again.
    ///
    /// # Errors
    /// A survey that teaches nothing: rows of another number, or too few that are sound.
    pub fn learn(
        shots: Vec<Shot>,
        rows: Vec<ShotReading>,
        config: &GradientConfig,
        window: [f64; 2],
        codes: &Codes,
    ) -> Result<Opening, GradientError> {
        let knowledge = survey::learn(&shots, &rows)?;
        let (delta_v, choice) = match config.delta_v {
            Step::Fixed(step) => (codes.base.round(step.0), None),
            Step::Auto => {
                let choice = step::choose(config.method, &knowledge, codes, window, config);
                (choice.delta_v, Some(choice))
            }
        };
        let cost = Cost::of(&shots, codes);
        Ok(Opening { shots, rows, cost, window, knowledge, delta_v, choice })
    }

    /// What is known before the first batch.
    pub fn state(&self, monotonic: Monotonic) -> State {
        let mut state = State::new(self.knowledge.clone(), monotonic).within(self.window);
        state.remember(&self.shots, &self.rows);
        state
    }
}

impl Service {
    /// Serves with a pair that was surveyed.
    pub fn opened(pair: Pair, config: GradientConfig, opening: &Opening) -> Service {
        let state = opening.state(pair.monotonic());
        Service { pair, config, delta_v: opening.delta_v, state }
    }
}

/// Refuses what the first batch at the ends of the window would be refused for.
fn check_levels(
    config: &GradientConfig,
    window: [f64; 2],
    delta_v: f64,
    codes: &Codes,
) -> Result<(), GradientError> {
    let due = Due {
        sentinel: config.sentinel.is_some(),
        calibration: config.method.is_calibrated().then_some(window),
    };
    Plan::after(due, &window, delta_v, config, codes).map(|_| ())
}
