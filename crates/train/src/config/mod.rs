//! What an experiment says of network, training and validation.

use serde::{Deserialize, Serialize};

use crate::ConfigError;

mod accept;
mod network;
mod training;
mod validation;

pub use self::{
    network::{LayerKind, NetworkConfig, PairBinding},
    training::{Rule, TrainingConfig},
    validation::ValidationConfig,
};

/// The three tables together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The layers.
    pub network: NetworkConfig,
    /// How the weights are found.
    pub training: TrainingConfig,
    /// How the result is judged.
    pub validation: ValidationConfig,
}

impl Recipe {
    /// Refuses what no table may hold, and what two tables contradict each other in.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.network.check()?;
        self.training.check()?;
        self.validation.check()?;
        let stops = self.training.patience.is_some() && self.validation.validate == 0.0;
        accept::accept(
            "training.patience",
            "a number of epochs without [validation] validate",
            !stops,
            "patience only where validation.validate sets rows aside to stop by",
        )
    }
}
