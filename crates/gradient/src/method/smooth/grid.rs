//! The unknowns: coefficients of two splines over the same levels, the coarser among the finer.

use super::basis::{self, SUPPORT};

/// Intervals of the mean curve.
pub(super) const FINE: usize = 32;
/// Intervals of the mean curve in one of the mismatch.
const RATIO: usize = 2;
/// Intervals of the mismatch.
const COARSE: usize = FINE / RATIO;
/// Coefficients of the mean curve.
pub(super) const CURVE: usize = FINE + SUPPORT - 1;
/// Coefficients of the mismatch.
pub(super) const MISMATCH: usize = COARSE + SUPPORT - 1;
/// All of them.
pub(super) const UNKNOWNS: usize = CURVE + MISMATCH;

/// Splines over a span of levels, and where their coefficients are among the unknowns: in the order
/// of the middles of the splines, so that what belongs together is near.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    low: f64,
    /// Fine intervals in one volt.
    per_volt: f64,
    /// V of one fine interval.
    pub(super) width: f64,
    /// Places of the coefficients of the mean curve.
    pub(super) curve: [usize; CURVE],
    /// Places of the coefficients of the mismatch.
    pub(super) mismatch: [usize; MISMATCH],
}

/// A level on the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    /// Its fine interval.
    pub(super) cell: usize,
    /// Where in it, 0 to 1.
    pub(super) within: f64,
}

impl Grid {
    /// Over levels from `low` to `high`, which is above it.
    pub(super) fn new(low: f64, high: f64) -> Grid {
        let (mut curve, mut mismatch) = ([0; CURVE], [0; MISMATCH]);
        let (mut fine, mut coarse) = (0, 0);
        for place in 0..UNKNOWNS {
            // The middles, in fine intervals: fine − 1 and (coarse − 1)·RATIO.
            let is_fine = coarse == MISMATCH || fine < CURVE && fine + RATIO <= coarse * RATIO + 1;
            let (list, next): (&mut [usize], _) =
                if is_fine { (&mut curve, &mut fine) } else { (&mut mismatch, &mut coarse) };
            list[*next] = place;
            *next += 1;
        }
        let width = (high - low) / FINE as f64;
        Grid { low, per_volt: 1.0 / width, width, curve, mismatch }
    }

    /// V of one coarse interval.
    pub(super) fn coarse_width(&self) -> f64 {
        self.width * RATIO as f64
    }

    /// Where a level is; what lies outside counts to the outermost interval.
    pub(super) fn spot(&self, level: f64) -> Spot {
        let x = ((level - self.low) * self.per_volt).max(0.0);
        let cell = (x as usize).min(FINE - 1);
        Spot { cell, within: x - cell as f64 }
    }

    /// The places of the coefficients that count in a cell: mean curve first, then mismatch.
    pub(super) fn places(&self, cell: usize) -> [usize; 2 * SUPPORT] {
        let coarse = cell / RATIO;
        std::array::from_fn(|it| match it.checked_sub(SUPPORT) {
            None => self.curve[cell + it],
            Some(it) => self.mismatch[coarse + it],
        })
    }

    /// How much each of [`Grid::places`] counts in a reading of a cell that has `share` of the
    /// mismatch, as polynomials of its distance from the cell's middle.
    pub(super) fn cubics(cell: usize, share: f64) -> [[f64; 4]; 2 * SUPPORT] {
        let ratio = RATIO as f64;
        // From the middle of the coarse interval to that of the fine one, in fine intervals.
        let off = (cell % RATIO) as f64 + 0.5 - 0.5 * ratio;
        std::array::from_fn(|it| match it.checked_sub(SUPPORT) {
            None => basis::CENTRED[it],
            Some(it) => {
                let [a, b, c, d] = basis::CENTRED[it];
                let (b, c, d) = (b / ratio, c / ratio.powi(2), d / ratio.powi(3));
                let moved = [
                    a + off * (b + off * (c + off * d)),
                    b + off * (2.0 * c + off * 3.0 * d),
                    c + off * 3.0 * d,
                    d,
                ];
                moved.map(|it| share * it)
            }
        })
    }

    /// The largest distance of two unknowns that meet in a shot whose levels lie up to `apart` cells
    /// apart, or in a penalty.
    pub(super) fn reach(&self, apart: usize) -> usize {
        let extent = |cell: usize| {
            let (places, beyond) = (self.places(cell), self.places((cell + apart).min(FINE - 1)));
            let all = || places.into_iter().chain(beyond);
            all().max().zip(all().min()).map_or(0, |(most, least)| most - least)
        };
        (0..FINE).map(extent).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unknown_has_one_place() {
        let grid = Grid::new(-1.0, 1.0);
        let mut places: Vec<usize> = grid.curve.iter().chain(&grid.mismatch).copied().collect();
        places.sort_unstable();
        assert_eq!(places, (0..UNKNOWNS).collect::<Vec<_>>());
    }

    #[test]
    fn splines_meet_their_neighbours_only() {
        let grid = Grid::new(0.0, 1.0);
        assert!(grid.reach(0) < 12 && grid.reach(2) < 16, "{} {}", grid.reach(0), grid.reach(2));
    }
}
