//! The gradient service: a pair, an estimator, and what is known so far.

mod note;
mod open;
mod state;

pub use self::{
    note::{Because, Note, Watched},
    open::Opening,
    state::{Batch, State},
};
use crate::{Codes, GradientConfig, GradientError, Knowledge, Pair, Plan};

/// Measures currents and slopes with one pair.
#[derive(Debug)]
pub struct Service {
    pair: Pair,
    config: GradientConfig,
    /// V, a whole number of codes.
    delta_v: f64,
    state: State,
}

impl Service {
    /// Serves with a pair of which something is known.
    ///
    /// # Errors
    /// A configuration that means nothing ([`GradientConfig::check`]).
    pub fn new(
        pair: Pair,
        config: GradientConfig,
        delta_v: f64,
        knowledge: Knowledge,
    ) -> Result<Service, GradientError> {
        config.check()?;
        let state = State::new(knowledge, pair.monotonic());
        Ok(Service { pair, config, delta_v, state })
    }

    /// The pair.
    pub fn pair(&self) -> &Pair {
        &self.pair
    }

    /// The pair, to switch its outputs.
    pub fn pair_mut(&mut self) -> &mut Pair {
        &mut self.pair
    }

    /// How it measures.
    pub fn config(&self) -> &GradientConfig {
        &self.config
    }

    /// The step that it makes, V.
    pub fn delta_v(&self) -> f64 {
        self.delta_v
    }

    /// What is known of the pair.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What was known of it before the first batch.
    pub fn knowledge(&self) -> &Knowledge {
        self.state.knowledge()
    }

    /// What the next batch would measure if it asked these levels, and cost; nothing is sent.
    ///
    /// # Errors
    /// A level outside a window, or a step below a code.
    pub fn plan(&self, levels: &[f64]) -> Result<Plan, GradientError> {
        let due = self.state.due(&self.config);
        Plan::after(due, levels, self.delta_v, &self.config, &self.pair.codes())
    }

    /// Measures currents and slopes at `levels`, any number of them.
    ///
    /// # Errors
    /// As [`Service::plan`]: nothing was sent. An instrument that fails: nothing is learnt, and what
    /// was due stays due.
    pub async fn measure(&mut self, levels: &[f64]) -> Result<Batch, GradientError> {
        let plan = self.plan(levels)?;
        let rows = self.pair.shoot(&plan.shots).await?;
        self.state.evaluate(plan, rows, &self.config)
    }
}

impl Pair {
    /// What plans must know of its instruments.
    pub fn codes(&self) -> Codes {
        Codes::of(self.duo())
    }
}
