//! The reference: slopes of a dense averaged sweep by local polynomials, with their uncertainty.

use super::error::{FidelityError, all};

/// Polynomials that are fitted, by least squares, to the points near each level: Savitzky and Golay's
/// slopes (Anal. Chem. 36, 1627, 1964) where the points are equally spaced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalPolynomial {
    /// How far the fit reaches to either side, V.
    pub half_width: f64,
    /// Of the polynomial; 1 to [`LocalPolynomial::HIGHEST`].
    pub degree: usize,
}

/// A slope of the reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// S.
    pub value: f64,
    /// Standard uncertainty that the scatter of the points about the fit explains, S.
    pub noise: f64,
    /// The square of what the polynomial is too stiff for, S²: the squared change of the slope with
    /// two degrees more, less what noise explains of that. Single values scatter about zero and can
    /// be negative; their mean over a sweep is an estimate.
    pub truncation_squared: f64,
}

/// Degrees that the polynomial is raised by, to see what it is too stiff for.
const STIFFER: usize = 2;

impl LocalPolynomial {
    /// The highest degree.
    pub const HIGHEST: usize = 5;

    /// Points that a fit needs: as many as the stiffer polynomial has coefficients, and one for the
    /// scatter.
    pub fn least_points(&self) -> usize {
        self.degree + STIFFER + 2
    }

    /// Whether a curve at `levels`, in any order, has [`LocalPolynomial::slopes`] at the levels `at`:
    /// known before anything is measured.
    ///
    /// # Errors
    /// The first of `at` that reaches fewer different levels than [`LocalPolynomial::least_points`].
    pub fn check(&self, levels: &[f64], at: &[f64]) -> Result<(), FidelityError> {
        let mut points = levels.to_vec();
        points.sort_by(f64::total_cmp);
        points.dedup();
        let least = self.least_points();
        let narrow = |level: &f64| {
            let found = self.near(&points, *level, |it| *it).len();
            let half_width = self.half_width;
            let error = FidelityError::NarrowFit { level: *level, half_width, found, least };
            if found < least { Err(error) } else { Ok(()) }
        };
        at.iter().try_for_each(narrow)
    }

    /// The points within reach, of points sorted by level.
    fn near<'a, T>(&self, points: &'a [T], at: f64, level: impl Fn(&T) -> f64) -> &'a [T] {
        // Levels are numbers of codes times a code: a hair's breadth is within reach.
        let reach = self.half_width * (1.0 + 1e-9);
        let start = points.partition_point(|it| level(it) < at - reach);
        let end = points.partition_point(|it| level(it) <= at + reach);
        &points[start..end]
    }

    /// Slopes at the levels `at` of the curve through (`levels`, `currents`), which may come in any
    /// order. A level near the end of the curve is fitted from one side, and noisier.
    ///
    /// # Errors
    /// Lists of different lengths; values that are not finite; a fit that reaches fewer points than
    /// [`LocalPolynomial::least_points`].
    pub fn slopes(
        &self,
        levels: &[f64],
        currents: &[f64],
        at: &[f64],
    ) -> Result<Vec<Slope>, FidelityError> {
        if levels.len() != currents.len() {
            return Err(FidelityError::Lengths { one: levels.len(), other: currents.len() });
        }
        all(levels.iter().zip(currents).map(|it| it.0.is_finite() && it.1.is_finite()))?;
        let mut points: Vec<(f64, f64)> =
            levels.iter().copied().zip(currents.iter().copied()).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        at.iter().map(|level| self.slope(&points, *level)).collect()
    }

    fn slope(&self, points: &[(f64, f64)], at: f64) -> Result<Slope, FidelityError> {
        let near = self.near(points, at, |it| it.0);
        let least = self.least_points();
        let narrow = FidelityError::NarrowFit {
            level: at,
            half_width: self.half_width,
            found: near.len(),
            least,
        };
        if near.len() < least {
            return Err(narrow);
        }
        let x: Vec<f64> = near.iter().map(|it| (it.0 - at) / self.half_width).collect();
        let y: Vec<f64> = near.iter().map(|it| it.1).collect();
        let (Some(fit), Some(other)) =
            (Fit::of(&x, &y, self.degree), Fit::of(&x, &y, self.degree + STIFFER))
        else {
            return Err(narrow);
        };
        let scatter = fit.residuals / (near.len() - self.degree - 1) as f64;
        let scale = 1.0 / self.half_width;
        // The coefficients of nested fits differ by what is independent of the lower one.
        let of_noise = scatter * (other.slope_variance - fit.slope_variance);
        Ok(Slope {
            value: fit.slope * scale,
            noise: (scatter * fit.slope_variance).sqrt() * scale,
            truncation_squared: ((other.slope - fit.slope).powi(2) - of_noise) * scale * scale,
        })
    }
}

/// A polynomial in x about 0.
struct Fit {
    slope: f64,
    /// Variance of the slope, of points of variance 1.
    slope_variance: f64,
    /// Sum of the squared residuals.
    residuals: f64,
}

impl Fit {
    /// `None` where the points do not determine it.
    fn of(x: &[f64], y: &[f64], degree: usize) -> Option<Fit> {
        let n = degree + 1;
        // A QR factorisation by Gram and Schmidt, done twice, of the columns x⁰, x¹, ...: the normal
        // equations would square its condition.
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(n);
        // Of each column, its shares of the orthogonal ones.
        let mut upper: Vec<Vec<f64>> = Vec::with_capacity(n);
        for power in 0..n {
            let mut column: Vec<f64> = x.iter().map(|it| it.powi(power as i32)).collect();
            let whole = norm(&column);
            let mut shares = vec![0.0; power + 1];
            for _ in 0..2 {
                for (sum, other) in shares.iter_mut().zip(&columns) {
                    let share = dot(other, &column);
                    *sum += share;
                    column.iter_mut().zip(other).for_each(|(it, other)| *it -= share * other);
                }
            }
            let left = norm(&column);
            if left <= 1e-9 * whole {
                return None;
            }
            shares[power] = left;
            upper.push(shares);
            column.iter_mut().for_each(|it| *it /= left);
            columns.push(column);
        }
        // The slope is Σ row_k·(q_k·y), row being the second row of the inverse of `upper`.
        let mut row = vec![0.0];
        for (k, column) in upper.iter().enumerate().skip(1) {
            let asked = f64::from(u8::from(k == 1));
            row.push((asked - dot(&row, column)) / column[k]);
        }
        let shares: Vec<f64> = columns.iter().map(|it| dot(it, y)).collect();
        let left: Vec<f64> = (0..y.len())
            .map(|at| y[at] - columns.iter().zip(&shares).map(|(q, it)| q[at] * it).sum::<f64>())
            .collect();
        Some(Fit {
            slope: dot(&row, &shares),
            slope_variance: dot(&row, &row),
            residuals: dot(&left, &left),
        })
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|it| it.0 * it.1).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
