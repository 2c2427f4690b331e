use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{ConfigError, Schedule};

/// The layers: the experiment's table `[network]`.
///
/// Deserialising refuses unknown keys and values outside what [`check`](NetworkConfig::check)
/// accepts; so do the other tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct NetworkConfig {
    /// Neurons of the hidden layer, at least 1.
    pub hidden: usize,
    /// Weights begin uniform within ± this many times √(6 / (inputs + outputs)) (Xavier), biases at
    /// zero. Above 0.
    pub init_scale: f64,
}

/// How the weights are found: the experiment's table `[training]`. The optimiser is Adam
/// (β₁ = 0.9, β₂ = 0.999, ε = 1e-8).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct TrainingConfig {
    /// Passes through the training rows, at least 1.
    pub epochs: usize,
    /// Rows of a mini-batch, at least 1; the last of an epoch may be smaller.
    pub batch: usize,
    /// Adam's step before the schedule, above 0.
    pub learning_rate: f64,
    /// How the learning rate falls; cosine when absent.
    #[serde(default)]
    pub schedule: Schedule,
    /// Share of a weight that a step of learning rate 1 takes away, 0 or above. Decoupled from the
    /// gradient (AdamW); biases do not decay.
    pub weight_decay: f64,
    /// λ of λ/2 · mean Σ excess², 1/V², 0 or above: the excess is what a pre-activation asks beyond
    /// the window, the sum runs over the neurons, the mean over the batch. Without effect on
    /// activations that have no [`Mapping`](crate::Mapping).
    pub range_penalty: f64,
}

/// How the result is judged: the experiment's table `[validation]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct ValidationConfig {
    /// Folds of the cross-validation, at least 2.
    pub folds: usize,
    /// Cross-validations, each on fresh splits, at least 1.
    pub repeats: usize,
    /// Repeat r splits, initialises and shuffles by `seed + r` alone: ten repeats from 1000 are
    /// five from 1000 and five from 1005. At most 2⁶³ − 1, TOML's largest integer.
    pub seed: u64,
    /// Evaluate the test fold after every epoch, not only after the last. On devices this costs
    /// readings, and none of them trains anything.
    #[serde(default)]
    pub test_every_epoch: bool,
}

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

/// Larger counts are typing errors, or would not fit in memory.
const MOST: usize = 1_000_000;
const COUNT: &str = "a whole number from 1 to 1000000";

impl NetworkConfig {
    /// Refuses what cannot be built.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        count("network.hidden", self.hidden)?;
        above_zero("network.init_scale", self.init_scale)
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
        above_zero("training.learning_rate", self.learning_rate)?;
        self.schedule.check()?;
        not_negative("training.weight_decay", self.weight_decay)?;
        not_negative("training.range_penalty", self.range_penalty)
    }
}

impl ValidationConfig {
    /// Refuses what cannot be judged by.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        let accepted = "a whole number from 2 to 1000000";
        accept("validation.folds", self.folds, (2..=MOST).contains(&self.folds), accepted)?;
        count("validation.repeats", self.repeats)?;
        let accepted = "a whole number from 0 to 9223372036854775807";
        accept("validation.seed", self.seed, i64::try_from(self.seed).is_ok(), accepted)
    }

    /// The seed that decides everything random of a repeat.
    pub fn seed_of(&self, repeat: usize) -> u64 {
        self.seed.wrapping_add(repeat as u64)
    }
}

impl Recipe {
    /// Refuses what no table may hold.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.network.check()?;
        self.training.check()?;
        self.validation.check()
    }
}

fn count(key: &'static str, value: usize) -> Result<(), ConfigError> {
    accept(key, value, (1..=MOST).contains(&value), COUNT)
}

fn above_zero(key: &'static str, value: f64) -> Result<(), ConfigError> {
    accept(key, value, value.is_finite() && value > 0.0, "a number above 0")
}

fn not_negative(key: &'static str, value: f64) -> Result<(), ConfigError> {
    accept(key, value, value.is_finite() && value >= 0.0, "0 or a number above")
}

fn accept(
    key: &'static str,
    value: impl ToString,
    accepts: bool,
    accepted: &'static str,
) -> Result<(), ConfigError> {
    if accepts { Ok(()) } else { Err(ConfigError { key, found: value.to_string(), accepted }) }
}

/// `remote = "Self"` makes serde's derived functions inherent, so that the trait's can check.
macro_rules! checked_serde {
    ($($table:ty),*) => {$(
        impl<'de> Deserialize<'de> for $table {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let table = <$table>::deserialize(deserializer)?;
                table.check().map_err(de::Error::custom)?;
                Ok(table)
            }
        }

        impl Serialize for $table {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$table>::serialize(self, serializer)
            }
        }
    )*};
}

checked_serde!(NetworkConfig, TrainingConfig, ValidationConfig);
