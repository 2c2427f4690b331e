//! Symmetric matrices that are zero away from the diagonal.

/// The lower half of a symmetric matrix, row by row; of each row the `reach` entries before the
/// diagonal and the diagonal, which comes last.
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

    fn place(&self, one: usize, other: usize) -> usize {
        let (row, column) = (one.max(other), one.min(other));
        row * (self.reach + 1) + self.reach + column - row
    }

    /// One entry; row and column may be exchanged.
    pub(super) fn get(&self, one: usize, other: usize) -> f64 {
        self.entries[self.place(one, other)]
    }

    /// Adds to one entry, and with it to its mirror image.
    pub(super) fn add(&mut self, one: usize, other: usize, value: f64) {
        let place = self.place(one, other);
        self.entries[place] += value;
    }

    /// The columns of `row` from `from` to before `to`.
    fn part(&self, row: usize, from: usize, to: usize) -> &[f64] {
        let start = row * (self.reach + 1) + self.reach - row;
        &self.entries[start + from..start + to]
    }

    /// Turns itself into its Cholesky factor; `None` where it is not positive definite.
    pub(super) fn factor(mut self) -> Option<Factor> {
        for row in 0..self.size {
            let first = row.saturating_sub(self.reach);
            for column in first..=row {
                let from = first.max(column.saturating_sub(self.reach));
                let (one, other) = (self.part(row, from, column), self.part(column, from, column));
                let rest = self.get(row, column) - dot(one, other);
                let place = self.place(row, column);
                self.entries[place] = if column < row {
                    rest / self.get(column, column)
                } else if rest > 0.0 {
                    rest.sqrt()
                } else {
                    return None;
                };
            }
        }
        Some(Factor { lower: self })
    }
}

/// The Cholesky factor of a banded matrix.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    lower: Banded,
}

impl Factor {
    /// What the matrix turns into `right`.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let Banded { size, reach, .. } = self.lower;
        let mut x = right.to_vec();
        // Zeros at the start stay zeros.
        let start = x.iter().position(|it| *it != 0.0).unwrap_or(size);
        for row in start..size {
            let first = row.saturating_sub(reach);
            let sum = dot(self.lower.part(row, first, row), &x[first..row]);
            x[row] = (x[row] - sum) / self.lower.get(row, row);
        }
        for row in (0..size).rev() {
            x[row] /= self.lower.get(row, row);
            let (first, value) = (row.saturating_sub(reach), x[row]);
            let factors = self.lower.part(row, first, row);
            x[first..row].iter_mut().zip(factors).for_each(|(x, it)| *x -= it * value);
        }
        x
    }

    /// Puts in place of several right-hand sides, side by side, what the matrix turns into them: their
    /// sums do not wait for each other.
    pub(super) fn solve_each<const N: usize>(&self, x: &mut [[f64; N]]) {
        let Banded { size, reach, .. } = self.lower;
        let start = x.iter().position(|it| *it != [0.0; N]).unwrap_or(size);
        for row in start..size {
            let first = row.saturating_sub(reach);
            let (before, rest) = x.split_at_mut(row);
            for (above, factor) in before[first..].iter().zip(self.lower.part(row, first, row)) {
                rest[0].iter_mut().zip(above).for_each(|(x, it)| *x -= factor * it);
            }
            let inverse = 1.0 / self.lower.get(row, row);
            rest[0].iter_mut().for_each(|it| *it *= inverse);
        }
        for row in (0..size).rev() {
            let first = row.saturating_sub(reach);
            let (before, rest) = x.split_at_mut(row);
            let inverse = 1.0 / self.lower.get(row, row);
            rest[0].iter_mut().for_each(|it| *it *= inverse);
            for (above, factor) in before[first..].iter_mut().zip(self.lower.part(row, first, row))
            {
                above.iter_mut().zip(rest[0]).for_each(|(x, it)| *x -= factor * it);
            }
        }
    }

    /// The entries of the inverse that lie in the band (Takahashi, Fagan and Chin 1973).
    pub(super) fn inverse(&self) -> Banded {
        let Banded { size, reach, .. } = self.lower;
        // Whole rows, on both sides of the diagonal: the sums run along them.
        let wide = 2 * reach + 1;
        let mut whole = vec![0.0; size * wide];
        let mut column = vec![0.0; reach];
        for row in (0..size).rev() {
            let last = (row + reach).min(size - 1);
            let column = &mut column[..last - row];
            for (below, it) in (row + 1..=last).zip(column.iter_mut()) {
                *it = self.lower.get(below, row);
            }
            let diagonal = 1.0 / self.lower.get(row, row);
            for other in (row + 1..=last).rev() {
                let start = other * wide + reach + row + 1 - other;
                let below = &whole[start..start + column.len()];
                let entry = -diagonal * dot(below, column);
                whole[other * wide + reach + row - other] = entry;
                whole[row * wide + reach + other - row] = entry;
            }
            let start = row * wide + reach;
            let below = &whole[start + 1..start + 1 + column.len()];
            whole[start] = (diagonal - dot(below, column)) * diagonal;
        }
        let rows = whole.chunks_exact(wide).flat_map(|it| &it[..=reach]);
        Banded { size, reach, entries: rows.copied().collect() }
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
    fn right_hand_sides_are_solved_together_as_they_are_alone() {
        let factor = example().factor().unwrap();
        let columns = [[0.0, 0.0, 1.0, -2.0, 0.5], [0.0, 3.0, 0.0, 1.0, 1.0]];
        let mut together: Vec<[f64; 2]> = (0..5).map(|it| columns.map(|of| of[it])).collect();
        factor.solve_each(&mut together);
        for (at, column) in columns.iter().enumerate() {
            for (one, other) in factor.solve(column).iter().zip(&together) {
                assert!((one - other[at]).abs() < 1e-15);
            }
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
