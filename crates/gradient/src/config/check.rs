//! What of `[gradient]` cannot be, by itself or beside other keys.

use smu::units::{Seconds, Volts};

use crate::{Calibration, Derivative, GradientConfig, GradientError, Method, Step};

/// Whether a value may be.
type Checked = Result<(), GradientError>;

/// Levels, passes and samples: more are a typing error.
const MOST: usize = 1_000_000;
/// Repeats, and readings in a row at one level.
const MOST_READINGS: usize = 100_000;
/// Shots of one point, each with its rest or hold.
const MOST_AT_A_POINT: f64 = 1e6;
/// Shots of a survey or a calibration, which are held in memory.
const MOST_SHOTS: f64 = 1e8;

impl GradientConfig {
    /// Refuses values and combinations that mean nothing. Levels are not looked at: whether they are
    /// inside the windows is known when a plan is made.
    ///
    /// # Errors
    /// [`GradientError::Setting`], with the key and what would be accepted.
    pub fn check(&self) -> Checked {
        self.check_step()?;
        self.check_counts()?;
        self.check_discipline()?;
        let skew = self.skew.filter(|it| !(it.0 > 0.0 && it.0.is_finite()));
        if let Some(Seconds(seconds)) = skew {
            return refused("skew", Seconds(seconds), "a time above 0 s");
        }
        if self.skew.is_some() && self.method == Method::OwnDevice {
            return refused("skew", with("given", self.method), "none: one device acts alone");
        }
        if let Some(it) = self.sentinel
            && !(it.threshold > 0.0 && it.threshold.is_finite())
        {
            return refused("sentinel.threshold", it.threshold, "a number above 0");
        }
        Ok(())
    }

    fn check_step(&self) -> Checked {
        let Step::Fixed(Volts(step)) = self.delta_v else { return Ok(()) };
        if step == 0.0 || !step.is_finite() {
            return refused("delta_v", Volts(step), "a voltage other than 0 V, or \"auto\"");
        }
        if step < 0.0 && self.method != Method::Forward {
            let accepted = "a voltage above 0 V; only forward takes a step down";
            return refused("delta_v", with(Volts(step), self.method), accepted);
        }
        Ok(())
    }

    fn check_counts(&self) -> Checked {
        let pulse = |it: Option<crate::Pulse>| it.map_or(1, |it| it.readings);
        let sentinel = self.sentinel;
        let counts = [
            ("repeats", self.repeats, 1, MOST_READINGS),
            ("rest.readings", pulse(self.rest), 1, MOST_READINGS),
            ("condition.readings", pulse(self.condition), 1, MOST_READINGS),
            ("hold", self.hold.unwrap_or(1), 1, MOST_READINGS),
            ("sentinel.readings", sentinel.map_or(1, |it| it.readings), 1, MOST_READINGS),
            ("calibration.levels", self.calibration.levels, Calibration::LEAST_LEVELS, MOST),
            ("calibration.passes", self.calibration.passes, 1, MOST),
            // Fewer samples do not tell a sine from a constant.
            ("dither.samples", self.dither.samples, 3, MOST),
            ("dither.periods", self.dither.periods, 1, MOST),
            // Nothing is learnt of fewer levels, or of levels that were read once.
            ("survey.levels", self.survey.levels, 5, MOST),
            ("survey.passes", self.survey.passes, 2, MOST),
        ];
        if let Some((key, found, least, _)) = counts.into_iter().find(|it| it.1 < it.2) {
            return refused(key, found, &format!("{least} or more"));
        }
        if let Some((key, found, least, most)) = counts.into_iter().find(|it| it.1 > it.3) {
            return refused(key, found, &format!("{least} to {most}"));
        }
        self.check_products()?;
        if self.calibration.refresh == 0 {
            return refused("calibration.refresh", 0, "1 or more");
        }
        if sentinel.is_some_and(|it| it.every == 0) {
            return refused("sentinel.every", 0, "1 or more");
        }
        Ok(())
    }

