//! Getting to know a pair before its first batch.

use super::{Service, State};
use crate::{
    Codes, Cost, Due, GradientConfig, GradientError, Knowledge, Monotonic, Pair, Plan, Shot,
    ShotReading, Step,
    step::{self, Choice},
    survey,
};

/// A survey and what follows from it.
#[derive(Clone, Debug)]
pub struct Opening {
    /// What was sent.
    pub shots: Vec<Shot>,
    /// What came back: one for each shot.
    pub rows: Vec<ShotReading>,
    /// What it cost.
    pub cost: Cost,
    /// What was learnt.
    pub knowledge: Knowledge,
    /// The step that slopes are measured with, V.
    pub delta_v: f64,
    /// How it was chosen, where that was asked for.
    pub choice: Option<Choice>,
}

impl Opening {
    /// Surveys a pair whose outputs are on, and chooses the step where that is `auto`. `window` is that
    /// of the levels that will be asked, V.
    ///
    /// # Errors
    /// A configuration that means nothing; a level of `window`, or one that the configuration names,
    /// that leads out of a device's window: nothing was sent. A survey that teaches nothing; an
    /// instrument that fails.
    pub async fn survey(
        pair: &mut Pair,
        config: &GradientConfig,
        window: [f64; 2],
    ) -> Result<Opening, GradientError> {
        config.check()?;
        let codes = pair.codes();
        let least = match config.delta_v {
            Step::Fixed(step) => codes.base.round(step.0),
            // What any estimator can make.
            Step::Auto => 2.0 * codes.base.resolution.max(codes.probe.resolution),
        };
        check_levels(config, window, least, &codes)?;
        let shots = survey::plan(config, window, &codes)?;
        let cost = Cost::of(&shots, &codes);
        let rows = pair.shoot(&shots).await?;
        let knowledge = survey::learn(&shots, &rows)?;
        let choice = match config.delta_v {
            Step::Fixed(_) => None,
            Step::Auto => Some(step::choose(config.method, &knowledge, &codes, window, config)),
        };
        let delta_v = choice.as_ref().map_or(least, |it| it.delta_v);
        Ok(Opening { shots, rows, cost, knowledge, delta_v, choice })
    }

    /// What is known before the first batch.
    pub fn state(&self, monotonic: Monotonic) -> State {
        let mut state = State::new(self.knowledge.clone(), monotonic);
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

    /// Surveys a pair whose outputs are on, and serves with it.
    ///
    /// # Errors
    /// As [`Opening::survey`]. The pair is gone then, so its outputs are switched off; who wants to keep
    /// it surveys it first, and has [`Service::opened`] serve.
    pub async fn open(
        mut pair: Pair,
        config: GradientConfig,
        window: [f64; 2],
    ) -> Result<(Service, Opening), GradientError> {
        match Opening::survey(&mut pair, &config, window).await {
            Ok(opening) => Ok((Service::opened(pair, config, &opening), opening)),
            Err(error) => {
                // An instrument that fails at this too has been tried; what came first is the news.
                let _ = pair.output_off().await;
                Err(error)
            }
        }
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
