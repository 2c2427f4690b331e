use gradient::fidelity::{FidelityError, LocalPolynomial, numerical_gradient};

/// The slope of a measured I-V curve, from a table: between its levels, on the straight line.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveSlope {
    /// V, rising.
    levels: Vec<f64>,
    /// S, one a level.
    didv: Vec<f64>,
}

impl CurveSlope {
    /// Of one sweep, levels in V and currents in A: the slopes of parabolas through the five nearest
    /// points ([`numerical_gradient`]).
    ///
    /// # Errors
    /// As [`numerical_gradient`]: fewer than five points, levels that turn, lists of different
    /// lengths, values that are not finite.
    pub fn of_sweep(levels: &[f64], currents: &[f64]) -> Result<CurveSlope, FidelityError> {
        let mut didv = numerical_gradient(levels, currents)?;
        let mut levels = levels.to_vec();
        if levels[0] > levels[1] {
            levels.reverse();
            didv.reverse();
        }
        Ok(CurveSlope { levels, didv })
    }

    /// Of points in any order, of several sweeps also, smoothed by `fit`.
    ///
    /// # Errors
    /// As [`LocalPolynomial::slopes`]; no points.
    pub fn smoothed(
        levels: &[f64],
        currents: &[f64],
        fit: &LocalPolynomial,
    ) -> Result<CurveSlope, FidelityError> {
        let mut at = levels.to_vec();
        at.sort_by(f64::total_cmp);
        at.dedup();
        if at.len() < 2 {
            return Err(FidelityError::TooFewPoints { least: 2, found: at.len() });
        }
        let didv = fit.slopes(levels, currents, &at)?.iter().map(|it| it.value).collect();
        Ok(CurveSlope { levels: at, didv })
    }

    /// The slope at `level`, S. Up to one spacing beyond the ends it is the end's: the levels of a
    /// table are what a source made of those asked. Further out it is absent.
    pub fn at(&self, level: f64) -> Option<f64> {
        let (levels, last) = (&self.levels, self.levels.len() - 1);
        let (before, after) = (levels[1] - levels[0], levels[last] - levels[last - 1]);
        if !(levels[0] - before <= level && level <= levels[last] + after) {
            return None;
        }
        let next = levels.partition_point(|it| *it < level).clamp(1, last);
        let share = (level - levels[next - 1]) / (levels[next] - levels[next - 1]);
        let share = share.clamp(0.0, 1.0);
        Some(self.didv[next - 1] * (1.0 - share) + self.didv[next] * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// I = V³ at 41 levels from -1 V to 1 V.
    fn cubic() -> (Vec<f64>, Vec<f64>) {
        let levels: Vec<f64> = (0..41).map(|it| -1.0 + 0.05 * f64::from(it)).collect();
        let currents = levels.iter().map(|it| it.powi(3)).collect();
        (levels, currents)
    }

    /// A parabola through five points of V³ has the slope 3 V² + h²·I‴·17/30, with I‴ = 6, inside.
    #[test]
    fn the_slope_of_a_sweep_is_the_curves_but_for_the_known_truncation() {
        let (levels, currents) = cubic();
        let curve = CurveSlope::of_sweep(&levels, &currents).unwrap();
        let truncation = 0.05_f64.powi(2) * 6.0 * 17.0 / 30.0;
        for level in [-0.7, 0.0, 0.45] {
            let found = curve.at(level).unwrap();
            assert!((found - 3.0 * level * level - truncation).abs() < 1e-9, "{level}: {found}");
        }
    }

    #[test]
    fn between_two_levels_it_is_on_their_straight_line() {
        let (levels, currents) = cubic();
        let curve = CurveSlope::of_sweep(&levels, &currents).unwrap();
        let [low, middle, high] = [0.5, 0.5125, 0.55].map(|it| curve.at(it).unwrap());
        assert!((middle - 0.75 * low - 0.25 * high).abs() < 1e-9);
    }

    #[test]
    fn a_falling_sweep_gives_what_the_rising_one_does() {
        let (mut levels, mut currents) = cubic();
        let rising = CurveSlope::of_sweep(&levels, &currents).unwrap();
        levels.reverse();
        currents.reverse();
        let falling = CurveSlope::of_sweep(&levels, &currents).unwrap();
        for it in 0..100 {
            let level = -1.0 + 0.02 * f64::from(it);
            let (a, b) = (rising.at(level).unwrap(), falling.at(level).unwrap());
            assert!((a - b).abs() < 1e-9);
        }
    }

    #[test]
    fn beyond_the_table_the_end_counts_for_one_spacing_and_then_nothing() {
        let (levels, currents) = cubic();
        let curve = CurveSlope::of_sweep(&levels, &currents).unwrap();
        assert_eq!(curve.at(1.049), curve.at(1.0));
        assert_eq!(curve.at(-1.049), curve.at(-1.0));
        assert_eq!((curve.at(1.06), curve.at(-1.06), curve.at(f64::NAN)), (None, None, None));
    }

    /// A cubic fitted to a cubic has no truncation, and of two sweeps with opposite errors the mean
    /// is exact.
    #[test]
    fn a_smoothed_curve_takes_the_mean_of_its_sweeps() {
        let (levels, currents) = cubic();
        let twice: Vec<f64> = levels.iter().rev().chain(&levels).copied().collect();
        let both: Vec<f64> = currents
            .iter()
            .rev()
            .map(|it| it + 0.01)
            .chain(currents.iter().map(|it| it - 0.01))
            .collect();
        let fit = LocalPolynomial { half_width: 0.3, degree: 3 };
        let curve = CurveSlope::smoothed(&twice, &both, &fit).unwrap();
        for level in [-0.7, 0.0, 0.45] {
            assert!((curve.at(level).unwrap() - 3.0 * level * level).abs() < 1e-9);
        }
        assert!(CurveSlope::smoothed(&[], &[], &fit).is_err());
    }
}
