//! How rough the curve and the mismatch are, by the readings themselves.

use super::{
    banded::{Banded, Factor},
    grid::Grid,
    normal::Normal,
    penalty::{FOURTH, Penalty, SECOND},
};

/// Mean squares of the differences of the coefficients over the noise, and the noise itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Roughness {
    /// Fourth differences of the curve.
    pub(super) curve: f64,
    /// Second differences of the mismatch.
    pub(super) mismatch: f64,
    /// The mismatch itself.
    pub(super) apart: f64,
    /// Variance of the readings over the expected one.
    pub(super) noise: f64,
}

/// What the differences of both splines are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Penalties<'a> {
    curve: Penalty<'a>,
    mismatch: Penalty<'a>,
}

/// Readings that the expectation of a roughness is worth.
const ROUGHNESS: f64 = 2.0;
/// Readings that the expectation of the noise is worth.
const NOISE: f64 = 10.0;
/// Dimensions that no penalty sees: a cubic and a straight line.
const FREE: f64 = 6.0;
/// Rounds of the search, and the change of a logarithm at which it ends: the roughness is not known
/// better than that.
const ROUNDS: usize = 40;
const SETTLED: f64 = 0.1;
/// Differences that it starts from at least, as a share of the largest current.
const START: f64 = 1e-3;

impl<'a> Penalties<'a> {
    pub(super) fn new(grid: &'a Grid) -> Penalties<'a> {
        Penalties {
            curve: Penalty { places: &grid.curve, difference: &FOURTH },
            mismatch: Penalty { places: &grid.mismatch, difference: &SECOND },
        }
    }

    /// The penalties' matrix times a vector.
    pub(super) fn times(&self, roughness: Roughness, vector: &[f64], product: &mut [f64]) {
        self.curve.times(vector, roughness.curve, product);
        self.mismatch.times(vector, roughness.mismatch, product);
    }

    /// The inverse of the normal equations where the penalties count so much more.
    pub(super) fn stiffer(
        &self,
        normal: &Normal,
        roughness: Roughness,
        more: f64,
    ) -> Option<Banded> {
        let mut matrix = normal.matrix.clone();
        let softer = |it: f64| it / (1.0 + more);
        self.add_to(
            &mut matrix,
            Roughness {
                curve: softer(roughness.curve),
                mismatch: softer(roughness.mismatch),
                ..roughness
            },
        );
        Some(matrix.factor()?.inverse())
    }

    fn add_to(&self, matrix: &mut Banded, roughness: Roughness) {
        self.curve.add_to(matrix, roughness.curve);
        self.mismatch.add_to(matrix, roughness.mismatch);
        let places = self.mismatch.places;
        let ridge = 1.0 / (roughness.apart * places.len() as f64);
        places.iter().for_each(|it| matrix.add(*it, *it, ridge));
    }
}

/// The roughness that makes the readings most likely, and what belongs to it.
pub(super) struct Found {
    pub(super) roughness: Roughness,
    /// Of the normal equations with the penalties.
    pub(super) factor: Factor,
    pub(super) inverse: Banded,
    pub(super) solution: Vec<f64>,
}

/// `None` where the readings do not determine a solution.
pub(super) fn search(
    normal: &Normal,
    penalties: &Penalties<'_>,
    expected: Roughness,
) -> Option<Found> {
    // From the rough side: a curve that starts too smooth learns slowly that it is.
    let mut now = Roughness {
        curve: expected.curve.max(START * START),
        mismatch: expected.mismatch.max(START * START),
        ..expected
    };
    for round in 1.. {
        let mut matrix = normal.matrix.clone();
        penalties.add_to(&mut matrix, now);
        let factor = matrix.factor()?;
        let solution = factor.solve(&normal.right);
        let fitted: f64 = solution.iter().zip(&normal.right).map(|(a, b)| a * b).sum();
        let left = (normal.squares - fitted).max(0.0);
        let noise = (left + NOISE) / (normal.count as f64 - FREE + NOISE).max(1.0);
        now.noise = noise;
        let inverse = factor.inverse();
        let better = |penalty: &Penalty<'_>, now: f64, expected: f64| {
            let squares: f64 = penalty.of(&solution).map(|it| it * it).sum();
            let freedom = (penalty.rank() as f64 - penalty.trace(&inverse) / now).max(0.0);
            (squares + ROUGHNESS * expected) / noise / (freedom + ROUGHNESS)
        };
        let curve = better(&penalties.curve, now.curve, expected.curve);
        let mismatch = better(&penalties.mismatch, now.mismatch, expected.mismatch);
        let change = (curve / now.curve).ln().abs().max((mismatch / now.mismatch).ln().abs());
        if change < SETTLED || round == ROUNDS {
            return Some(Found { roughness: now, factor, inverse, solution });
        }
        now = Roughness { curve, mismatch, ..now };
    }
    None
}
