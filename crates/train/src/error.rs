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

/// Why a data set could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DataError {
    /// There is nothing below the column names, or not even those.
    #[error("{file} has no rows: expected a line of column names and at least one row")]
    Empty {
        /// The file.
        file: String,
    },
    /// The last line is not ended, so it may not be whole.
    #[error(
        "{file}:{line}: the last line does not end with a line feed, so the file may be truncated; \
         add one if it is whole"
    )]
    Truncated {
        /// The file.
        file: String,
        /// The last line.
        line: u64,
    },
    /// A row is longer or shorter than the line of column names.
    #[error("{file}:{line}: {found} columns, but the first line names {expected}")]
    Columns {
        /// The file.
        file: String,
        /// The row's line.
        line: u64,
        /// Columns named.
        expected: u64,
        /// Columns found.
        found: u64,
    },
    /// Not CSV.
    #[error("{file} is not CSV: {reason}")]
    NotCsv {
        /// The file.
        file: String,
        /// What the reader stumbled over.
        reason: String,
    },
    /// Two columns have one name, or a column has none.
    #[error("{file}:1: column {column} is named \"{name}\": names must be there and differ")]
    ColumnName {
        /// The file.
        file: String,
        /// From 1.
        column: usize,
        /// As the file has it.
        name: String,
    },
    /// No column has the label's name.
    #[error("{file}:1: there is no column \"{label}\"; the columns are {columns}")]
    NoLabel {
        /// The file.
        file: String,
        /// The name asked for.
        label: String,
        /// The names there are.
        columns: String,
    },
    /// The label is the only column.
    #[error("{file}:1: \"{label}\" is the only column: expected features beside it")]
    NoFeatures {
        /// The file.
        file: String,
        /// The label's column.
        label: String,
    },
    /// A feature is not a finite number.
    #[error("{file}:{line}: column \"{column}\" holds \"{found}\": expected a finite number")]
    NotANumber {
        /// The file.
        file: String,
        /// The row's line.
        line: u64,
        /// The feature's name.
        column: String,
        /// As the file has it.
        found: String,
    },
    /// A row has no class.
    #[error("{file}:{line}: column \"{column}\" is empty: expected the name of a class")]
    NoClass {
        /// The file.
        file: String,
        /// The row's line.
        line: u64,
        /// The label's column.
        column: String,
    },
    /// All rows have one class.
    #[error("{file}: column \"{column}\" holds only \"{class}\": expected at least two classes")]
    OneClass {
        /// The file.
        file: String,
        /// The label's column.
        column: String,
        /// The class.
        class: String,
    },
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
