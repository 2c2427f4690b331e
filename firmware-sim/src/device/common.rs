//! The part of the drift that devices share, whatever instruments they are on.

use crate::random::hashed_normals;

/// Time is cut into cells of 1/64 s; within one the walk is a straight line.
const CELL: f64 = 1.0 / 64.0;
/// 2^36 cells are 34 years. Later the walk stays where it is.
const LEVELS: usize = 36;

/// Two independent Brownian paths, of variance 1 after one second, that are pure functions of a
/// seed and of time: Lévy's construction, each midpoint displaced by a number hashed from its place.
/// What is kept is the descent to the last cell, so that the next one is near.
pub(crate) struct Common {
    seed: u64,
    /// The cell at the bottom of the descent.
    cell: u64,
    /// At each level, the paths at both ends of the interval that holds the cell.
    ends: [[(f64, f64); 2]; LEVELS + 1],
}

impl Common {
    pub(crate) fn new(seed: u64) -> Self {
        let whole = (CELL * (1u64 << LEVELS) as f64).sqrt();
        let (a, b) = hashed_normals(seed, 0);
        let mut common = Common { seed, cell: 0, ends: [[(0.0, 0.0); 2]; LEVELS + 1] };
        common.ends[0][1] = (whole * a, whole * b);
        common.descend(0);
        common
    }

    /// Both paths at `time` in seconds.
    pub(crate) fn at(&mut self, time: f64) -> (f64, f64) {
        let cells = (time / CELL).min((1u64 << LEVELS) as f64 - 1.0);
        let cell = cells as u64;
        if cell != self.cell {
            // The highest bit in which the cells differ tells down to where the descent is shared.
            let shared = LEVELS - (u64::BITS - (cell ^ self.cell).leading_zeros()) as usize;
            self.cell = cell;
            self.descend(shared);
        }
        let [low, high] = self.ends[LEVELS];
        let part = cells - cell as f64;
        (low.0 + part * (high.0 - low.0), low.1 + part * (high.1 - low.1))
    }

    fn descend(&mut self, from: usize) {
        for level in from..LEVELS {
            let below = LEVELS - level;
            // A midpoint of an interval of length T spreads by √T/2 about the mean of its ends.
            let spread = 0.5 * (CELL * (1u64 << below) as f64).sqrt();
            // Nodes in heap order, from 1: every place has its own key.
            let node = (1u64 << level) + (self.cell >> below);
            let (a, b) = hashed_normals(self.seed, node);
            let [low, high] = self.ends[level];
            let middle = (0.5 * (low.0 + high.0) + spread * a, 0.5 * (low.1 + high.1) + spread * b);
            let upper = self.cell >> (below - 1) & 1 == 1;
            self.ends[level + 1] = if upper { [middle, high] } else { [low, middle] };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_the_same_in_whatever_order_it_is_asked() {
        let times = [0.0, 12.3, 3600.0, 0.02, 12.3, 1e9, 12.31, 1e12];
        let mut one = Common::new(9);
        for time in times {
            assert_eq!(one.at(time), Common::new(9).at(time), "{time}");
        }
    }

    #[test]
    fn increments_are_independent_with_the_variance_of_their_time() {
        for span in [0.25, 8.0, 600.0] {
            let mut path = Common::new(4);
            let points: Vec<_> = (0..4001).map(|step| path.at(span * f64::from(step))).collect();
            let steps: Vec<_> = points.windows(2).map(|it| it[1].0 - it[0].0).collect();
            let mean = |it: f64| it / steps.len() as f64;
            let variance = mean(steps.iter().map(|it| it * it).sum());
            let next = mean(steps.windows(2).map(|it| it[0] * it[1]).sum());
            assert!((variance / span - 1.0).abs() < 0.1, "{span}: {variance}");
            assert!((next / span).abs() < 0.06, "{span}: {next}");
            let other =
                mean(points.windows(2).map(|it| (it[1].0 - it[0].0) * (it[1].1 - it[0].1)).sum());
            assert!((other / span).abs() < 0.06, "{span}: {other}");
        }
    }
}
