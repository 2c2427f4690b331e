//! A source on its way to a level, and the steps in which a device follows it.

use crate::terminals::Drive;

/// The largest difference that taking the voltage of a step's middle instead of its ends may make to
/// the state, or to the junction's voltage in volts. The error of the step is smaller by another
/// order of the step's length.
pub(super) const TOLERANCE: f64 = 2e-4;
/// Steps are not shorter than this share of the way.
const SHORTEST: f64 = 1e-6;
/// A lag that is smaller than this is none, in volts or amperes relative to the level.
const SETTLED: f64 = 1e-12;

/// A source on its way to its level: what it gives is the level and `lag · e^(−t/time_constant)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    pub(crate) drive: Drive,
    pub(crate) lag: f64,
    pub(crate) time_constant: f64,
}

impl Source {
    /// What is driven `seconds` from now.
    pub(crate) fn after(&self, seconds: f64) -> Drive {
        self.drive.shifted(self.lag_after(seconds))
    }

    pub(crate) fn lag_after(&self, seconds: f64) -> f64 {
        if self.lag == 0.0 {
            return 0.0;
        }
        let lag = self.lag * (-seconds / self.time_constant).exp();
        if lag.abs() < SETTLED * (1e-6 + self.drive.level().abs()) { 0.0 } else { lag }
    }

    /// Lags, and the time for which each stands, that settling for `seconds` is worth to a state
    /// that moves by `speed` at most; `None` where it moves about as fast as the source.
    ///
    /// While a level settles by e^(−t/τ) the time spent near each lag is τ·du/u over the lag's share
    /// u. What a state gains in it over the final level is smooth in u and vanishes with it, so two
    /// Gauss points in u stand for the whole, or two in each of three parts; none are needed where
    /// the state does not move.
    pub(super) fn nodes(
        self,
        speed: f64,
        seconds: f64,
    ) -> Option<impl Iterator<Item = (f64, f64)>> {
        const POINTS: [f64; 2] = [0.788_675_134_594_812_9, 0.211_324_865_405_187_1];
        let Source { lag, time_constant, .. } = self;
        let settling = speed * time_constant;
        let parts: &[f64] = match settling {
            it if it < 1e-8 => &[0.0],
            it if it < 0.003 => &[1.0, 0.0],
            it if it < 0.01 => &[1.0, 0.25, 0.0625, 0.0],
            _ => return None,
        };
        let last = (-seconds / time_constant).exp();
        let spans = parts.windows(2).map(move |it| (it[0], it[1].max(last)));
        Some(spans.filter(|(from, to)| from > to).flat_map(move |(from, to)| {
            POINTS.map(|point| {
                let share = to + point * (from - to);
                (lag * share, 0.5 * time_constant * (from - to) / share)
            })
        }))
    }

    pub(super) fn later(self, seconds: f64) -> Self {
        Source { lag: self.lag_after(seconds), ..self }
    }
}

/// A step of adaptive length.
pub(super) struct Stepper {
    left: f64,
    step: f64,
    shortest: f64,
}

impl Stepper {
    pub(super) fn new(seconds: f64) -> Self {
        Stepper { left: seconds, step: seconds, shortest: SHORTEST * seconds }
    }

    /// The next step to try.
    pub(super) fn next(&mut self) -> Option<f64> {
        self.step = self.step.min(self.left);
        (self.left > 0.0).then_some(self.step)
    }

    /// Makes the next step no longer than this.
    pub(super) fn shorten(&mut self, seconds: f64) {
        self.step = self.step.min(seconds.max(self.shortest));
    }

    /// Whether a step with this difference counts; the next is chosen accordingly.
    pub(super) fn accepts(&mut self, difference: f64) -> bool {
        let step = self.step;
        let accepted = difference <= TOLERANCE || step <= self.shortest;
        if accepted {
            self.left -= step;
        }
        let factor = 0.9 * (TOLERANCE / difference.max(1e-12)).sqrt();
        self.step = (step * factor.clamp(0.1, 4.0)).max(self.shortest);
        accepted
    }
}
