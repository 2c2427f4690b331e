//! What a run is about to cost, and how much of it starts without being asked for.

use std::{fmt, iter::Sum, ops::Add};

use gradient::{
    Codes, Due, GradientConfig, GradientError, Plan, Pulse, Purpose, Shot, Step, survey,
};

use crate::exit::BadInput;

/// Instrument time that needs no permission, s.
const A_DAY: f64 = 24.0 * 3600.0;

/// Operations of all instruments together, and what they should take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bill {
    /// Source-measure operations.
    pub operations: f64,
    /// Without the links, s.
    pub seconds: f64,
}

/// Whether a run may take more than a day of instrument time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Up to a day.
    ADay,
    /// `--long` was given.
    Long,
}

impl Bill {
    /// Of a survey, as [`survey::plan`] makes it.
    ///
    /// # Errors
    /// A level outside a window.
    pub fn of_survey(
        config: &GradientConfig,
        window: [f64; 2],
        codes: &Codes,
    ) -> Result<Bill, GradientError> {
        let short = shortened(config);
        let rest = config.rest.map_or(0, |it| it.readings);
        let with_passes = |passes| {
            let mut short = short.clone();
            short.survey.passes = passes;
            let shots = survey::plan(&short, window, codes)?;
            Ok::<_, GradientError>(Bill::weighed(&shots, codes, |purpose| match purpose {
                Purpose::Rest => rest as f64,
                _ => 1.0,
            }))
        };
        Ok(with_passes(1)?.again(with_passes(2)?, config.survey.passes))
    }

    /// Of a batch at `levels` with what is due before its points, as [`Plan::after`] makes it.
    ///
    /// # Errors
    /// A level outside a window, or a step below a code.
    pub fn of_batch(
        due: Due,
        levels: &[f64],
        delta_v: f64,
        config: &GradientConfig,
        codes: &Codes,
    ) -> Result<Bill, GradientError> {
        let short = shortened(config);
        let readings = |pulse: Option<Pulse>| pulse.map_or(0, |it| it.readings) as f64;
        let with_repeats = |repeats| {
            let short = GradientConfig { repeats, ..short.clone() };
            let plan = Plan::after(due, levels, delta_v, &short, codes)?;
            Ok::<_, GradientError>(Bill::weighed(&plan.shots, codes, |purpose| match purpose {
                Purpose::Rest => readings(config.rest),
                Purpose::Condition => readings(config.condition),
                Purpose::Hold => config.hold.unwrap_or(0) as f64,
                _ => 1.0,
            }))
        };
        Ok(with_repeats(1)?.again(with_repeats(2)?, config.repeats))
    }

    /// Of shots, each counted as often as its purpose says.
    fn weighed(shots: &[Shot], codes: &Codes, times: impl Fn(Purpose) -> f64) -> Bill {
        let each = shots.iter().map(|it| {
            let times = times(it.purpose);
            Bill {
                operations: times * it.operations() as f64,
                seconds: times * codes.seconds_per_shot,
            }
        });
        each.sum()
    }

    /// What `times` of something cost, of which this is one and `twice` two.
    fn again(self, twice: Bill, times: usize) -> Bill {
        self + (twice + self * -1.0) * (times as f64 - 1.0)
    }

    /// Of two that run at the same time.
    #[must_use]
    pub fn beside(self, other: Bill) -> Bill {
        let operations = self.operations + other.operations;
        Bill { operations, seconds: self.seconds.max(other.seconds) }
    }

    /// Refuses what takes more than a day, unless that is permitted. `what` it is for people.
    ///
    /// # Errors
    /// The sentence names the bill and the flag that permits it.
    pub fn permit(self, what: &str, permission: Permission) -> Result<(), BadInput> {
        if permission == Permission::Long || self.seconds <= A_DAY {
            return Ok(());
        }
        Err(BadInput::new(format!("{what}: {self}; more than 24 h start only with --long")))
    }
}

/// The same, with each rest, hold, pulse, pass and repeat at most as often as tells what one costs: what
/// takes weeks, or more shots than memory holds, can be priced and refused without being planned.
pub fn shortened(config: &GradientConfig) -> GradientConfig {
    let once = |it: Option<Pulse>| it.map(|it| Pulse { readings: it.readings.min(1), ..it });
    let mut short = GradientConfig {
        rest: once(config.rest),
        condition: once(config.condition),
        hold: config.hold.map(|it| it.min(1)),
        repeats: config.repeats.min(1),
        ..config.clone()
    };
    short.survey.passes = short.survey.passes.min(2);
    short
}

/// The step, where it is given; else, for a bill, one that any estimator can make: what a batch costs
/// does not depend on it.
pub fn some_step(step: Step, codes: &Codes) -> f64 {
    match step {
        Step::Fixed(step) => step.0,
        Step::Auto => 2.0 * codes.base.resolution.max(codes.probe.resolution),
    }
}

