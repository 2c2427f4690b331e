//! The normal equations of generalised least squares.

use super::{
    Datum, Row,
    banded::Banded,
    basis::SUPPORT,
    grid::{FINE, Grid, Spot, UNKNOWNS},
};

/// Coefficients that count in one reading.
const WIDE: usize = 2 * SUPPORT;
/// How much coefficients count in a reading, as polynomials of where it is in its cell.
type Cubics = [[f64; 4]; WIDE];

/// XᵀR⁻¹X, XᵀR⁻¹y and yᵀR⁻¹y, where R is the covariance of the readings.
#[derive(Clone, Debug)]
pub(super) struct Normal {
    pub(super) matrix: Banded,
    pub(super) right: Vec<f64>,
    pub(super) squares: f64,
    /// Readings.
    pub(super) count: usize,
    /// Readings in each fine interval.
    pub(super) counts: [u32; FINE],
}

/// Sums over successive shots whose levels are in the same cells. In a cell every spline is a cubic of
/// the distance from the middle, so the sums of its powers make all products of splines.
struct Run {
    cells: [usize; 2],
    /// Readings.
    counts: [u32; 2],
    /// Weighted powers of one reading's place, 0 to 6.
    own: [[f64; 7]; 2],
    /// Weighted products of the powers of both, base by probe.
    cross: [[f64; 4]; 4],
    right: [[f64; 4]; 2],
}

/// R⁻¹ of one shot.
struct Weights {
    own: [f64; 2],
    cross: f64,
}

impl Normal {
    /// Sums over all rows; currents are divided by `scale`.
    pub(super) fn new(rows: &[Row], grid: &Grid, scale: f64) -> Normal {
        let mut normal = Normal {
            matrix: Banded::new(UNKNOWNS, grid.reach(apart(rows, grid))),
            right: vec![0.0; UNKNOWNS],
            squares: 0.0,
            count: 0,
            counts: [0; FINE],
        };
        // Where the roles are exchanged from shot to shot, each assignment has its own run.
        let mut runs = [Run::new([0, 0]), Run::new([0, 0])];
        for row in rows {
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
        if run.counts == [0; 2] {
            return;
        }
        let places = run.cells.map(|it| grid.places(it));
        let cubics = [Grid::cubics(run.cells[0], -0.5), Grid::cubics(run.cells[1], 0.5)];
        for side in 0..2 {
            self.counts[run.cells[side]] += run.counts[side];
            self.count += run.counts[side] as usize;
            let powers = &run.own[side];
            let sums = std::array::from_fn(|one| std::array::from_fn(|it| powers[one + it]));
            let halves = halves(&sums, &cubics[side]);
            for (at, (one, cubic)) in places[side].iter().zip(&cubics[side]).enumerate() {
                self.right[*one] += product(cubic, &run.right[side]);
                for (other, half) in places[side][..=at].iter().zip(&halves) {
                    self.matrix.add(*one, *other, product(cubic, half));
                }
            }
        }
        let halves = halves(&run.cross, &cubics[1]);
        for (one, cubic) in places[0].into_iter().zip(&cubics[0]) {
            for (other, half) in places[1].into_iter().zip(&halves) {
                // An entry off the diagonal stands for itself and its mirror image.
                let twice = if one == other { 2.0 } else { 1.0 };
                self.matrix.add(one, other, twice * product(cubic, half));
            }
        }
    }
}

/// The most cells that the two levels of a shot may be apart.
fn apart(rows: &[Row], grid: &Grid) -> usize {
    let off = |row: &Row| row.base.zip(row.probe).map_or(0.0, |(a, b)| (a.level - b.level).abs());
    let most = rows.iter().map(off).fold(0.0, f64::max) / grid.width;
    // A little more, since where both are is rounded.
    if most > 0.0 { (most + 1e-9) as usize + 1 } else { 0 }
}

/// A matrix of sums times every cubic.
fn halves(sums: &[[f64; 4]; 4], cubics: &Cubics) -> Cubics {
    cubics.map(|cubic| sums.map(|it| product(&it, &cubic)))
}

fn product(one: &[f64; 4], other: &[f64; 4]) -> f64 {
    (one[0] * other[0] + one[1] * other[1]) + (one[2] * other[2] + one[3] * other[3])
}

impl Run {
    fn new(cells: [usize; 2]) -> Run {
        let (own, right) = ([[0.0; 7]; 2], [[0.0; 4]; 2]);
        Run { cells, counts: [0; 2], own, cross: [[0.0; 4]; 4], right }
    }

    /// Adds a shot; returns its share of yᵀR⁻¹y.
    fn add(&mut self, row: &Row, spots: [Spot; 2], scale: f64) -> f64 {
        let weights = Weights::of(row, scale);
        let y = [row.base, row.probe].map(|it| it.map_or(0.0, |it| it.current / scale));
        let counts = [row.base, row.probe].map(|it| u32::from(it.is_some()));
        let powers = spots.map(|it| {
            let x = it.within - 0.5;
            [1.0, x, x * x, x * x * x]
        });
        let mut squares = 0.0;
        for side in 0..2 {
            let [_, x, square, cube] = powers[side];
            let pull = weights.own[side] * y[side] + weights.cross * y[1 - side];
            squares += pull * y[side];
            self.counts[side] += counts[side];
            self.right[side].iter_mut().zip(powers[side]).for_each(|(sum, it)| *sum += pull * it);
            let all = [1.0, x, square, cube, square * square, square * cube, cube * cube];
            let weight = weights.own[side];
            self.own[side].iter_mut().zip(all).for_each(|(sum, it)| *sum += weight * it);
        }
        if weights.cross != 0.0 {
            for (sums, of_base) in self.cross.iter_mut().zip(powers[0]) {
                let weighed = weights.cross * of_base;
                sums.iter_mut().zip(powers[1]).for_each(|(sum, it)| *sum += weighed * it);
            }
        }
        squares
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
        let inverse = 1.0 / determinant;
        Weights { own: [b * inverse, a * inverse], cross: -c * inverse }
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
