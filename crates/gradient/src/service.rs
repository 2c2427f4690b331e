//! The gradient service: a pair, an estimator, and what is known so far.

use crate::{
    Calibration, Codes, Evidence, Gradient, GradientConfig, GradientError, Knowledge, Pair, Plan,
    ShotReading, Store,
};

/// Readings that a session keeps for the estimators that look back.
const STORED: usize = 100_000;

/// Measures currents and slopes with one pair.
#[derive(Debug)]
pub struct Service {
    pair: Pair,
    config: GradientConfig,
    /// V, a whole number of codes.
    delta_v: f64,
    knowledge: Knowledge,
    calibration: Option<Calibration>,
    store: Store,
}

/// One batch, measured.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What was asked and sent.
    pub plan: Plan,
    /// What came back: one for each shot.
    pub rows: Vec<ShotReading>,
    /// One for each point of the plan.
    pub gradients: Vec<Gradient>,
}

impl Batch {
    /// The answers, in the asked order.
    pub fn answers(&self) -> impl Iterator<Item = &Gradient> {
        self.plan.answers.iter().map(|it| &self.gradients[*it])
    }
}

impl Service {
    /// Serves with a pair of which something is known.
    pub fn new(pair: Pair, config: GradientConfig, delta_v: f64, knowledge: Knowledge) -> Service {
        let store = Store::new(STORED);
        Service { pair, config, delta_v, knowledge, calibration: None, store }
    }

    /// The pair.
    pub fn pair(&self) -> &Pair {
        &self.pair
    }

    /// The pair, to switch its outputs.
    pub fn pair_mut(&mut self) -> &mut Pair {
        &mut self.pair
    }

    /// What is known of it.
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// What a batch would measure, and cost; nothing is sent.
    ///
    /// # Errors
    /// A level outside a window, or a step below a code.
    pub fn plan(&self, levels: &[f64]) -> Result<Plan, GradientError> {
        Plan::new(levels, self.delta_v, &self.config, &self.pair.codes())
    }

    /// Measures currents and slopes at `levels`, any number of them.
    ///
    /// # Errors
    /// As [`Service::plan`]: nothing was sent. An instrument that fails.
    pub async fn measure(&mut self, levels: &[f64]) -> Result<Batch, GradientError> {
        let plan = self.plan(levels)?;
        let rows = self.pair.shoot(&plan.shots).await?;
        let gradients = self.config.method.estimate(Evidence {
            plan: &plan,
            rows: &rows,
            knowledge: &self.knowledge,
            calibration: self.calibration.as_ref(),
            store: &self.store,
            monotonic: self.pair.monotonic(),
        });
        self.store.add(&plan.shots, &rows);
        Ok(Batch { plan, rows, gradients })
    }
}

impl Pair {
    /// What plans must know of its instruments.
    pub fn codes(&self) -> Codes {
        Codes::of(self.duo())
    }
}
