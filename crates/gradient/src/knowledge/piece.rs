//! One interval of values on a grid.

/// Straight lines through N values over one interval of a rising grid. Levels that are asked one after
/// the other are seldom far apart: who keeps the piece looks it up once for many of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<const N: usize> {
    /// The interval, V, without its lower end.
    from: f64,
    to: f64,
    /// The place of its upper end on the grid, or the grid's length.
    after: usize,
    /// The same, or the place of the grid's last level.
    pub(crate) above: usize,
    /// V where the values are those of `at`.
    origin: f64,
    at: [f64; N],
    /// Their change per V.
    rates: [f64; N],
}

impl<const N: usize> Piece<N> {
    /// Of no level.
    pub(crate) const NONE: Piece<N> = Piece {
        from: f64::INFINITY,
        to: f64::NEG_INFINITY,
        after: usize::MAX - 1,
        above: 0,
        origin: 0.0,
        at: [0.0; N],
        rates: [0.0; N],
    };

    /// Moves to the interval around a level. Outside the grid every value is that at its end.
    ///
    /// # Panics
    /// A grid without a level.
    #[inline]
    pub(crate) fn seek(&mut self, level: f64, levels: &[f64], values: [&[f64]; N]) {
        // In a rising plan it is the next one.
        let next = self.after + 1;
        let is_next = self.to < level
            && next <= levels.len()
            && levels.get(next).is_none_or(|it| level <= *it);
        let after = if is_next { next } else { levels.partition_point(|it| *it < level) };
        let above = after.min(levels.len() - 1);
        let below = after.saturating_sub(1).min(above);
        (self.after, self.above, self.origin) = (after, above, levels[below]);
        self.from = if after == 0 { f64::NEG_INFINITY } else { levels[after - 1] };
        self.to = levels.get(after).copied().unwrap_or(f64::INFINITY);
        for (of, (at, rate)) in values.iter().zip(self.at.iter_mut().zip(&mut self.rates)) {
            if below == above || after == levels.len() {
                (*at, *rate) = (of[above], 0.0);
            } else {
                (*at, *rate) =
                    (of[below], (of[above] - of[below]) / (levels[above] - levels[below]));
            }
        }
    }

    /// Whether a level is in the interval.
    #[inline]
    pub(crate) fn covers(&self, level: f64) -> bool {
        self.from < level && level <= self.to
    }

    /// The values at a level of the interval.
    #[inline]
    pub(crate) fn values(&self, level: f64) -> [f64; N] {
        std::array::from_fn(|it| self.at[it] + self.rates[it] * (level - self.origin))
    }
}

#[cfg(test)]
mod tests {
    use super::Piece;

    const LEVELS: [f64; 5] = [-1.0, -0.25, 0.0, 0.5, 2.0];

    #[test]
    fn values_lie_on_straight_lines_and_stay_beyond_the_ends() {
        let squares = LEVELS.map(|it| it * it);
        let mut piece = Piece::NONE;
        for level in (-50..100).chain([-3, 80, -70, 41]).map(|it| f64::from(it) / 40.0) {
            piece.seek(level, &LEVELS, [&LEVELS, &squares]);
            assert!(piece.covers(level));
            let [same, square] = piece.values(level);
            let within = level.clamp(-1.0, 2.0);
            assert!((same - within).abs() < 1e-15, "{level}: {same}");
            let after = LEVELS.iter().position(|it| *it >= within).unwrap().max(1);
            let (low, high) = (LEVELS[after - 1], LEVELS[after]);
            let line = low * low + (within - low) * (low + high);
            assert!((square - line).abs() < 1e-15, "{level}: {square}");
        }
    }

    #[test]
    fn a_grid_of_one_level_has_its_value_everywhere() {
        for level in [-1.0, 0.0, 1.0] {
            let mut piece = Piece::NONE;
            piece.seek(level, &[0.0], [&[3.0]]);
            assert!(piece.covers(level) && piece.values(level) == [3.0]);
        }
    }

    #[test]
    fn no_level_is_in_the_piece_of_none() {
        assert!([-1e300, 0.0, 1e300].iter().all(|it| !Piece::<1>::NONE.covers(*it)));
    }
}
