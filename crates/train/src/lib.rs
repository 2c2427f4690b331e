//! Networks whose nonlinearity is measured: data sets, passes, optimisers, cross-validation.

mod activation;
mod adam;
mod config;
mod constant_slope;
mod cross_validation;
mod dataset;
mod error;
mod event;
mod fold;
mod folds;
#[cfg(test)]
mod gradient_check;
mod mapping;
mod network;
mod pass;
mod plan;
mod schedule;
mod software;
mod standardise;

pub use activation::{Activated, Activation};
pub use config::{NetworkConfig, Recipe, TrainingConfig, ValidationConfig};
pub use constant_slope::ConstantSlope;
pub use cross_validation::{CrossValidation, cross_validate};
pub use dataset::DataSet;
pub use error::{ConfigError, DataError, TrainError};
pub use event::{Epoch, Event, Phase, Place, SlopeCount};
pub use fold::{FoldId, FoldResult, train_fold};
pub use folds::{Fold, stratified_folds};
pub use mapping::Mapping;
pub use network::{Dense, Network};
pub use plan::Plan;
pub use schedule::Schedule;
pub use software::Software;
pub use standardise::Standardise;
