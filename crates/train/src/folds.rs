use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::TrainError;

/// Which rows train and which are held out; both ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Rows to train on.
    pub train: Vec<usize>,
    /// Rows set aside to choose or to stop by: never trained on, and not the test.
    pub validate: Vec<usize>,
    /// Rows held out.
    pub test: Vec<usize>,
}

/// Splits rows into `folds` folds: every row is held out exactly once, and the folds' held-out
/// rows differ by at most one in number, altogether and in every class.
///
/// The rows of each class are shuffled by `seed`, and dealt out where the class before ended.
///
/// # Errors
/// Fewer than two folds, or a class with fewer rows than folds.
pub fn stratified_folds(
    labels: &[usize],
    folds: usize,
    seed: u64,
) -> Result<Vec<Fold>, TrainError> {
    let classes = labels.iter().max().map_or(0, |it| it + 1);
    let mut by_class = vec![Vec::new(); classes];
    for (row, &label) in labels.iter().enumerate() {
        by_class[label].push(row);
    }
    if let Some(class) = by_class.iter().position(|it| it.len() < folds) {
        return Err(TrainError::FewRows { folds, class, rows: by_class[class].len() });
    }

    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut fold_of = vec![0; labels.len()];
    let mut dealt = 0;
    for rows in &mut by_class {
        rows.shuffle(&mut rng);
        for &row in rows.iter() {
            fold_of[row] = dealt % folds;
            dealt += 1;
        }
    }
    let fold = |number| {
        let (test, train) = (0..labels.len()).partition(|&row| fold_of[row] == number);
        Fold { train, validate: Vec::new(), test }
    };
    Ok((0..folds).map(fold).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 23 rows of three classes: 10, 7 and 6.
    fn labels() -> Vec<usize> {
        (0..23).map(|row| if row < 10 { 0 } else { 1 + row % 2 }).collect()
    }

    #[test]
    fn every_row_is_held_out_once_and_trains_in_every_other_fold() {
        let folds = stratified_folds(&labels(), 5, 3).unwrap();
        for row in 0..23 {
            assert_eq!(folds.iter().filter(|it| it.test.contains(&row)).count(), 1);
            assert_eq!(folds.iter().filter(|it| it.train.contains(&row)).count(), 4);
        }
    }

    #[test]
    fn folds_are_balanced_in_every_class_and_altogether() {
        let labels = labels();
        for seed in 0..20 {
            let folds = stratified_folds(&labels, 5, seed).unwrap();
            let sizes: Vec<_> = folds.iter().map(|it| it.test.len()).collect();
            assert_eq!(sizes, [5, 5, 5, 4, 4]);
            for class in 0..3 {
                let held = |it: &Fold| it.test.iter().filter(|&&row| labels[row] == class).count();
                let counts: Vec<_> = folds.iter().map(held).collect();
                let spread = counts.iter().max().unwrap() - counts.iter().min().unwrap();
                assert!(spread <= 1, "class {class}: {counts:?}");
            }
        }
    }

    #[test]
    fn the_seed_decides_the_split() {
        let labels = labels();
        let of = |seed| stratified_folds(&labels, 5, seed).unwrap();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn a_class_with_fewer_rows_than_folds_is_refused() {
        let error = stratified_folds(&[0, 0, 0, 1, 1], 3, 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "validation.folds = 3, but class 1 has 2 rows: every fold needs one of each class"
        );
    }
}
