//! The two splines through a set of readings, and how sure they are.

use super::{
    Row,
    banded::Factor,
    basis::{self, SUPPORT},
    grid::{FINE, Grid, UNKNOWNS},
    normal::Normal,
    search::{Penalties, Roughness, search},
};
use crate::Uncertain;

/// What curve and mismatch are expected to be before a reading is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::method) struct Prior {
    /// Mean square of I⁗ of the mean device times the length over which it is alike, (A/V⁴)²·V.
    pub(in crate::method) curve: f64,
    /// The same of m″, (A/V²)²·V.
    pub(in crate::method) mismatch: f64,
    /// Mean square of m, A².
    pub(in crate::method) apart: f64,
}

/// Mean curve and mismatch.
#[derive(Clone, Debug)]
pub(in crate::method) struct Smooth {
    grid: Grid,
    /// A.
    scale: f64,
    /// Readings that tell how rough the curve is: those of a cluster tell it once.
    telling: f64,
    cells: Vec<Cell>,
}

/// The coefficients of the mean curve that count in one cell.
#[derive(Clone, Copy, Debug)]
struct Cell {
    curve: [f64; SUPPORT],
    /// What smoothing takes from them, by their own estimate.
    bias: [f64; SUPPORT],
    /// Their covariance by noise alone.
    sampling: [[f64; SUPPORT]; SUPPORT],
    /// Their covariance by noise and by what a curve as rough as this one may do unseen.
    posterior: [[f64; SUPPORT]; SUPPORT],
}

/// Equations that are solved side by side.
const TOGETHER: usize = 4;
/// Readings from which the roughness is well known.
const MANY: f64 = 32.0;
/// Readings of one cell that tell something of it.
const TELLING: u32 = 4;
/// The least share of the posterior variance that is told: between readings far apart, noise and
/// bias alone promise too much.
const LEAST: f64 = 0.5;
/// The mismatch may be so much larger than it was, and is at least this share of the current.
const WIDER: f64 = 2.0;
const LEAST_APART: f64 = 1e-3;
/// The least difference of coefficients that is expected, as a share of the largest current: one of
/// nothing at all would leave numbers no digits.
const LEAST_ROUGH: f64 = 1e-5;

impl Smooth {
    /// Through the readings of all rows; `None` where they do not determine a curve.
    pub(in crate::method) fn new(rows: &[Row], prior: Prior) -> Option<Smooth> {
        let (mut low, mut high, mut scale) = (f64::INFINITY, f64::NEG_INFINITY, 0.0_f64);
        for datum in rows.iter().flat_map(Row::data) {
            (low, high) = (low.min(datum.level), high.max(datum.level));
            scale = scale.max(datum.current.abs());
        }
        if high <= low || scale <= 0.0 || !scale.is_finite() {
            return None;
        }
        let grid = Grid::new(low, high);
        let normal = Normal::new(rows, &grid, scale);
        let apart = WIDER * (prior.apart.sqrt() / scale).max(LEAST_APART);
        let rough = |squares: f64| (squares / (scale * scale)).max(LEAST_ROUGH * LEAST_ROUGH);
        let expected = Roughness {
            curve: rough(prior.curve * grid.width.powi(7)),
            mismatch: rough(prior.mismatch * grid.coarse_width().powi(3)),
            apart: apart * apart,
            noise: 1.0,
        };
        let penalties = Penalties::new(&grid);
        let (roughness, factor, solution) = search(&normal, &penalties, expected)?;
        let cells = cells(&grid, &penalties, roughness, &factor, &solution);
        let telling = normal.counts.iter().map(|it| f64::from(*it.min(&TELLING))).sum();
        Some(Smooth { scale, telling, cells, grid })
    }

    /// The mean device's current and slope at a level, A and S.
    pub(in crate::method) fn at(&self, level: f64) -> [Uncertain; 2] {
        let spot = self.grid.spot(level);
        let current = self.of(spot.cell, basis::values(spot.within), self.scale);
        let slope = self.of(spot.cell, basis::slopes(spot.within), self.scale / self.grid.width);
        [current, slope]
    }

