use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::ConfigError;

/// How the learning rate changes from the first step to the last.
///
/// In TOML by name, and those with parameters as a table:
/// `schedule = "cosine"`, `schedule = { warm-up-cosine = { warm_up = 0.05 } }`,
/// `schedule = { step = { every = 0.3, factor = 0.1 } }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// (1 + cos πt) / 2 with t from 0 to 1: from the whole rate to zero.
    #[default]
    Cosine,
    /// The whole rate throughout.
    Constant,
    /// From almost zero in equal steps to the whole rate, then [`Cosine`](Schedule::Cosine) over the
    /// steps that remain.
    WarmUpCosine {
        /// The share of all steps that the rise takes, above 0 and below 1.
        warm_up: f64,
    },
    /// The rate is multiplied again and again.
    Step {
        /// After this share of all steps each time, above 0, at most 1.
        every: f64,
        /// By this, above 0, at most 1.
        factor: f64,
    },
}

impl Schedule {
    /// Refuses what is not a schedule.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        let accept = |key, value: f64, accepts: bool, accepted| {
            let found = value.to_string();
            if accepts { Ok(()) } else { Err(ConfigError { key, found, accepted }) }
        };
        match *self {
            Schedule::Cosine | Schedule::Constant => Ok(()),
            Schedule::WarmUpCosine { warm_up } => {
                let (key, accepted) = ("training.schedule.warm_up", "a share above 0 and below 1");
                accept(key, warm_up, warm_up > 0.0 && warm_up < 1.0, accepted)
            }
            Schedule::Step { every, factor } => {
                let accepted = "a number above 0, at most 1";
                let accepts = |it: f64| it > 0.0 && it <= 1.0;
                accept("training.schedule.every", every, accepts(every), accepted)?;
                accept("training.schedule.factor", factor, accepts(factor), accepted)
            }
        }
    }

    /// The share of the learning rate at `step`, from 0, of `steps`.
    pub fn factor(self, step: u64, steps: u64) -> f64 {
        match self {
            Schedule::Cosine => cosine(step as f64 / steps as f64),
            Schedule::Constant => 1.0,
            Schedule::WarmUpCosine { warm_up } => {
                let rise = (warm_up * steps as f64).round();
                let after = step as f64 - rise;
                if after < 0.0 {
                    (step + 1) as f64 / (rise + 1.0)
                } else {
                    cosine(after / (steps as f64 - rise))
                }
            }
            Schedule::Step { every, factor } => {
                // A product rounded upwards must not put a fall off by one step.
                let falls = (step as f64 / (every * steps as f64) + 1e-9).floor();
                factor.powf(falls)
            }
        }
    }
}

fn cosine(t: f64) -> f64 {
    0.5 * (1.0 + (PI * t).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<const N: usize>(schedule: Schedule, steps: [u64; N], of: u64, expected: [f64; N]) {
        for (step, expected) in steps.into_iter().zip(expected) {
            let factor = schedule.factor(step, of);
            assert!((factor - expected).abs() < 1e-6, "{step}: {factor} against {expected}");
        }
    }

    #[test]
    fn the_cosine_falls_from_one_to_almost_zero() {
        let expected = [1.0, 0.853_553, 0.5, 0.146_447, 0.000_247];
        check(Schedule::Cosine, [0, 25, 50, 75, 99], 100, expected);
    }

    #[test]
    fn the_constant_stays() {
        check(Schedule::Constant, [0, 50, 99], 100, [1.0; 3]);
    }

    #[test]
    fn the_warm_up_rises_evenly_to_the_whole_rate_and_the_cosine_follows() {
        let schedule = Schedule::WarmUpCosine { warm_up: 0.2 };
        let expected = [1.0 / 21.0, 10.0 / 21.0, 20.0 / 21.0, 1.0, 0.5, 0.000_386];
        check(schedule, [0, 9, 19, 20, 60, 99], 100, expected);
        // A rise shorter than half a step is none.
        check(Schedule::WarmUpCosine { warm_up: 0.004 }, [0, 50], 100, [1.0, 0.5]);
    }

    #[test]
    fn steps_fall_at_every_share_and_not_before() {
        let schedule = Schedule::Step { every: 0.3, factor: 0.1 };
        check(schedule, [0, 2, 3, 5, 6, 9], 10, [1.0, 1.0, 0.1, 0.1, 0.01, 0.001]);
        // In f64, 3 · (0.1 · 3) is above 0.9.
        check(
            Schedule::Step { every: 0.1, factor: 0.5 },
            [2, 3, 29],
            30,
            [1.0, 0.5, 0.001_953_125],
        );
    }

    #[test]
    fn schedules_are_read_and_written_by_name() {
        let read = |text: &str| -> Schedule { serde_json::from_str(text).unwrap() };
        for (text, schedule) in [
            (r#""cosine""#, Schedule::Cosine),
            (r#""constant""#, Schedule::Constant),
            (r#"{"warm-up-cosine":{"warm_up":0.05}}"#, Schedule::WarmUpCosine { warm_up: 0.05 }),
            (r#"{"step":{"every":0.3,"factor":0.1}}"#, Schedule::Step { every: 0.3, factor: 0.1 }),
        ] {
            assert_eq!(read(text), schedule);
            assert_eq!(serde_json::to_string(&schedule).unwrap(), text);
            assert_eq!(schedule.check(), Ok(()));
        }
    }

    #[test]
    fn shares_that_are_none_are_refused_by_their_key() {
        let refusal = |schedule: Schedule| schedule.check().unwrap_err().to_string();
        assert_eq!(
            [
                refusal(Schedule::WarmUpCosine { warm_up: 1.0 }),
                refusal(Schedule::Step { every: f64::NAN, factor: 0.1 }),
                refusal(Schedule::Step { every: 0.3, factor: 0.0 }),
            ],
            [
                "training.schedule.warm_up = 1: accepted is a share above 0 and below 1",
                "training.schedule.every = NaN: accepted is a number above 0, at most 1",
                "training.schedule.factor = 0: accepted is a number above 0, at most 1",
            ]
        );
    }
}
