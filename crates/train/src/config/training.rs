use serde::{Deserialize, Serialize};

use super::accept::{above_zero, accept, checked_serde, count, not_negative};
use crate::{ConfigError, Loss, Optimiser, Schedule, SpsaConfig};

/// How the weights are found: the experiment's table `[training]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct TrainingConfig {
    /// Passes through the training rows, at least 1.
    pub epochs: usize,
    /// Rows of a mini-batch, at least 1; the last of an epoch may be smaller.
    pub batch: usize,
    /// What is minimised; cross-entropy when absent.
    #[serde(default)]
    pub loss: Loss,
    /// Where the gradient comes from; back-propagation when absent.
    #[serde(default)]
    pub rule: Rule,
    /// What makes steps of gradients; AdamW when absent.
    #[serde(default)]
    pub optimiser: Optimiser,
    /// μ of gradient descent (`sgd`), 0 or above and below 1; without effect on the others; 0.9 when
    /// absent.
    #[serde(default = "momentum")]
    pub momentum: f64,
    /// The step before the schedule, above 0.
    pub learning_rate: f64,
    /// How the learning rate falls; cosine when absent.
    #[serde(default)]
    pub schedule: Schedule,
    /// 0 or above, of weights, not of biases; what it does is the optimiser's.
    pub weight_decay: f64,
    /// λ of λ/2 · mean Σ excess², 1/V², 0 or above: the excess is what a pre-activation asks beyond
    /// the window, the sum runs over the neurons, the mean over the batch. Without effect on
    /// activations that have no [`Mapping`](crate::Mapping).
    pub range_penalty: f64,
    /// Training ends after so many epochs without a lower loss on the validation rows, and the
    /// weights of the lowest are kept; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
}

/// Where the gradient of the loss by the weights comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// The slopes that the forward pass returned, carried back.
    #[default]
    BackPropagation,
    /// Differences of the loss where all weights are moved at once, at random: no slope is used
    /// (Spall 1992).
    Spsa(SpsaConfig),
}

fn momentum() -> f64 {
    0.9
}

impl Rule {
    /// Forward passes that a step takes.
    pub fn passes(self) -> u64 {
        match self {
            Rule::BackPropagation => 1,
            Rule::Spsa(config) => 1 + 2 * config.averages as u64,
        }
    }
}

impl TrainingConfig {
    /// Refuses what cannot train.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        count("training.epochs", self.epochs)?;
        count("training.batch", self.batch)?;
        let (momentum, accepted) = (self.momentum, "0, or a number below 1");
        accept("training.momentum", momentum, (0.0..1.0).contains(&momentum), accepted)?;
        above_zero("training.learning_rate", self.learning_rate)?;
        self.schedule.check()?;
        not_negative("training.weight_decay", self.weight_decay)?;
        not_negative("training.range_penalty", self.range_penalty)?;
        if let Rule::Spsa(config) = self.rule {
            config.check()?;
        }
        let patience = self.patience.unwrap_or(1);
        accept("training.patience", patience, patience > 0, "a whole number of epochs from 1")
    }
}

checked_serde!(TrainingConfig);
