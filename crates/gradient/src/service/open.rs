//! Getting to know a pair before its first batch.

use super::{Service, State};
use crate::{
    Codes, Cost, Due, GradientConfig, GradientError, Pair, Plan, Shot, ShotReading, Step,
    step::{self, Choice},
    survey,
};

/// What was done to open a service, for the record.
#[derive(Clone, Debug)]
pub struct Opening {
    /// What the survey sent.
    pub shots: Vec<Shot>,
    /// What came back: one for each shot.
    pub rows: Vec<ShotReading>,
    /// What it cost.
    pub cost: Cost,
    /// How the step was chosen, where that was asked for.
    pub choice: Option<Choice>,
}

impl Service {
    /// Surveys a pair whose outputs are on, chooses the step where that is `auto`, and serves. `window`
    /// is that of the levels that will be asked, V.
    ///
    /// # Errors
    /// A configuration that means nothing; a level of `window`, or one that the configuration names,
    /// that leads out of a device's window: nothing was sent. A survey that teaches nothing; an
    /// instrument that fails.
    pub async fn open(
        mut pair: Pair,
        config: GradientConfig,
        window: [f64; 2],
    ) -> Result<(Service, Opening), GradientError> {
        config.check()?;
        let codes = pair.codes();
        check_levels(&config, window, &codes)?;
        let shots = survey::plan(&config, window, &codes)?;
        let cost = Cost::of(&shots, &codes);
        let rows = pair.shoot(&shots).await?;
        let knowledge = survey::learn(&shots, &rows)?;
        let choice = match config.delta_v {
            Step::Fixed(_) => None,
            Step::Auto => Some(step::choose(config.method, &knowledge, &codes, window, &config)),
        };
        let delta_v = choice.as_ref().map_or(least_step(&config, &codes), |it| it.delta_v);
        let mut state = State::new(knowledge, pair.monotonic());
        state.remember(&shots, &rows);
        let service = Service { pair, config, delta_v, state };
        Ok((service, Opening { shots, rows, cost, choice }))
    }
}

/// Refuses what the first batch at the ends of the window would be refused for.
fn check_levels(
    config: &GradientConfig,
    window: [f64; 2],
    codes: &Codes,
) -> Result<(), GradientError> {
    let due = Due {
        sentinel: config.sentinel.is_some(),
        calibration: config.method.is_calibrated().then_some(window),
    };
    Plan::after(due, &window, least_step(config, codes), config, codes).map(|_| ())
}

/// The step as asked; of an automatic one the least that any estimator can make.
fn least_step(config: &GradientConfig, codes: &Codes) -> f64 {
    match config.delta_v {
        Step::Fixed(step) => codes.base.round(step.0),
        Step::Auto => 2.0 * codes.base.resolution.max(codes.probe.resolution),
    }
}