    /// Refuses counts that are too many only together.
    fn check_products(&self) -> Checked {
        let samples = match self.method {
            Method::SmallSignal => self.dither.samples as f64 * self.dither.periods as f64,
            _ => 1.0,
        };
        let each = self.shots_of_a_reading();
        if samples * self.repeats as f64 * each > MOST_AT_A_POINT {
            let found = format!(
                "{} with {each} shots for each of {samples} readings, rest and hold included",
                self.repeats
            );
            return refused(
                "repeats",
                found,
                &format!("at most {MOST_AT_A_POINT} shots at a point"),
            );
        }
        let rested = 1.0 + self.rest.map_or(0.0, |it| it.readings as f64);
        for (key, levels, passes) in [
            ("survey.passes", self.survey.levels, self.survey.passes),
            ("calibration.passes", self.calibration.levels, self.calibration.passes),
        ] {
            if levels as f64 * passes as f64 * rested > MOST_SHOTS {
                let found = format!("{passes} with {levels} levels and {rested} shots at each");
                return refused(key, found, &format!("at most {MOST_SHOTS} shots together"));
            }
        }
        Ok(())
    }

    /// Shots that a reading which counts takes, with those of its rest and hold.
    pub fn shots_of_a_reading(&self) -> f64 {
        let rest = self.rest.map_or(0, |it| it.readings);
        1.0 + rest as f64 + self.hold.unwrap_or(0) as f64
    }

    fn check_discipline(&self) -> Checked {
        let derivative = self.derivative;
        let held = derivative != Derivative::Protocol;
        match self.hold {
            None if held => {
                let accepted = "1 or more: readings until the devices have followed";
                return refused("hold", with("none", derivative), accepted);
            }
            Some(hold) if !held => {
                let accepted = "none: only frozen-state and quasi-static hold a level";
                return refused("hold", with(hold, derivative), accepted);
            }
            _ => {}
        }
        if held && let Some(rest) = self.rest {
            // The hold would have to undo what the rest has done.
            let accepted = "none: the devices are held at their levels; only protocol rests";
            return refused("rest.level", with(rest.level, derivative), accepted);
        }
        match (derivative, self.method) {
            (Derivative::FrozenState, Method::LocalRegression) => {
                let accepted = "protocol or quasi-static: its readings at other levels were of \
                                other states";
                refused("derivative", with(derivative, self.method), accepted)
            }
            (Derivative::QuasiStatic, Method::SmallSignal) => {
                let accepted = "protocol or frozen-state: a device does not follow a dither's \
                                samples";
                refused("derivative", with(derivative, self.method), accepted)
            }
            _ => Ok(()),
        }
    }
}

/// A value beside the one that it does not go with.
fn with(value: impl ToString, other: impl ToString) -> String {
    format!("{} with {}", value.to_string(), other.to_string())
}

