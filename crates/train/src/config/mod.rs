//! What an experiment says of network, training and validation.

use serde::{Deserialize, Serialize};

use crate::{ConfigError, DataSet, Network, Scale, TrainError};

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
    /// What every fold begins with, in place of drawn weights and a fitted scaling.
    #[serde(skip)]
    pub start: Option<Start>,
}

/// What was learned elsewhere, to go on learning from.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// From the features to the scores.
    pub network: Network,
    /// Of the features that it was trained on.
    pub scale: Scale,
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

    /// Features, hidden neurons, classes: as many of each as layers need.
    pub(crate) fn widths(&self, data: &DataSet) -> Vec<usize> {
        let (features, classes) = (data.features.ncols(), data.class_names.len());
        let hidden = self.network.hidden.iter().copied();
        [features].into_iter().chain(hidden).chain([classes]).collect()
    }

    /// Refuses a start of another shape than the network has on `data`.
    pub(crate) fn fits(&self, data: &DataSet) -> Result<(), TrainError> {
        let Some(Start { network, .. }) = &self.start else { return Ok(()) };
        let (expected, found) = (self.widths(data), network.widths());
        if found == expected { Ok(()) } else { Err(TrainError::StartShape { expected, found }) }
    }
}
