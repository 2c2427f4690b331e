use std::error::Error;

use thiserror::Error;

use crate::Place;

/// A configured value that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{key} = {found}: accepted is {accepted}")]
pub struct ConfigError {
    /// The key, with its table.
    pub key: &'static str,
    /// What was found there.
    pub found: String,
    /// What would be accepted.
    pub accepted: &'static str,
}

/// Why training ended without a result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A configured value is not accepted.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A class has too few rows to be in every fold.
    #[error(
        "validation.folds = {folds}, but class {class} has {rows} rows: \
         every fold needs one of each class"
    )]
    FewRows {
        /// The folds asked for.
        folds: usize,
        /// The class, by its number.
        class: usize,
        /// Its rows.
        rows: usize,
    },
    /// Nobody says which rows are held out.
    #[error(
        "[validation] has neither folds nor hold_out, and the data set holds out no rows itself: \
         expected one of the three"
    )]
    NothingHeldOut,
    /// A class has too few rows to be both trained on and held out.
    #[error("class {class} has too few rows to hold one out: {rows}, expected at least 2")]
    FewRowsToHoldOut {
        /// The class, by its number.
        class: usize,
        /// Its rows.
        rows: usize,
    },
    /// The weights to begin with are of another network.
    #[error("the weights to begin with are of layers {found:?} wide: expected {expected:?}")]
    StartShape {
        /// Features, hidden neurons, classes.
        expected: Vec<usize>,
        /// Of the network to begin with.
        found: Vec<usize>,
    },
    /// The activation could not be evaluated.
    #[error("{place}: the activation failed")]
    Activation {
        /// Where.
        place: Place,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The activation returned another shape than its inputs'.
    #[error("{place}: {expected:?} activations were asked for, {found:?} came back")]
    Shape {
        /// Where.
        place: Place,
        /// Batch × neurons.
        expected: (usize, usize),
        /// Batch × neurons.
        found: (usize, usize),
    },
    /// A quantity is infinite or not a number, so nothing can be learned from it.
    #[error("{place}: the {quantity} is not finite")]
    NotFinite {
        /// Where.
        place: Place,
        /// `pre-activation`, `activation`, `slope`, `class score` or `loss`.
        quantity: &'static str,
    },
}
