//! Symmetric positive matrices of some tens of rows.

/// Rows and columns of one length.
pub(crate) type Square = Vec<Vec<f64>>;

/// The lower triangle L of M = L·Lᵀ.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky(Square);

impl Cholesky {
    /// Factorises; `None` where the matrix is not positive, to rounding.
    pub(crate) fn of(matrix: &Square) -> Option<Cholesky> {
        let n = matrix.len();
        let mut lower: Square = Vec::with_capacity(n);
        for (row, values) in matrix.iter().enumerate() {
            let mut new = vec![0.0; n];
            for column in 0..=row {
                let other = if column == row { &new } else { &lower[column] };
                let known = dot(&new[..column], &other[..column]);
                let rest = values[column] - known;
                if column < row {
                    new[column] = rest / lower[column][column];
                } else if rest > 0.0 && rest.is_finite() {
                    new[row] = rest.sqrt();
                } else {
                    return None;
                }
            }
            lower.push(new);
        }
        Some(Cholesky(lower))
    }

    /// L⁻¹·b.
    pub(crate) fn forward(&self, b: &[f64]) -> Vec<f64> {
        let mut x = Vec::with_capacity(b.len());
        for (row, b) in self.0.iter().zip(b) {
            let known = dot(&row[..x.len()], &x);
            x.push((b - known) / row[x.len()]);
        }
        x
    }

    /// M⁻¹·b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.forward(b);
        for row in (0..x.len()).rev() {
            let known: f64 = (row + 1..x.len()).map(|it| self.0[it][row] * x[it]).sum();
            x[row] = (x[row] - known) / self.0[row][row];
        }
        x
    }

    /// The logarithm of M's determinant.
    pub(crate) fn log_determinant(&self) -> f64 {
        self.0.iter().enumerate().map(|(at, row)| 2.0 * row[at].ln()).sum()
    }
}

pub(crate) fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
