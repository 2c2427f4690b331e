//! The normal equations of generalised least squares.

use super::{
    Datum, Row,
    banded::Banded,
    basis::SUPPORT,
    grid::{Grid, Spot, UNKNOWNS},
};

/// Coefficients that count in one reading.
const WIDE: usize = 2 * SUPPORT;
/// Weighted products of two rows.
type Block = [[f64; WIDE]; WIDE];

/// XᵀR⁻¹X, XᵀR⁻¹y and yᵀR⁻¹y, where R is the covariance of the readings.
#[derive(Clone, Debug)]
pub(super) struct Normal {
    pub(super) matrix: Banded,
    pub(super) right: Vec<f64>,
    pub(super) squares: f64,
    /// Readings.
    pub(super) count: usize,
}

/// Sums over successive shots whose levels are in the same cells.
struct Run {
    cells: [usize; 2],
    own: [Block; 2],
    cross: Block,
    right: [[f64; WIDE]; 2],
}

/// R⁻¹ of one shot.
struct Weights {
    own: [f64; 2],
    cross: f64,
}

impl Normal {
    /// Sums over all rows; currents are divided by `scale`.
    pub(super) fn new(rows: &[Row], grid: &Grid, scale: f64) -> Normal {
        let cells = |row: &Row| {
            let cell = |it: Option<Datum>| it.map(|it| grid.spot(it.level).cell);
            cell(row.base).zip(cell(row.probe)).map_or(0, |(a, b)| a.abs_diff(b))
        };
        let apart = rows.iter().map(cells).max().unwrap_or(0);
        let mut normal = Normal {
            matrix: Banded::new(UNKNOWNS, grid.reach(apart)),
            right: vec![0.0; UNKNOWNS],
            squares: 0.0,
            count: 0,
        };
        // Where the roles are exchanged from shot to shot, each assignment has its own run.
        let mut runs = [Run::new([0, 0]), Run::new([0, 0])];
        for row in rows {
            normal.count += row.data().count();
            let spots = row.spots(grid);
            let cells = spots.map(|it| it.cell);
            let run = &mut runs[usize::from(cells[0] > cells[1])];
            if cells != run.cells {
                normal.take(run, grid);
                *run = Run::new(cells);
            }
            normal.squares += run.add(row, spots, scale);
        }
        runs.iter().for_each(|it| normal.take(it, grid));
        normal
    }

    fn take(&mut self, run: &Run, grid: &Grid) {
        let places = run.cells.map(|it| grid.places(it));
        for ((places, own), right) in places.iter().zip(&run.own).zip(&run.right) {
            for (at, (one, products)) in places.iter().zip(own).enumerate() {
                self.right[*one] += right[at];
                for (other, product) in places[..=at].iter().zip(products) {
                    self.matrix.add(*one, *other, *product);
                }
            }
        }
        for (one, products) in places[0].into_iter().zip(&run.cross) {
            for (other, product) in places[1].into_iter().zip(products) {
                // An entry off the diagonal stands for itself and its mirror image.
                let twice = if one == other { 2.0 } else { 1.0 };
                self.matrix.add(one, other, twice * product);
            }
        }
    }
}

impl Run {
    fn new(cells: [usize; 2]) -> Run {
        let none = [[0.0; WIDE]; WIDE];
        Run { cells, own: [none; 2], cross: none, right: [[0.0; WIDE]; 2] }
    }

    /// Adds a shot; returns its share of yᵀR⁻¹y.
    fn add(&mut self, row: &Row, spots: [Spot; 2], scale: f64) -> f64 {
        let weights = Weights::of(row, scale);
        let y = [row.base, row.probe].map(|it| it.map_or(0.0, |it| it.current / scale));
        let rows = [Grid::row(spots[0], -0.5), Grid::row(spots[1], 0.5)];
        let mut squares = 0.0;
        for (side, row) in rows.iter().enumerate() {
            let pull = weights.own[side] * y[side] + weights.cross * y[1 - side];
            squares += pull * y[side];
            self.right[side].iter_mut().zip(row).for_each(|(sum, it)| *sum += pull * it);
            add_products(&mut self.own[side], weights.own[side], row, row);
        }
        if weights.cross != 0.0 {
            add_products(&mut self.cross, weights.cross, &rows[0], &rows[1]);
        }
        squares
    }
}

fn add_products(sums: &mut Block, weight: f64, one: &[f64; WIDE], other: &[f64; WIDE]) {
    for (sums, a) in sums.iter_mut().zip(one) {
        let weighed = weight * a;
        sums.iter_mut().zip(other).for_each(|(sum, b)| *sum += weighed * b);
    }
}

impl Weights {
    fn of(row: &Row, scale: f64) -> Weights {
        let square = scale * scale;
        let variance = |it: Datum| (it.variance + row.common * it.current * it.current) / square;
        let (base, probe) = match (row.base, row.probe) {
            (Some(base), Some(probe)) => (base, probe),
            (base, probe) => {
                let own = [base, probe].map(|it| it.map_or(0.0, |it| 1.0 / variance(it)));
                return Weights { own, cross: 0.0 };
            }
        };
        let (a, b) = (variance(base), variance(probe));
        let c = row.common * base.current * probe.current / square;
        // a·b − c² without the difference of two large numbers.
        let determinant = (base.variance * probe.variance
            + row.common
                * (base.variance * probe.current.powi(2) + probe.variance * base.current.powi(2)))
            / (square * square);
        Weights { own: [b / determinant, a / determinant], cross: -c / determinant }
    }
}

impl Row {
    /// Where its levels are; a reading that is missing is where the other is.
    fn spots(&self, grid: &Grid) -> [Spot; 2] {
        let spot = |it: Option<Datum>, or: Option<Datum>| {
            it.or(or).map_or(Spot { cell: 0, within: 0.0 }, |it| grid.spot(it.level))
        };
        [spot(self.base, self.probe), spot(self.probe, self.base)]
    }
}
