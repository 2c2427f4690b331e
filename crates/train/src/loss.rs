use ndarray::{ArrayView2, ArrayViewMut2, Zip};
use serde::{Deserialize, Serialize};

use crate::network::Real;

/// What training makes small: how far the scores of the last layer are from the labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// −ln p of the row's class, nats, mean over the rows; p is the softmax of the scores.
    #[default]
    CrossEntropy,
    /// (score − target)², mean over rows *and* classes (so not halved, and over classes not summed);
    /// the target is 1 for the row's class and 0 for every other.
    MeanSquare,
}

impl Loss {
    /// The loss of `scores`, rows × classes; writes its gradient to `deltas`, of the same shape.
    pub(crate) fn evaluate<F: Real>(
        self,
        scores: ArrayView2<'_, F>,
        deltas: ArrayViewMut2<'_, F>,
        labels: impl Iterator<Item = usize>,
    ) -> f64 {
        match self {
            Loss::CrossEntropy => cross_entropy(scores, deltas, labels),
            Loss::MeanSquare => mean_square(scores, deltas, labels),
        }
    }
}

fn cross_entropy<F: Real>(
    scores: ArrayView2<'_, F>,
    mut deltas: ArrayViewMut2<'_, F>,
    labels: impl Iterator<Item = usize>,
) -> f64 {
    let rows = scores.nrows() as f64;
    let share = F::of(1.0 / rows);
    let mut loss = 0.0;
    for ((scores, mut deltas), label) in
        scores.rows().into_iter().zip(deltas.rows_mut()).zip(labels)
    {
        // The highest score is taken from all, so that no exponential overflows.
        let most = scores.fold(F::neg_infinity(), |most, &it| most.max(it));
        Zip::from(&mut deltas).and(scores).for_each(|delta, &it| *delta = (it - most).exp());
        let sum = deltas.sum();
        loss += (sum.ln() - (scores[label] - most)).to_f64();
        deltas.map_inplace(|it| *it = *it / sum * share);
        deltas[label] -= share;
    }
    loss / rows
}

fn mean_square<F: Real>(
    scores: ArrayView2<'_, F>,
    mut deltas: ArrayViewMut2<'_, F>,
    labels: impl Iterator<Item = usize>,
) -> f64 {
    let count = scores.len() as f64;
    let twice = F::of(2.0 / count);
    let mut loss = 0.0;
    for ((scores, mut deltas), label) in
        scores.rows().into_iter().zip(deltas.rows_mut()).zip(labels)
    {
        deltas.assign(&scores);
        deltas[label] -= F::one();
        loss += deltas.fold(0.0, |sum, &it| sum + it.to_f64().powi(2));
        deltas.map_inplace(|it| *it *= twice);
    }
    loss / count
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn evaluate(loss: Loss, scores: &Array2<f64>, labels: &[usize]) -> (f64, Array2<f64>) {
        let mut deltas = Array2::from_elem(scores.raw_dim(), f64::NAN);
        let value = loss.evaluate(scores.view(), deltas.view_mut(), labels.iter().copied());
        (value, deltas)
    }

    #[test]
    fn the_cross_entropy_is_that_of_the_softmax() {
        let (loss, deltas) = evaluate(Loss::CrossEntropy, &array![[0.0, 3_f64.ln()]], &[1]);
        assert!((loss - (4.0_f64 / 3.0).ln()).abs() < 1e-15);
        assert!((deltas - array![[0.25, -0.25]]).iter().all(|it| it.abs() < 1e-15));
    }

    #[test]
    fn scores_far_apart_overflow_nothing() {
        let (loss, deltas) = evaluate(Loss::CrossEntropy, &array![[5000.0, -5000.0]], &[1]);
        assert_eq!((loss, deltas), (10_000.0, array![[1.0, -1.0]]));
    }

    #[test]
    fn the_mean_square_is_the_mean_over_rows_and_classes() {
        let scores = array![[1.0, 0.5], [2.0, -1.0]];
        let (loss, deltas) = evaluate(Loss::MeanSquare, &scores, &[0, 1]);
        assert_eq!(loss, (0.0 + 0.25 + 4.0 + 4.0) / 4.0);
        assert_eq!(deltas, array![[0.0, 0.25], [1.0, -1.0]]);
    }

    #[test]
    fn losses_are_known_by_name() {
        let names = [Loss::CrossEntropy, Loss::MeanSquare].map(|it| serde_json::to_string(&it));
        assert_eq!(names.map(Result::unwrap), ["\"cross-entropy\"", "\"mean-square\""]);
    }
}
