use serde::{Deserialize, Serialize};

use crate::{Network, TrainingConfig, adam::Adam};

/// What makes steps of gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimiser {
    /// Adam with decoupled decay.
    #[default]
    Adamw,
}

/// Its moments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimiserState(Adam<f32>);

impl OptimiserState {
    /// Before the first step.
    pub(crate) fn new(training: &TrainingConfig, network: &Network) -> OptimiserState {
        OptimiserState(Adam::new(network, training.weight_decay))
    }

    /// Moves `network` one step against `gradient`.
    pub(crate) fn step(&mut self, network: &mut Network, gradient: &Network, rate: f64) {
        self.0.step(network, gradient, rate);
    }
}