/// What is due before the first batch at levels of `window`.
pub fn due_at_first(config: &GradientConfig, window: [f64; 2]) -> Due {
    Due {
        sentinel: config.sentinel.is_some(),
        calibration: config.method.is_calibrated().then_some(window),
    }
}

impl Add for Bill {
    type Output = Bill;

    fn add(self, other: Bill) -> Bill {
        Bill {
            operations: self.operations + other.operations,
            seconds: self.seconds + other.seconds,
        }
    }
}

impl std::ops::Mul<f64> for Bill {
    type Output = Bill;

    fn mul(self, times: f64) -> Bill {
        Bill { operations: times * self.operations, seconds: times * self.seconds }
    }
}

impl Sum for Bill {
    fn sum<I: Iterator<Item = Bill>>(each: I) -> Bill {
        each.fold(Bill::default(), Bill::add)
    }
}

impl fmt::Display for Bill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} operations, about ", self.operations.ceil())?;
        match self.seconds {
            it if it < 100.0 => write!(f, "{it:.0} s"),
            it if it < 100.0 * 60.0 => write!(f, "{:.0} min", it / 60.0),
            it if it < 2.0 * A_DAY => write!(f, "{:.0} h", it / 3600.0),
            it => write!(f, "{:.0} days", it / A_DAY),
        }?;
        f.write_str(" of instrument time")
    }
}

#[cfg(test)]
mod tests {
    use gradient::{Cost, SourceCodes};

    use super::*;

    fn codes() -> Codes {
        let source = SourceCodes {
            smu: "none".to_owned(),
            resolution: 1e-6,
            window: [-2.0, 2.0],
            range: 2.0,
        };
        Codes { base: source.clone(), probe: source, seconds_per_shot: 0.03, most: 1000 }
    }

    fn config(keys: &str) -> GradientConfig {
        let text = format!("delta_v = \"20 mV\"\n{keys}");
        toml::from_str(&text).unwrap()
    }

    #[track_caller]
    fn same(bill: Bill, shots: &[Shot]) {
        let cost = Cost::of(shots, &codes());
        assert_eq!(bill.operations, cost.operations as f64);
        assert!((bill.seconds / cost.seconds - 1.0).abs() < 1e-12, "{bill:?} and {cost:?}");
    }

    #[test]
    fn a_bill_is_what_the_plan_costs_without_its_being_made() {
        let levels: Vec<f64> = (0..7).map(|it| 0.1 * f64::from(it)).collect();
        let window = [-1.0, 1.0];
        for keys in [
            "method = \"forward\"",
            "method = \"abba\"\nrepeats = 3\nrest = { level = \"0 V\", readings = 5 }",
            "method = \"central\"\nderivative = \"frozen-state\"\nhold = 4\ncheck_state = true",
            "method = \"baseline-subtracted\"\nrepeats = 2\nrest = { level = \"0 V\", readings = 2 }\n\
             condition = { level = \"0.5 V\", readings = 6 }\nsurvey = { levels = 11, passes = 7 }\n\
             sentinel = { level = \"0.5 V\", every = 100, readings = 3 }",
        ] {
            let (config, codes) = (config(keys), codes());
            let survey = Bill::of_survey(&config, window, &codes).unwrap();
            same(survey, &survey::plan(&config, window, &codes).unwrap());
            let due = due_at_first(&config, window);
            let batch = Bill::of_batch(due, &levels, 0.02, &config, &codes).unwrap();
            same(batch, &Plan::after(due, &levels, 0.02, &config, &codes).unwrap().shots);
        }
    }

    #[test]
    fn a_rest_of_years_is_priced_and_refused_by_name_of_the_flag() {
        let rest = "method = \"forward\"\nrest = { level = \"0 V\", readings = 5000000000 }";
        let bill = Bill::of_survey(&config(rest), [-1.0, 1.0], &codes()).unwrap();
        let error = bill.permit("survey", Permission::ADay).unwrap_err().to_string();
        assert!(error.starts_with("survey: 38900000007"), "{error}");
        assert!(error.contains(" days of instrument time; more than 24 h start only with --long"));
        assert!(bill.permit("survey", Permission::Long).is_ok());
        let day = Bill { operations: 2.0, seconds: A_DAY };
        assert!(day.permit("survey", Permission::ADay).is_ok());
    }

    #[test]
    fn times_are_told_in_units_that_people_use() {
        for (seconds, expected) in [
            (99.0, "99 s"),
            (100.0, "2 min"),
            (5400.0, "90 min"),
            (7200.0, "2 h"),
            (29.0 * A_DAY, "29 days"),
        ] {
            let bill = Bill { operations: 1.0, seconds };
            let text = format!("1 operations, about {expected} of instrument time");
            assert_eq!(bill.to_string(), text);
        }
    }
}
