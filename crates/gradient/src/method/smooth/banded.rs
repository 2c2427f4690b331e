//! Symmetric matrices that are zero away from the diagonal.

/// The lower half of a symmetric matrix, column by column; of each column the diagonal and the `reach`
/// entries below it.
#[derive(Clone, Debug)]
pub(super) struct Banded {
    size: usize,
    reach: usize,
    entries: Vec<f64>,
}

impl Banded {
    /// Zeros.
    pub(super) fn new(size: usize, reach: usize) -> Banded {
        Banded { size, reach, entries: vec![0.0; size * (reach + 1)] }
    }

    #[inline]
    fn place(&self, one: usize, other: usize) -> usize {
        let (row, column) = (one.max(other), one.min(other));
        column * self.reach + row
    }

    /// One entry; row and column may be exchanged.
    #[inline]
    pub(super) fn get(&self, one: usize, other: usize) -> f64 {
        self.entries[self.place(one, other)]
    }

    /// Adds to one entry, and with it to its mirror image.
    #[inline]
    pub(super) fn add(&mut self, one: usize, other: usize, value: f64) {
        let place = self.place(one, other);
        self.entries[place] += value;
    }

    /// Turns itself into its Cholesky factor; `None` where it is not positive definite.
    pub(super) fn factor(mut self) -> Option<Factor> {
        let (size, wide) = (self.size, self.reach + 1);
        let mut inverses = Vec::with_capacity(size);
        for column in 0..size {
            // What lies below the last row stays zero.
            let (done, rest) = self.entries.split_at_mut((column + 1) * wide);
            let own = &mut done[column * wide..];
            if own[0].is_nan() || own[0] <= 0.0 {
                return None;
            }
            own[0] = own[0].sqrt();
            let inverse = 1.0 / own[0];
            inverses.push(inverse);
            own[1..].iter_mut().for_each(|it| *it *= inverse);
            // What this column takes from those to the right of it: they do not wait for each other.
            for (at, other) in rest.chunks_exact_mut(wide).take(wide - 1).enumerate() {
                let own = &own[at + 1..];
                let factor = own[0];
                other.iter_mut().zip(own).for_each(|(it, below)| *it -= factor * below);
            }
        }
        Some(Factor { lower: self, inverses })
    }
}

/// The Cholesky factor of a banded matrix.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    lower: Banded,
    /// Of its diagonal.
    inverses: Vec<f64>,
}

impl Factor {
    /// What the matrix turns into `right`.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let Factor { lower: Banded { size, .. }, inverses } = self;
        let mut x = right.to_vec();
        for column in 0..*size {
            x[column] *= inverses[column];
            let (done, rest) = x.split_at_mut(column + 1);
            let value = done[column];
            rest.iter_mut().zip(self.below(column)).for_each(|(x, it)| *x -= it * value);
        }
        for column in (0..*size).rev() {
            let (done, rest) = x.split_at_mut(column + 1);
            let below = self.below(column);
            let count = below.len().min(rest.len());
            done[column] = (done[column] - dot(&below[..count], &rest[..count])) * inverses[column];
        }
        x
    }

    /// The entries of a column below the diagonal.
    fn below(&self, column: usize) -> &[f64] {
        let wide = self.lower.reach + 1;
        &self.lower.entries[column * wide + 1..(column + 1) * wide]
    }

    /// The entries of the inverse that lie in the band (Takahashi, Fagan and Chin 1973).
    pub(super) fn inverse(&self) -> Banded {
        let Banded { size, reach, .. } = self.lower;
        // Whole rows, on both sides of the diagonal: the sums run along them.
        let wide = 2 * reach + 1;
        let mut whole = vec![0.0; size * wide];
        let mut inverse = Banded::new(size, reach);
        for column in (0..size).rev() {
            let count = reach.min(size - 1 - column);
            let (below, diagonal) = (&self.below(column)[..count], self.inverses[column]);
            let entries = &mut inverse.entries[column * (reach + 1)..][..=count];
            for (entry, other) in entries[1..].iter_mut().zip(column + 1..) {
                let start = other * wide + reach + column + 1 - other;
                *entry = -diagonal * dot(&whole[start..start + count], below);
            }
            entries[0] = (diagonal - dot(&entries[1..], below)) * diagonal;
            for (entry, other) in entries.iter().zip(column..) {
                whole[other * wide + reach + column - other] = *entry;
                whole[column * wide + reach + other - column] = *entry;
            }
        }
        inverse
    }
}

/// In four sums, which do not wait for each other.
fn dot(one: &[f64], other: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (fours, rest) = one.as_chunks::<4>();
    let (other_fours, other_rest) = other.as_chunks::<4>();
    for (a, b) in fours.iter().zip(other_fours) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let last: f64 = rest.iter().zip(other_rest).map(|(a, b)| a * b).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Banded {
        let mut matrix = Banded::new(5, 2);
        for row in 0..5 {
            matrix.add(row, row, 4.0 + row as f64);
            if row > 0 {
                matrix.add(row, row - 1, -1.0);
            }
            if row > 1 {
                matrix.add(row - 2, row, 0.5);
            }
        }
        matrix
    }

    #[test]
    fn a_solution_times_the_matrix_is_the_right_hand_side() {
        let (matrix, right) = (example(), [1.0, -2.0, 3.0, 0.5, 2.0]);
        let x = matrix.clone().factor().unwrap().solve(&right);
        for (row, right) in right.iter().enumerate() {
            let columns = row.saturating_sub(2)..=(row + 2).min(4);
            let product: f64 = columns.map(|it| matrix.get(row, it) * x[it]).sum();
            assert!((product - right).abs() < 1e-14);
        }
    }

    #[test]
    fn the_band_of_the_inverse_is_that_of_the_solutions() {
        let factor = example().factor().unwrap();
        let inverse = factor.inverse();
        for row in 0..5_usize {
            let mut unit = [0.0; 5];
            unit[row] = 1.0;
            let column = factor.solve(&unit);
            for (other, entry) in column.iter().enumerate().filter(|it| it.0.abs_diff(row) <= 2) {
                assert!((entry - inverse.get(row, other)).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_has_no_factor() {
        let mut matrix = Banded::new(2, 1);
        matrix.add(0, 0, 1.0);
        matrix.add(1, 0, 2.0);
        matrix.add(1, 1, 1.0);
        assert!(matrix.factor().is_none());
    }
}
