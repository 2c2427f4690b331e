use std::ops::Range;

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut2};

use super::product::{Rows, write_product};
use crate::{Dense, network::Real};

/// Rows as their differences from one usual row.
///
/// With u the usual row and x = u + d, z = x·W + b is d·W + (u·W + b), of which the second part is
/// one row for the whole batch; the gradient xᵀ·δ is dᵀ·δ + uᵀ·(sum of the rows of δ). Nothing is
/// left out: where the usual values are zero, the products that are not formed are zeros, and
/// otherwise the result differs by the rounding of d and of sums in another order.
#[derive(Clone, Debug)]
pub(crate) struct Sparse<F> {
    /// One a column: its commonest value in the rows that were looked at.
    usual: Vec<F>,
    /// Where the differences of each row begin, and at last where they end.
    starts: Vec<usize>,
    /// Which columns differ, row by row, rising within each.
    columns: Vec<u32>,
    /// By how much.
    differences: Vec<F>,
}

impl<F: Real> Sparse<F> {
    /// No rows yet, with the usual values of `rows`.
    pub fn like(rows: ArrayView2<'_, F>) -> Sparse<F> {
        let usual = rows.columns().into_iter().map(|it| commonest(it.to_vec())).collect();
        Sparse { usual, starts: vec![0], columns: Vec::new(), differences: Vec::new() }
    }

    pub fn append(&mut self, rows: ArrayView2<'_, F>) {
        for row in rows.rows() {
            for ((column, &value), &usual) in (0..).zip(row).zip(&self.usual) {
                if value != usual {
                    self.columns.push(column);
                    self.differences.push(value - usual);
                }
            }
            self.starts.push(self.columns.len());
        }
    }

    /// How many values are not the usual one.
    pub fn unusual(&self) -> usize {
        self.columns.len()
    }
}

/// The value that is there most often, the lowest of several; zero of none.
fn commonest<F: Real>(mut values: Vec<F>) -> F {
    values.sort_by(|&a, &b| a.to_f64().total_cmp(&b.to_f64()));
    let groups = values.chunk_by(|a, b| a == b);
    let largest = groups.rev().max_by_key(|it| it.len());
    largest.map_or(F::zero(), |it| it[0])
}

/// The rows of one mini-batch, and the same again column by column.
#[derive(Clone, Debug)]
pub(crate) struct SparseBatch<F> {
    /// The usual values, one a column.
    usual: Vec<F>,
    /// Those that are not zero, as one sparse row.
    usual_row: Rows<F>,
    rows: Rows<F>,
    columns: Rows<F>,
    /// u·W + b.
    base: Vec<F>,
    /// One a row: each has all of the base.
    ones: Vec<F>,
}

impl<F: Real> SparseBatch<F> {
    /// No rows yet, of rows such as those of `features`.
    pub fn new(features: &Sparse<F>) -> SparseBatch<F> {
        let usual = features.usual.clone();
        let (columns, values): (Vec<u32>, Vec<F>) =
            (0..).zip(&usual).filter(|(_, it)| !it.is_zero()).unzip();
        let mut usual_row = Rows::new();
        usual_row.push(&columns, &values);
        let (rows, columns) = (Rows::new(), Rows::new());
        SparseBatch { usual, usual_row, rows, columns, base: Vec::new(), ones: Vec::new() }
    }

    /// Takes these `rows` of `features`, the same as ever.
    pub fn gather(&mut self, features: &Sparse<F>, rows: &[usize]) {
        self.rows.clear();
        for &row in rows {
            let of_row: Range<usize> = features.starts[row]..features.starts[row + 1];
            self.rows.push(&features.columns[of_row.clone()], &features.differences[of_row]);
        }
        self.columns.transpose_of(&self.rows, self.usual.len());
        self.ones.resize(rows.len(), F::one());
    }

    /// Writes x·W + b to `outputs`, rows × outputs.
    pub fn apply(&mut self, layer: &Dense<F>, mut outputs: ArrayViewMut2<'_, F>) {
        let weights = layer.weights.as_slice().expect(STANDARD);
        let biases = layer.biases.as_slice().expect(STANDARD);
        self.base.resize(biases.len(), F::zero());
        write_product(&self.usual_row, weights, (&[F::one()], biases), &mut self.base);
        let outputs = outputs.as_slice_mut().expect(STANDARD);
        write_product(&self.rows, weights, (&self.ones, &self.base), outputs);
    }

    /// Writes the gradient by the weights, xᵀ·δ, from `deltas`, rows × outputs, and `sums`, the sum
    /// of their rows.
    pub fn gradient(
        &self,
        deltas: ArrayView2<'_, F>,
        sums: ArrayView1<'_, F>,
        weights: &mut Array2<F>,
    ) {
        let deltas = deltas.as_slice().expect(STANDARD);
        let sums = sums.as_slice().expect(STANDARD);
        let gradient = weights.as_slice_mut().expect(STANDARD);
        write_product(&self.columns, deltas, (&self.usual, sums), gradient);
    }
}

const STANDARD: &str = "arrays of a network and of its passes lie row by row";

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Axis};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Widths that are and are not multiples of what is multiplied at a time.
    const WIDTHS: [usize; 6] = [1, 10, 16, 64, 100, 203];

    #[test]
    fn products_are_those_of_the_whole_rows() {
        for (seed, usual) in [(1, 0.0), (2, -0.7)] {
            for width in WIDTHS {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                let x = Array2::from_shape_fn((9, 31), |(_, column)| {
                    let shown = rng.random_bool(0.3) && column != 4;
                    if shown { rng.random_range(-1.0..1.0) } else { usual }
                });
                let mut random =
                    |shape| Array2::from_shape_fn(shape, |_| rng.random_range(-1.0..1.0));
                let (weights, deltas) = (random((31, width)), random((3, width)));
                let biases: Array1<f64> = random((1, width)).row(0).to_owned();
                let layer = Dense { weights, biases };

                let mut sparse = Sparse::like(x.view());
                sparse.append(x.view());
                let mut batch = SparseBatch::new(&sparse);
                // What an earlier batch left must not matter.
                batch.gather(&sparse, &[1, 2, 3, 4]);
                batch.gather(&sparse, &[7, 0, 5]);
                let x = x.select(Axis(0), &[7, 0, 5]);
                let mut outputs = Array2::from_elem((3, width), f64::NAN);
                batch.apply(&layer, outputs.view_mut());
                let mut gradient = Array2::from_elem((31, width), f64::NAN);
                let sums = deltas.sum_axis(Axis(0));
                batch.gradient(deltas.view(), sums.view(), &mut gradient);

                close(&outputs, &(x.dot(&layer.weights) + &layer.biases));
                close(&gradient, &x.t().dot(&deltas));
            }
        }
    }

    fn close(found: &Array2<f64>, expected: &Array2<f64>) {
        let difference = (found - expected).fold(0.0, |most: f64, it| most.max(it.abs()));
        assert!(difference < 1e-13, "{difference}");
    }

    #[test]
    fn the_usual_value_is_the_commonest_and_the_lowest_of_several() {
        assert_eq!(commonest(vec![2.0, 1.0, 2.0, 3.0]), 2.0);
        assert_eq!(commonest(vec![3.0, 1.0, 3.0, 1.0]), 1.0);
        assert_eq!(commonest(Vec::<f32>::new()), 0.0);
    }
}
