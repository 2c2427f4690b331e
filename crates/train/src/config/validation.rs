use serde::{Deserialize, Serialize};

use super::accept::{MOST, accept, checked_serde, count};
use crate::ConfigError;

/// How the result is judged: the experiment's table `[validation]`.
///
/// With `folds`, every row is held out once; with `hold_out`, that share of every class; with
/// neither, the rows that the data set itself holds out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct ValidationConfig {
    /// Folds of a cross-validation, at least 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<usize>,
    /// The share of the rows that is held out instead, above 0 and below 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_out: Option<f64>,
    /// How often all of it is done, each time on fresh splits, at least 1.
    pub repeats: usize,
    /// Repeat r splits, initialises and shuffles by `seed + r` alone: ten repeats from 1000 are
    /// five from 1000 and five from 1005. At most 2⁶³ − 1, TOML's largest integer.
    pub seed: u64,
    /// The share of the training rows of every class that is set aside, evaluated after every epoch
    /// and never trained on: to choose by, or to stop by. 0 or above, and below 1; 0 when absent.
    #[serde(default)]
    pub validate: f64,
    /// Evaluate the held-out rows after every epoch, not only after the last. On devices this costs
    /// readings, and none of them trains anything.
    #[serde(default)]
    pub test_every_epoch: bool,
}

impl ValidationConfig {
    /// Refuses what cannot be judged by.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        if let Some(folds) = self.folds {
            let accepted = "a whole number from 2 to 1000000";
            accept("validation.folds", folds, (2..=MOST).contains(&folds), accepted)?;
            let found = "a share beside folds";
            let accepted = "either folds or hold_out";
            accept("validation.hold_out", found, self.hold_out.is_none(), accepted)?;
        }
        if let Some(share) = self.hold_out {
            let accepted = "a number above 0 and below 1";
            accept("validation.hold_out", share, share > 0.0 && share < 1.0, accepted)?;
        }
        let accepted = "0, or a number below 1";
        accept(
            "validation.validate",
            self.validate,
            (0.0..1.0).contains(&self.validate),
            accepted,
        )?;
        count("validation.repeats", self.repeats)?;
        let accepted = "a whole number from 0 to 9223372036854775807";
        accept("validation.seed", self.seed, i64::try_from(self.seed).is_ok(), accepted)
    }

    /// The seed that decides everything random of a repeat.
    pub fn seed_of(&self, repeat: usize) -> u64 {
        self.seed.wrapping_add(repeat as u64)
    }
}

checked_serde!(ValidationConfig);
