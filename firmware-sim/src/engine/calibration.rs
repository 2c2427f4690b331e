//! How far this unit is from the ideal one: one draw per range within the specification.

use super::ranges::Range;
use crate::random::Draws;

/// The gain and offset errors of one unit's ranges of one quantity, fixed for its life.
pub(crate) struct Calibration(Vec<Errors>);

/// The errors of one range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Errors {
    source: Line,
    measure: Line,
}

/// `value · gain + offset`.
#[derive(Clone, Copy, Debug)]
struct Line {
    gain: f64,
    offset: f64,
}

impl Calibration {
    /// Draws within `share` of the specification.
    pub(crate) fn new(draws: &mut Draws, ranges: &[Range], share: f64) -> Self {
        Calibration(ranges.iter().map(|it| Errors::draw(draws, it, share)).collect())
    }

    pub(crate) fn of(&self, range: usize) -> Errors {
        self.0[range]
    }
}

impl Errors {
    fn draw(draws: &mut Draws, range: &Range, share: f64) -> Self {
        let mut line = |(gain, offset): (f64, f64)| Line {
            gain: 1.0 + draws.within(gain * share),
            offset: draws.within(offset * share),
        };
        Errors { source: line(range.source_accuracy), measure: line(range.measure_accuracy) }
    }

    /// What leaves the terminals when `level` is programmed.
    pub(crate) fn sourced(self, level: f64) -> f64 {
        self.source.at(level)
    }

    /// What is read when `value` is on the terminals.
    pub(crate) fn measured(self, value: f64) -> f64 {
        self.measure.at(value)
    }
}

impl Line {
    fn at(self, value: f64) -> f64 {
        value * self.gain + self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    const RANGE: Range = Range {
        nominal: 2.0,
        source_reach: 1.05,
        source_step: 50e-6,
        source_accuracy: (2e-4, 600e-6),
        measure_reach: 1.055,
        measure_step: 10e-6,
        measure_accuracy: (1.2e-4, 300e-6),
    };

    fn unit(seed: u64, share: f64) -> Errors {
        Calibration::new(&mut Draws::new(seed, Purpose::Calibration), &[RANGE], share).of(0)
    }

    #[test]
    fn a_thousand_units_are_all_within_specification_and_not_alike() {
        let limit = RANGE.source_accuracy.0 + RANGE.source_accuracy.1;
        let errors: Vec<f64> = (0..1000).map(|it| unit(it, 1.0).sourced(1.0) - 1.0).collect();
        assert!(errors.iter().all(|it| it.abs() <= limit));
        let rms = (errors.iter().map(|it| it * it).sum::<f64>() / 1000.0).sqrt();
        // Gain and offset are independent, each with a third of its limit.
        let expected = f64::hypot(2e-4, 600e-6) / 3.0;
        assert!((rms / expected - 1.0).abs() < 0.1, "{rms} {expected}");
    }

    #[test]
    fn an_ideal_unit_has_no_errors() {
        let errors = unit(5, 0.0);
        assert_eq!(errors.sourced(3e-5), 3e-5);
        assert_eq!(errors.measured(3e-5), 3e-5);
    }
}
