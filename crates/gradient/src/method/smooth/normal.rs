//! The normal equations of generalised least squares.

use super::{
    Datum, Row,
    banded::Banded,
    basis::SUPPORT,
    grid::{FINE, Grid, Spot, UNKNOWNS},
};

/// Coefficients that count in one reading.
const WIDE: usize = 2 * SUPPORT;
/// What of the mismatch base and probe have.
const SHARES: [f64; 2] = [-0.5, 0.5];
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

/// Sums over the readings of one device in one cell. There every spline is a cubic of the distance
/// from the middle, so the sums of its powers make all products of splines.
#[derive(Clone, Copy)]
struct Own {
    /// Readings.
    count: u32,
    /// Weighted powers of their places, 0 to 6.
    powers: [f64; 7],
    right: [f64; 4],
}

/// Sums over the shots whose readings, base and probe, are in the same two cells and have something in
/// common: weighted products of the powers of both places, base by probe.
struct Both {
    cells: [usize; 2],
    products: [[f64; 4]; 4],
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
        let mut own = [[Own { count: 0, powers: [0.0; 7], right: [0.0; 4] }; 2]; FINE];
        let mut both: Vec<Both> = Vec::new();
        // Where the sums of two cells are among them, and one; nothing where they are not yet.
        let mut places = [[0_u16; FINE]; FINE];
        let per_ampere = 1.0 / scale;
        for row in rows {
            let spots = row.spots(grid);
            let powers = spots.map(|it| {
                let x = it.within - 0.5;
                [1.0, x, x * x, x * x * x]
            });
            let weights = Weights::of(row, per_ampere);
            let y = [row.base, row.probe].map(|it| it.map_or(0.0, |it| it.current * per_ampere));
            for (side, datum) in [row.base, row.probe].iter().enumerate() {
                let pull = weights.own[side] * y[side] + weights.cross * y[1 - side];
                normal.squares += pull * y[side];
                let own = &mut own[spots[side].cell][side];
                own.add(u32::from(datum.is_some()), powers[side], weights.own[side], pull);
            }
            if weights.cross != 0.0 {
                let cells = spots.map(|it| it.cell);
                let place = &mut places[cells[0]][cells[1]];
                if *place == 0 {
                    both.push(Both { cells, products: [[0.0; 4]; 4] });
                    *place = both.len() as u16;
                }
                both[usize::from(*place) - 1].add(powers, weights.cross);
            }
        }
        for (cell, sides) in own.iter().enumerate() {
            for (of_side, share) in sides.iter().zip(SHARES) {
                normal.take(of_side, cell, share, grid);
            }
        }
        both.iter().for_each(|it| normal.take_both(it, grid));
        normal
    }

    fn take(&mut self, own: &Own, cell: usize, share: f64, grid: &Grid) {
        if own.count == 0 {
            return;
        }
        self.counts[cell] += own.count;
        self.count += own.count as usize;
        let (places, cubics) = (grid.places(cell), Grid::cubics(cell, share));
        let sums = std::array::from_fn(|one| std::array::from_fn(|it| own.powers[one + it]));
        let halves = halves(&sums, &cubics);
        for (at, (one, cubic)) in places.iter().zip(&cubics).enumerate() {
            self.right[*one] += product(cubic, &own.right);
            for (other, half) in places[..=at].iter().zip(&halves) {
                self.matrix.add(*one, *other, product(cubic, half));
            }
        }
    }

    fn take_both(&mut self, both: &Both, grid: &Grid) {
        let places = both.cells.map(|it| grid.places(it));
        let [base, probe] = [0, 1].map(|side| Grid::cubics(both.cells[side], SHARES[side]));
        let halves = halves(&both.products, &probe);
        for (one, cubic) in places[0].into_iter().zip(&base) {
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

impl Own {
    fn add(&mut self, count: u32, powers: [f64; 4], weight: f64, pull: f64) {
        let [_, x, square, cube] = powers;
        self.count += count;
        self.right.iter_mut().zip(powers).for_each(|(sum, it)| *sum += pull * it);
        let all = [1.0, x, square, cube, square * square, square * cube, cube * cube];
        self.powers.iter_mut().zip(all).for_each(|(sum, it)| *sum += weight * it);
    }
}

impl Both {
    fn add(&mut self, powers: [[f64; 4]; 2], weight: f64) {
        for (sums, of_base) in self.products.iter_mut().zip(powers[0]) {
            let weighed = weight * of_base;
            sums.iter_mut().zip(powers[1]).for_each(|(sum, it)| *sum += weighed * it);
        }
    }
}

impl Weights {
    fn of(row: &Row, per_ampere: f64) -> Weights {
        let of = |it: Datum| {
            let square = (it.current * per_ampere).powi(2);
            (it.variance * per_ampere * per_ampere, square)
        };
        let (base, probe) = match (row.base, row.probe) {
            (Some(base), Some(probe)) => (base, probe),
            (base, probe) => {
                let variance = |it| {
                    let (own, square) = of(it);
                    own + row.common * square
                };
                let own = [base, probe].map(|it| it.map_or(0.0, |it| 1.0 / variance(it)));
                return Weights { own, cross: 0.0 };
            }
        };
        let ((own, square), (other, other_square)) = (of(base), of(probe));
        let (a, b) = (own + row.common * square, other + row.common * other_square);
        let c = row.common * (base.current * per_ampere) * (probe.current * per_ampere);
        // a·b − c² without the difference of two large numbers.
        let determinant = own * other + row.common * (own * other_square + other * square);
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