    /// Noise and estimated bias cover the truth best where readings are many: what a random curve
    /// would do on top is not random, but what this curve does. With few readings neither the
    /// roughness nor the bias is well estimated, and the posterior is the better guide.
    fn of(&self, cell: usize, weights: [f64; SUPPORT], unit: f64) -> Uncertain {
        let cell = &self.cells[cell];
        let (value, bias) = (product(&cell.curve, &weights), product(&cell.bias, &weights));
        let sampling = quadratic(&cell.sampling, &weights);
        let posterior = quadratic(&cell.posterior, &weights);
        let few = MANY / self.telling;
        let unseen = (few * few).min(1.0) * (posterior - sampling);
        let variance = (sampling + unseen + bias * bias).max(LEAST * posterior) * few.max(1.0);
        Uncertain { value: unit * value, uncertainty: unit * variance.sqrt() }
    }
}

fn product(one: &[f64; SUPPORT], other: &[f64; SUPPORT]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

fn quadratic(matrix: &[[f64; SUPPORT]; SUPPORT], weights: &[f64; SUPPORT]) -> f64 {
    matrix.iter().zip(weights).map(|(row, weight)| weight * product(row, weights)).sum()
}

/// With M = XᵀR⁻¹X + P, the posterior covariance is M⁻¹, the noise's share of it M⁻¹ − M⁻¹PM⁻¹, and
/// the bias −M⁻¹P times the coefficients.
fn cells(
    grid: &Grid,
    penalties: &Penalties<'_>,
    roughness: Roughness,
    factor: &Factor,
    solution: &[f64],
) -> Vec<Cell> {
    let mut pull = vec![0.0; UNKNOWNS];
    penalties.times(roughness, solution, &mut pull);
    let bias = factor.solve(&pull);
    let inverse = factor.inverse();
    let shrinking = shrinking(penalties, roughness, factor);
    let cell = |cell: usize| {
        let places = &grid.curve[cell..cell + SUPPORT];
        let symmetric = |of: &dyn Fn(usize, usize) -> f64| {
            let mut matrix = [[0.0; SUPPORT]; SUPPORT];
            for one in 0..SUPPORT {
                for other in 0..=one {
                    matrix[one][other] = roughness.noise * of(places[one], places[other]);
                    matrix[other][one] = matrix[one][other];
                }
            }
            matrix
        };
        Cell {
            curve: std::array::from_fn(|it| solution[places[it]]),
            bias: std::array::from_fn(|it| bias[places[it]]),
            sampling: symmetric(&|one, other| {
                let mut shrunk = [0.0; TOGETHER];
                for rows in &shrinking {
                    let products = rows[one].iter().zip(&rows[other]);
                    shrunk.iter_mut().zip(products).for_each(|(sum, (a, b))| *sum += a * b);
                }
                inverse.get(one, other) - shrunk.iter().sum::<f64>()
            }),
            posterior: symmetric(&|one, other| inverse.get(one, other)),
        }
    };
    (0..FINE).map(cell).collect()
}

/// M⁻¹ times the rows whose squares make P, some side by side.
fn shrinking(
    penalties: &Penalties<'_>,
    roughness: Roughness,
    factor: &Factor,
) -> Vec<Vec<[f64; TOGETHER]>> {
    let rows: Vec<Vec<f64>> = penalties.rows(roughness).collect();
    let together = rows.chunks(TOGETHER).map(|rows| {
        let mut columns = vec![[0.0; TOGETHER]; UNKNOWNS];
        for (at, row) in rows.iter().enumerate() {
            columns.iter_mut().zip(row).for_each(|(column, it)| column[at] = *it);
        }
        factor.solve_each(&mut columns);
        columns
    });
    together.collect()
}
