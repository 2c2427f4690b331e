//! The rows that a network is trained on, as its first layer wants them.

mod product;
mod sparse;

use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};

use crate::network::Real;
use sparse::Sparse;
pub(crate) use sparse::SparseBatch;

/// Above this share of values that are not their column's usual one, rows are kept whole.
///
/// At a third an epoch takes about as long either way, at a half it takes longer sparse; the figures
/// are in `docs/decisions/0009-matrix-kernels.md`.
const MOST_UNUSUAL: f64 = 1.0 / 3.0;

/// So many rows are scaled at a time.
const CHUNK: usize = 256;

/// Rows × features, in whichever form is multiplied faster. The form depends on the values alone.
#[derive(Clone, Debug)]
pub(crate) enum Features<F> {
    /// Every value.
    Dense(Array2<F>),
    /// What differs from the usual value of its column: four fifths of the pixels of handwritten
    /// digits are the background, however they were scaled.
    Sparse(Sparse<F>),
}

impl<F: Real> Features<F> {
    /// Of `raw`, rows × features, after `scale` had its way with some of the rows at a time: each row
    /// must be scaled by itself.
    pub fn new(raw: ArrayView2<'_, F>, scale: impl Fn(ArrayViewMut2<'_, F>)) -> Features<F> {
        let scaled = |from: usize, to: usize| {
            let mut rows = raw.slice(s![from..to, ..]).to_owned();
            scale(rows.view_mut());
            rows
        };
        let rows = raw.nrows();
        let most = (raw.len() as f64 * MOST_UNUSUAL) as usize;
        let mut sparse = Sparse::like(scaled(0, rows.min(CHUNK)).view());
        for from in (0..rows).step_by(CHUNK) {
            sparse.append(scaled(from, rows.min(from + CHUNK)).view());
            if sparse.unusual() > most {
                return Features::Dense(scaled(0, rows));
            }
        }
        Features::Sparse(sparse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_few_unusual_values_are_kept_sparse_and_others_whole() {
        let every =
            |share: usize| {
                Array2::from_shape_fn((700, 4), |(i, j)| {
                    if (4 * i + j) % share == 0 { i as f32 } else { -0.5 }
                })
            };
        let form = |raw: &Array2<f32>| Features::new(raw.view(), |mut rows| rows *= 2.0);
        let Features::Dense(whole) = form(&every(2)) else { panic!("sparse") };
        assert_eq!(whole, every(2) * 2.0);
        let Features::Sparse(sparse) = form(&every(5)) else { panic!("dense") };
        assert_eq!(sparse.unusual(), 700 * 4 / 5);
    }
}
