//! Where a level is on a grid.

/// Between which levels of a rising grid a level is. Once found, it serves every value of the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spot {
    /// The place of the grid's first level that is not below, or of the last.
    pub(crate) above: usize,
    below: usize,
    /// How far from the one to the other, 0 to 1.
    share: f64,
}

impl Spot {
    /// A level on a grid that has at least one level. It is looked for first where `hint` was found:
    /// levels that are asked one after the other are seldom far apart.
    pub(crate) fn of(levels: &[f64], level: f64, hint: Spot) -> Spot {
        let is_after = |after: usize| {
            levels.get(after).is_some_and(|it| *it >= level)
                && after.checked_sub(1).is_some_and(|it| levels[it] < level)
        };
        let after = if is_after(hint.above) {
            hint.above
        } else if is_after(hint.above + 1) {
            hint.above + 1
        } else {
            levels.partition_point(|it| *it < level)
        };
        if after == 0 || after == levels.len() {
            let end = after.min(levels.len() - 1);
            return Spot { above: end, below: end, share: 0.0 };
        }
        let (low, high) = (levels[after - 1], levels[after]);
        Spot { above: after, below: after - 1, share: (level - low) / (high - low) }
    }

    /// The straight line between the values there; outside the grid the value at its end.
    pub(crate) fn value(self, values: &[f64]) -> f64 {
        let below = values[self.below];
        below + self.share * (values[self.above] - below)
    }
}

#[cfg(test)]
mod tests {
    use super::Spot;

    #[test]
    fn a_level_is_found_wherever_it_is_looked_for_first() {
        let levels = [-1.0, -0.25, 0.0, 0.5, 2.0];
        for level in (-50..100).map(|it| f64::from(it) / 40.0) {
            let found = Spot::of(&levels, level, Spot::default());
            assert!((found.value(&levels) - level.clamp(-1.0, 2.0)).abs() < 1e-15);
            for above in 0..8 {
                let hint = Spot { above, ..Spot::default() };
                assert_eq!(Spot::of(&levels, level, hint), found, "{level} from {above}");
            }
        }
    }

    #[test]
    fn a_grid_of_one_level_has_its_value_everywhere() {
        for level in [-1.0, 0.0, 1.0] {
            let found = Spot::of(&[0.0], level, Spot::default());
            assert!((found.value(&[3.0]) - 3.0).abs() < f64::EPSILON);
        }
    }
}
