//! Data sets: read, generated, scaled, split. Bytes and texts come in; no file is opened here.

mod error;
mod generated;
mod idx;
mod min_max;
mod mnist;
mod scaling;
mod split;
mod standardise;
mod table;

use std::ops::Range;

use ndarray::Array2;

use crate::Fold;

pub use error::DataError;
pub use generated::{Generated, Task};
pub use min_max::MinMax;
pub use mnist::MnistFiles;
pub use scaling::{Scale, Scaling};
pub use split::{hold_out, validation_split};
pub use standardise::Standardise;
pub use table::Columns;

/// Rows of numbers, each with its class.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// Rows × features.
    pub features: Array2<f32>,
    /// The class of each row, an index into `class_names`.
    pub labels: Vec<usize>,
    /// One a feature, in the order of the columns.
    pub feature_names: Vec<String>,
    /// In the order of their numbers; in that of their first appearance, when read from a table.
    pub class_names: Vec<String>,
    /// The rows that the data set's authors held out for the test; all others are for training.
    /// `None`: they left the split to whoever trains.
    pub held_out: Option<Range<usize>>,
}

impl DataSet {
    /// The split that the data set came with.
    pub fn own_split(&self) -> Option<Fold> {
        let held_out = self.held_out.clone()?;
        let (test, train) = (0..self.labels.len()).partition(|row| held_out.contains(row));
        Some(Fold { train, validate: Vec::new(), test })
    }
}

/// What a file holds, and what errors call it.
#[derive(Clone, Copy, Debug)]
pub struct NamedBytes<'a> {
    /// The file.
    pub file: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn rows_that_come_held_out_are_the_test_rows_of_the_own_split() {
        let mut data = DataSet {
            features: array![[1.0], [2.0], [3.0], [4.0]],
            labels: vec![0, 1, 0, 1],
            feature_names: vec!["x".into()],
            class_names: vec!["a".into(), "b".into()],
            held_out: None,
        };
        assert_eq!(data.own_split(), None);
        data.held_out = Some(2..4);
        assert_eq!(
            data.own_split(),
            Some(Fold { train: vec![0, 1], validate: vec![], test: vec![2, 3] })
        );
    }
}