fn refused(key: &'static str, found: impl ToString, accepted: &str) -> Checked {
    let (found, accepted) = (found.to_string(), accepted.to_owned());
    Err(GradientError::Setting { key, found, accepted })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        let config: GradientConfig = toml::from_str(text).map_err(|it| it.to_string())?;
        config.check().map_err(|it| it.to_string())
    }

    #[test]
    fn what_means_nothing_is_refused_with_its_key_and_what_is_accepted() {
        let rest = "rest = { level = \"0 V\" }";
        for (method, keys, expected) in [
            ("forward", "delta_v = \"0 V\"", "delta_v = 0 V: accepted is a voltage other than 0 V"),
            (
                "abba",
                "delta_v = \"-5 mV\"",
                "delta_v = -5 mV with abba: accepted is a voltage above",
            ),
            ("abba", "repeats = 0", "repeats = 0: accepted is 1 or more"),
            ("abba", "repeats = 9000000000", "repeats = 9000000000: accepted is 1 to 100000"),
            ("abba", "repeats = 9223372036854775807", "repeats = 9223372036854775807: accepted"),
            ("abba", "survey = { levels = 1000000000000 }", "survey.levels = 1000000000000: acc"),
            ("abba", "calibration = { levels = 100000000000 }", "calibration.levels = 1000"),
            ("abba", "dither = { samples = 100000000000 }", "dither.samples = 100000000000: acc"),
            (
                "abba",
                "survey = { levels = 100000, passes = 100000 }",
                "survey.passes = 100000 with",
            ),
            (
                "abba",
                "rest = { level = \"0 V\", readings = 100000000000 }",
                "rest.readings = 100000000000: accepted is 1 to 100000",
            ),
            (
                "abba",
                "sentinel = { level = \"1 V\", every = 1, readings = 100000000000 }",
                "sentinel.readings = 100000000000: accepted is 1 to 100000",
            ),
            (
                "abba",
                "repeats = 1000\nrest = { level = \"0 V\", readings = 1000 }",
                "repeats = 1000 with 1001 shots for each of 1 readings, rest and hold included: \
                 accepted is at most 1000000 shots at a point",
            ),
            (
                "small-signal",
                "dither = { samples = 100000, periods = 100 }",
                "repeats = 1 with 1 shots for each of 10000000 readings",
            ),
            ("abba", "rest = { level = \"0 V\", readings = 0 }", "rest.readings = 0: accepted"),
            ("abba", "condition = { level = \"1 V\", readings = 0 }", "condition.readings = 0"),
            ("abba", "calibration = { levels = 3 }", "calibration.levels = 3: accepted is 4"),
            ("abba", "calibration = { refresh = 0 }", "calibration.refresh = 0: accepted is 1"),
            ("abba", "survey = { passes = 1 }", "survey.passes = 1: accepted is 2 or more"),
            ("abba", "dither = { samples = 2 }", "dither.samples = 2: accepted is 3 or more"),
            ("abba", "sentinel = { level = \"1 V\", every = 0 }", "sentinel.every = 0: accepted"),
            (
                "abba",
                "sentinel = { level = \"1 V\", every = 9, threshold = 0.0 }",
                "sentinel.threshold = 0: accepted is a number above 0",
            ),
            ("abba", "skew = \"0 s\"", "skew = 0 s: accepted is a time above 0 s"),
            ("own-device", "skew = \"1 ms\"", "skew = given with own-device: accepted is none"),
            ("abba", "hold = 3", "hold = 3 with protocol: accepted is none"),
            (
                "abba",
                "derivative = \"frozen-state\"",
                "hold = none with frozen-state: accepted is 1",
            ),
            (
                "abba",
                &format!("derivative = \"quasi-static\"\nhold = 2\n{rest}"),
                "rest.level = 0 V with quasi-static: accepted is none",
            ),
            (
                "local-regression",
                "derivative = \"frozen-state\"\nhold = 2",
                "derivative = frozen-state with local-regression: accepted is protocol or quasi",
            ),
            (
                "small-signal",
                "derivative = \"quasi-static\"\nhold = 2",
                "derivative = quasi-static with small-signal: accepted is protocol or frozen",
            ),
        ] {
            let step = if keys.contains("delta_v") { "" } else { "delta_v = \"20 mV\"" };
            let error = check(&format!("method = \"{method}\"\n{step}\n{keys}")).unwrap_err();
            assert!(error.starts_with(&format!("gradient.{expected}")), "{keys}: {error}");
        }
    }

    #[test]
    fn a_count_below_zero_is_refused_with_the_least_that_is_accepted() {
        for keys in ["repeats = -1", "hold = -1", "rest = { level = \"0 V\", readings = -1 }"] {
            let error = check(&format!("method = \"abba\"\ndelta_v = \"20 mV\"\n{keys}"));
            let error = error.unwrap_err();
            assert!(error.contains("expected a whole number of 1 or more"), "{keys}: {error}");
        }
    }

    #[test]
    fn what_means_something_is_accepted() {
        for keys in [
            "method = \"forward\"\ndelta_v = \"-20 mV\"",
            "method = \"abba\"\ndelta_v = \"auto\"",
            "method = \"central\"\ndelta_v = \"20 mV\"\nderivative = \"frozen-state\"\nhold = 2",
            "method = \"local-regression\"\ndelta_v = \"20 mV\"\nderivative = \"quasi-static\"\nhold = 2",
            "method = \"own-device\"\ndelta_v = \"20 mV\"\norder = \"as-asked\"\n\
             rest = { level = \"0 V\" }\ncheck_state = true",
        ] {
            assert_eq!(check(keys), Ok(()), "{keys}");
        }
    }
}
