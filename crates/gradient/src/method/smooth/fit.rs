//! The two splines through a set of readings, and how sure they are.

use super::{
    Row,
    banded::{Banded, Factor},
    basis::{self, SUPPORT},
    grid::{FINE, Grid, UNKNOWNS},
    normal::Normal,
    penalty::{FOURTH, Penalty, SECOND},
};
use crate::Uncertain;

/// What the differences of the coefficients are expected to be before a reading is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::method) struct Prior {
    /// Mean square of I⁗ of the mean device, (A/V⁴)².
    pub(in crate::method) curve: f64,
    /// Mean square of m″, (A/V²)².
    pub(in crate::method) mismatch: f64,
}

/// Readings that the expectation of the curve's roughness is worth.
const ROUGHNESS: f64 = 1.0;
/// Readings that the expectation of the noise is worth.
const NOISE: f64 = 10.0;
/// Dimensions that no penalty sees: a cubic and a straight line.
const FREE: f64 = 6.0;
/// Rounds of the search for the roughness, and the change at which it ends.
const ROUNDS: usize = 30;
const SETTLED: f64 = 0.05;
/// The mismatch is not expected to be larger than this share of the largest current.
const LARGEST_MISMATCH: f64 = 0.3;

/// Mean curve and mismatch.
#[derive(Clone, Debug)]
pub(in crate::method) struct Smooth {
    grid: Grid,
    /// A.
    scale: f64,
    /// Coefficients of the mean curve that count in each cell.
    curve: Vec<[f64; SUPPORT]>,
    /// Their smoothing bias.
    bias: Vec<[f64; SUPPORT]>,
    /// Their covariance.
    covariance: Vec<[[f64; SUPPORT]; SUPPORT]>,
}

/// The two roughnesses, relative to the noise, and the noise relative to what was expected.
#[derive(Clone, Copy, Debug)]
struct Roughness {
    curve: f64,
    mismatch: f64,
    noise: f64,
}

struct Penalties<'a> {
    curve: Penalty<'a>,
    mismatch: Penalty<'a>,
}

impl Smooth {
    /// Through the readings of all rows; `None` where they do not determine a curve.
    pub(in crate::method) fn new(rows: &[Row], prior: Prior) -> Option<Smooth> {
        let all = || rows.iter().flat_map(Row::data);
        let low = all().map(|it| it.level).fold(f64::INFINITY, f64::min);
        let high = all().map(|it| it.level).fold(f64::NEG_INFINITY, f64::max);
        let scale = all().map(|it| it.current.abs()).fold(0.0, f64::max);
        if high <= low || scale <= 0.0 || !scale.is_finite() {
            return None;
        }
        let grid = Grid::new(low, high);
        let normal = Normal::new(rows, &grid, scale);
        let penalties = Penalties {
            curve: Penalty { places: &grid.curve, difference: &FOURTH },
            mismatch: Penalty { places: &grid.mismatch, difference: &SECOND },
        };
        let coarse = grid.coarse_width();
        let expected = Roughness {
            curve: prior.curve * grid.width.powi(8) / (scale * scale),
            mismatch: prior.mismatch * coarse.powi(4) / (scale * scale),
            noise: 1.0,
        };
        let (roughness, factor, solution) = search(&normal, &penalties, expected)?;
        let mut pull = vec![0.0; UNKNOWNS];
        penalties.curve.times(&solution, roughness.curve, &mut pull);
        penalties.mismatch.times(&solution, roughness.mismatch, &mut pull);
        let bias = factor.solve(&pull);
        let covariance = factor.inverse();
        let cells = 0..FINE;
        let places = |cell: usize| &grid.curve[cell..cell + SUPPORT];
        let at = |list: &[f64], cell: usize| std::array::from_fn(|it| list[places(cell)[it]]);
        let of = |cell: usize| {
            std::array::from_fn(|one| {
                std::array::from_fn(|other| {
                    roughness.noise * covariance.get(places(cell)[one], places(cell)[other])
                })
            })
        };
        Some(Smooth {
            scale,
            curve: cells.clone().map(|it| at(&solution, it)).collect(),
            bias: cells.clone().map(|it| at(&bias, it)).collect(),
            covariance: cells.map(of).collect(),
            grid,
        })
    }

    /// The mean device's current at a level, A.
    pub(in crate::method) fn current(&self, level: f64) -> Uncertain {
        let spot = self.grid.spot(level);
        self.of(spot.cell, basis::values(spot.within), self.scale)
    }

    /// The mean device's slope at a level, S.
    pub(in crate::method) fn slope(&self, level: f64) -> Uncertain {
        let spot = self.grid.spot(level);
        self.of(spot.cell, basis::slopes(spot.within), self.scale / self.grid.width)
    }

    fn of(&self, cell: usize, weights: [f64; SUPPORT], unit: f64) -> Uncertain {
        let sum =
            |list: &[f64; SUPPORT]| -> f64 { list.iter().zip(&weights).map(|(a, b)| a * b).sum() };
        let (value, bias) = (sum(&self.curve[cell]), sum(&self.bias[cell]));
        let rows = self.covariance[cell].iter().zip(&weights);
        let variance: f64 = rows.map(|(row, weight)| weight * sum(row)).sum();
        let _ = bias;
        Uncertain { value: unit * value, uncertainty: unit.abs() * variance.max(0.0).sqrt() }
    }
}

/// The roughness that makes the readings most likely, and the solution that belongs to it.
fn search(
    normal: &Normal,
    penalties: &Penalties<'_>,
    expected: Roughness,
) -> Option<(Roughness, Factor, Vec<f64>)> {
    let mut now = expected;
    for round in 1.. {
        let matrix = penalised(normal, penalties, now);
        let factor = matrix.factor()?;
        let solution = factor.solve(&normal.right);
        let fitted: f64 = solution.iter().zip(&normal.right).map(|(a, b)| a * b).sum();
        let left = (normal.squares - fitted).max(0.0);
        let noise = (left + NOISE) / (normal.count as f64 - FREE + NOISE).max(1.0);
        let inverse = factor.inverse();
        let better = |penalty: &Penalty<'_>, now: f64, expected: f64| {
            let squares: f64 = penalty.of(&solution).map(|it| it * it).sum();
            let freedom = penalty.rank() as f64 - penalty.trace(&inverse) / now;
            (squares + ROUGHNESS * expected) / noise / (freedom.max(0.0) + ROUGHNESS)
        };
        let next = Roughness {
            curve: better(&penalties.curve, now.curve, expected.curve),
            mismatch: better(&penalties.mismatch, now.mismatch, expected.mismatch),
            noise,
        };
        let change =
            (next.curve / now.curve).ln().abs().max((next.mismatch / now.mismatch).ln().abs());
        if change < SETTLED || round == ROUNDS {
            if std::env::var("ROUNDS").is_ok() {
                eprintln!("{round} {next:?} {expected:?}");
            }
            return Some((Roughness { noise, ..now }, factor, solution));
        }
        now = next;
    }
    None
}

fn penalised(normal: &Normal, penalties: &Penalties<'_>, roughness: Roughness) -> Banded {
    let mut matrix = normal.matrix.clone();
    penalties.curve.add_to(&mut matrix, roughness.curve);
    penalties.mismatch.add_to(&mut matrix, roughness.mismatch);
    let places = penalties.mismatch.places;
    let ridge = LARGEST_MISMATCH.powi(-2) / places.len() as f64;
    places.iter().for_each(|it| matrix.add(*it, *it, ridge));
    matrix
}
