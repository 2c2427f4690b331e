//! The two splines through a set of readings, and how sure they are.

use super::{
    Row,
    banded::Banded,
    basis::{self, SUPPORT},
    grid::{FINE, Grid, UNKNOWNS},
    normal::Normal,
    search::{Found, Penalties, Roughness, search},
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
    /// How few readings tell how rough the curve is, those of a cluster once: from one on, too few.
    few: f64,
    cells: Vec<Cell>,
}

/// The coefficients of the mean curve that count in one cell.
#[derive(Clone, Copy, Debug)]
struct Cell {
    curve: [f64; SUPPORT],
    /// What smoothing takes from them, by their own estimate.
    bias: [f64; SUPPORT],
    /// Their covariance by noise alone.
    sampling: Form,
    /// Their covariance by noise and by what a curve as rough as this one may do unseen.
    posterior: Form,
}

/// A symmetric matrix as what it multiplies the [`pairs`] of a vector with.
type Form = [f64; PAIRS];
const PAIRS: usize = SUPPORT * (SUPPORT + 1) / 2;

/// So much larger are the penalties of which a derivative is taken: it is as sure as that, and the
/// difference has half of the digits of a number.
const STIFFER: f64 = 1.0 / 256.0;
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
        let found = search(&normal, &penalties, expected)?;
        let stiffer = penalties.stiffer(&normal, found.roughness, STIFFER)?;
        let cells = cells(&grid, &penalties, &found, &stiffer);
        let telling: f64 = normal.counts.iter().map(|it| f64::from(*it.min(&TELLING))).sum();
        Some(Smooth { scale, few: MANY / telling, cells, grid })
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
    #[inline]
    fn of(&self, cell: usize, weights: [f64; SUPPORT], unit: f64) -> Uncertain {
        let cell = &self.cells[cell];
        let (value, bias) = (product(&cell.curve, &weights), product(&cell.bias, &weights));
        let pairs = pairs(&weights);
        let (sampling, posterior) =
            (product(&cell.sampling, &pairs), product(&cell.posterior, &pairs));
        let few = self.few;
        let unseen = (few * few).min(1.0) * (posterior - sampling);
        let variance = (sampling + unseen + bias * bias).max(LEAST * posterior) * few.max(1.0);
        Uncertain { value: unit * value, uncertainty: unit * variance.sqrt() }
    }
}

/// In two sums, which do not wait for each other.
#[inline]
fn product<const N: usize>(one: &[f64; N], other: &[f64; N]) -> f64 {
    let ((ones, _), (others, _)) = (one.as_chunks::<2>(), other.as_chunks::<2>());
    let add = |[a, b]: [f64; 2], (one, other): (&[f64; 2], &[f64; 2])| {
        [a + one[0] * other[0], b + one[1] * other[1]]
    };
    let [a, b] = ones.iter().zip(others).fold([0.0; 2], add);
    a + b
}

/// The products of the numbers of a vector, each pair once: the lower half of a matrix by rows.
fn pairs(weights: &[f64; SUPPORT]) -> Form {
    let [a, b, c, d] = *weights;
    [a * a, b * a, b * b, c * a, c * b, c * c, d * a, d * b, d * c, d * d]
}

/// With M = XᵀR⁻¹X + P, the posterior covariance is M⁻¹, the noise's share of it M⁻¹ − M⁻¹PM⁻¹, and
/// the bias −M⁻¹P times the coefficients. What is subtracted is what M⁻¹ falls by as P grows.
fn cells(grid: &Grid, penalties: &Penalties<'_>, found: &Found, stiffer: &Banded) -> Vec<Cell> {
    let Found { roughness, factor, inverse, solution } = found;
    let mut pull = vec![0.0; UNKNOWNS];
    penalties.times(*roughness, solution, &mut pull);
    let bias = factor.solve(&pull);
    let cell = |cell: usize| {
        let places = &grid.curve[cell..cell + SUPPORT];
        let (mut sampling, mut posterior) = ([0.0; PAIRS], [0.0; PAIRS]);
        let pairs = (0..SUPPORT).flat_map(|one| (0..=one).map(move |other| (one, other)));
        for ((one, other), at) in pairs.zip(0..) {
            let all = inverse.get(places[one], places[other]);
            let shrunk = (all - stiffer.get(places[one], places[other])) / STIFFER;
            // What is off the diagonal counts twice.
            let count = if one == other { roughness.noise } else { 2.0 * roughness.noise };
            (posterior[at], sampling[at]) = (count * all, count * (all - shrunk));
        }
        Cell {
            curve: std::array::from_fn(|it| solution[places[it]]),
            bias: std::array::from_fn(|it| bias[places[it]]),
            sampling,
            posterior,
        }
    };
    (0..FINE).map(cell).collect()
}
