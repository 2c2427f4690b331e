use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::{ConfigError, Fold, TrainError};

/// Holds out a `share` (above 0, below 1) of the rows of every class, rounded to whole rows, at
/// least one of each class and never all. `seed` decides which.
///
/// # Errors
/// A share that is not accepted, or a class with fewer than two rows.
pub fn hold_out(labels: &[usize], share: f64, seed: u64) -> Result<Fold, TrainError> {
    let rows: Vec<_> = (0..labels.len()).collect();
    validation_split(&rows, labels, share, seed)
}

/// Splits the training rows of a [`Fold`] once more, as [`hold_out`] does: `test` of what is
/// returned is for choosing hyper-parameters, and the fold's own held-out rows stay unseen.
///
/// `train` holds numbers of rows; `labels` are those of the whole data set.
///
/// # Errors
/// A share that is not accepted, or a class with fewer than two rows among `train`.
pub fn validation_split(
    train: &[usize],
    labels: &[usize],
    share: f64,
    seed: u64,
) -> Result<Fold, TrainError> {
    if !(share > 0.0 && share < 1.0) {
        let (key, accepted) = ("share", "a number above 0 and below 1");
        return Err(ConfigError { key, found: share.to_string(), accepted }.into());
    }
    let classes = labels.iter().max().map_or(0, |it| it + 1);
    let mut by_class = vec![Vec::new(); classes];
    for &row in train {
        by_class[labels[row]].push(row);
    }

    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut fold = Fold { train: Vec::new(), validate: Vec::new(), test: Vec::new() };
    for (class, mut rows) in by_class.into_iter().enumerate() {
        if rows.len() < 2 {
            return Err(TrainError::FewRowsToHoldOut { class, rows: rows.len() });
        }
        rows.shuffle(&mut rng);
        let held = (share * rows.len() as f64).round() as usize;
        fold.train.extend(rows.split_off(held.clamp(1, rows.len() - 1)));
        fold.test.append(&mut rows);
    }
    fold.train.sort_unstable();
    fold.test.sort_unstable();
    Ok(fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 rows of three classes: 60, 30 and 10.
    fn labels() -> Vec<usize> {
        (0..100).map(|row| [0, 0, 0, 0, 0, 0, 1, 1, 1, 2][row % 10]).collect()
    }

    fn counts(rows: &[usize]) -> [usize; 3] {
        let labels = labels();
        [0, 1, 2].map(|class| rows.iter().filter(|&&row| labels[row] == class).count())
    }

    #[test]
    fn the_share_is_held_out_of_every_class() {
        let fold = hold_out(&labels(), 0.2, 1).unwrap();
        assert_eq!((counts(&fold.train), counts(&fold.test)), ([48, 24, 8], [12, 6, 2]));
        let mut all = [fold.train, fold.test].concat();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn however_small_or_large_the_share_every_class_is_on_both_sides() {
        let small = hold_out(&labels(), 0.001, 1).unwrap();
        assert_eq!(counts(&small.test), [1, 1, 1]);
        let large = hold_out(&labels(), 0.999, 1).unwrap();
        assert_eq!(counts(&large.train), [1, 1, 1]);
    }

    #[test]
    fn the_seed_decides_the_rows_and_they_come_in_order() {
        let of = |seed| hold_out(&labels(), 0.3, seed).unwrap();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert!(of(1).train.is_sorted() && of(1).test.is_sorted());
    }

    #[test]
    fn rows_for_choosing_hyper_parameters_come_from_the_training_rows_alone() {
        let labels = labels();
        let outer = hold_out(&labels, 0.2, 1).unwrap();
        let inner = validation_split(&outer.train, &labels, 0.25, 2).unwrap();
        assert_eq!((counts(&inner.train), counts(&inner.test)), ([36, 18, 6], [12, 6, 2]));
        let mut all = [inner.train, inner.test].concat();
        all.sort_unstable();
        assert_eq!(all, outer.train);
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        for share in [0.0, 1.0, -0.5, f64::NAN] {
            let refusal = hold_out(&labels(), share, 1).unwrap_err().to_string();
            assert_eq!(
                refusal,
                format!("share = {share}: accepted is a number above 0 and below 1")
            );
        }
        assert_eq!(
            hold_out(&[0, 0, 1], 0.5, 1).unwrap_err().to_string(),
            "class 1 has too few rows to hold one out: 1, expected at least 2"
        );
    }
}
