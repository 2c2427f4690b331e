use serde::Serialize;

/// What a trained network made of rows that it was not trained on: one fold of one repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldOut {
    /// Which cross-validation, or which training on a fixed split.
    pub repeat: usize,
    /// Which of its folds was held out; 0 where there is one split.
    pub fold: usize,
    /// Rows trained on.
    pub trained_on: usize,
    /// The rows held out, by their numbers in the data set.
    pub rows: Vec<usize>,
    /// Whether each of `rows` got its own class.
    pub right: Vec<bool>,
}

impl HeldOut {
    /// The rows whose class was predicted.
    pub fn hits(&self) -> usize {
        self.right.iter().filter(|it| **it).count()
    }

    /// Share of the rows that got their own class, 0 to 1; not a number of no rows.
    pub fn accuracy(&self) -> f64 {
        self.hits() as f64 / self.right.len() as f64
    }

    /// The two were trained and held to account on the same rows.
    ///
    /// Which rows were trained on is not known here, only how many; where every other row trains,
    /// as in a cross-validation, that decides it.
    fn same_split(&self, other: &HeldOut) -> bool {
        let key = |it: &HeldOut| (it.repeat, it.fold, it.trained_on);
        key(self) == key(other) && self.rows == other.rows
    }
}

/// The accuracy of each repeat, 0 to 1, pooled over its folds, in the order in which repeats first
/// appear.
pub fn pooled_accuracies(folds: &[HeldOut]) -> Vec<f64> {
    repeats(folds)
        .into_iter()
        .map(|repeat| {
            let of_repeat = || folds.iter().filter(move |it| it.repeat == repeat);
            let rows: usize = of_repeat().map(|it| it.rows.len()).sum();
            of_repeat().map(HeldOut::hits).sum::<usize>() as f64 / rows as f64
        })
        .collect()
}

/// Two methods were trained on the same splits: fold by fold, in the same order, the same rows were
/// held out.
pub fn same_splits(method: &[HeldOut], other: &[HeldOut]) -> bool {
    method.len() == other.len() && method.iter().zip(other).all(|(one, two)| one.same_split(two))
}

/// The repeats there are, in the order in which they first appear.
pub(super) fn repeats(folds: &[HeldOut]) -> Vec<usize> {
    let mut repeats = Vec::new();
    for it in folds {
        if !repeats.contains(&it.repeat) {
            repeats.push(it.repeat);
        }
    }
    repeats
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(repeat: usize, fold: usize, rows: &[usize], right: &[bool]) -> HeldOut {
        HeldOut { repeat, fold, trained_on: 3, rows: rows.to_vec(), right: right.to_vec() }
    }

    #[test]
    fn an_accuracy_is_pooled_over_rows_not_over_folds() {
        let folds = [
            fold(4, 0, &[0, 3, 4], &[true, true, true]),
            fold(4, 1, &[1], &[false]),
            fold(5, 0, &[0, 1], &[false, true]),
        ];
        assert_eq!(pooled_accuracies(&folds), [0.75, 0.5]);
        assert_eq!(folds[0].accuracy(), 1.0);
    }

    #[test]
    fn splits_are_the_same_where_every_fold_holds_out_the_same_rows() {
        let one = [fold(0, 0, &[0, 1], &[true, true]), fold(0, 1, &[2], &[true])];
        let mut two = one.clone();
        two[0].right[0] = false;
        assert!(same_splits(&one, &two));
        two[1].rows[0] = 3;
        assert!(!same_splits(&one, &two));
        assert!(!same_splits(&one, &one[..1]));
        let mut more = one.clone();
        more[0].trained_on = 4;
        assert!(!same_splits(&one, &more));
    }
}
