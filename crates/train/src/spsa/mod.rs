//! Gradients from losses alone: no slope is measured, and none is carried backwards.

#[cfg(test)]
mod tests;
mod weights;

use serde::{Deserialize, Serialize};

use crate::ConfigError;

pub use self::weights::Spsa;
pub(crate) use self::weights::{add_scaled, signs_like};

/// How weights are perturbed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpsaConfig {
    /// What is added to and subtracted from each, above 0. The estimate's bias falls with its
    /// square, the noise of the devices in it rises as it falls.
    pub perturbation: f64,
    /// Perturbations whose estimates are averaged, at least 1; 1 when absent. Each costs two forward passes.
    #[serde(default = "one")]
    pub averages: usize,
}

fn one() -> usize {
    1
}

impl SpsaConfig {
    /// Refuses what cannot perturb.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        let SpsaConfig { perturbation, averages } = *self;
        if !(perturbation.is_finite() && perturbation > 0.0) {
            return Err(ConfigError {
                key: "training.rule.spsa.perturbation",
                found: perturbation.to_string(),
                accepted: "a number above 0",
            });
        }
        if !(1..=1_000_000).contains(&averages) {
            return Err(ConfigError {
                key: "training.rule.spsa.averages",
                found: averages.to_string(),
                accepted: "a whole number from 1 to 1000000",
            });
        }
        Ok(())
    }
}
