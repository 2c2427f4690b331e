//! Squared differences of coefficients.

use super::banded::Banded;

/// Fourth differences: zero for cubics.
pub(super) const FOURTH: [f64; 5] = [1.0, -4.0, 6.0, -4.0, 1.0];
/// Second differences: zero for straight lines.
pub(super) const SECOND: [f64; 3] = [1.0, -2.0, 1.0];

/// The differences of one spline's coefficients.
#[derive(Clone, Copy, Debug)]
pub(super) struct Penalty<'a> {
    /// Places of the coefficients.
    pub(super) places: &'a [usize],
    /// The difference that is penalised.
    pub(super) difference: &'static [f64],
}

impl Penalty<'_> {
    /// Differences.
    pub(super) fn rank(&self) -> usize {
        self.places.len() + 1 - self.difference.len()
    }

    /// Adds the sum of squared differences over `variance` to a matrix.
    pub(super) fn add_to(&self, matrix: &mut Banded, variance: f64) {
        for places in self.places.windows(self.difference.len()) {
            for (one, a) in places.iter().zip(self.difference) {
                for (other, b) in places.iter().zip(self.difference) {
                    if other <= one {
                        matrix.add(*one, *other, a * b / variance);
                    }
                }
            }
        }
    }

    /// The differences.
    pub(super) fn of<'a>(&'a self, coefficients: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        let windows = self.places.windows(self.difference.len());
        windows.map(|it| it.iter().zip(self.difference).map(|(at, a)| a * coefficients[*at]).sum())
    }

    /// The trace of the penalty's matrix times `covariance`: the sum of the differences' variances.
    pub(super) fn trace(&self, covariance: &Banded) -> f64 {
        let variance = |places: &[usize]| -> f64 {
            let mut sum = 0.0;
            for (at, (one, a)) in places.iter().zip(self.difference).enumerate() {
                sum += a * a * covariance.get(*one, *one);
                for (other, b) in places.iter().zip(self.difference).take(at) {
                    sum += 2.0 * a * b * covariance.get(*one, *other);
                }
            }
            sum
        };
        self.places.windows(self.difference.len()).map(variance).sum()
    }

    /// The penalty's matrix times a vector, added to `product`.
    pub(super) fn times(&self, coefficients: &[f64], variance: f64, product: &mut [f64]) {
        let windows = self.places.windows(self.difference.len());
        for (places, difference) in windows.zip(self.of(coefficients)) {
            for (at, a) in places.iter().zip(self.difference) {
                product[*at] += a * difference / variance;
            }
        }
    }
}
