//! Which estimators are tried, with which repeats.

use anyhow::Result;
use gradient::{Codes, Dither, GradientConfig, Method, Plan, SourceCodes, Step};
use serde::Serialize;
use smu::units::Volts;

use crate::{bill::shortened, exit::BadInput, gradient_experiment::GradientExperiment};

/// Operations of a sweep, which is held in memory.
const MOST_SHOTS: f64 = 1e8;

/// One estimator at one budget.
#[derive(Clone, Debug)]
pub struct Trial {
    /// How it is measured, repeats included.
    pub config: GradientConfig,
    /// The same for all pairs, or chosen for each from its survey.
    pub delta_v: Step,
    /// Operations for each point that it may spend; `None` of the experiment's own `[gradient]`.
    pub budget: Option<u64>,
    /// What the campaign calls its batches.
    pub phase: String,
}

/// An estimator that is not compared, and why.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// The estimator.
    pub method: Method,
    /// Of the budget, for each point.
    pub operations_per_point: u64,
    /// Why.
    pub why: String,
}

/// All of an experiment.
#[derive(Clone, Debug)]
pub struct Trials {
    /// The experiment's own `[gradient]` first.
    pub each: Vec<Trial>,
    /// Estimators that do not fit a budget.
    pub left_out: Vec<LeftOut>,
}

impl Trials {
    /// One estimator alone.
    pub fn own(config: &GradientConfig) -> Trials {
        let trial = Trial {
            delta_v: config.delta_v,
            config: config.clone(),
            budget: None,
            phase: "gradient".to_owned(),
        };
        Trials { each: vec![trial], left_out: Vec::new() }
    }

    /// Of an experiment. A budget is spent on repeats: as many as fit into it.
    ///
    /// # Errors
    /// A `[gradient]` that means nothing; a reference that cannot be fitted; more shots than memory holds.
    pub fn of(experiment: &GradientExperiment) -> Result<Trials> {
        let own = &experiment.gradient;
        own.check().map_err(|error| BadInput::new(error.to_string()))?;
        if let Some(window) = experiment.sweep.window {
            experiment.reference.check_reach(window, experiment.sweep.points)?;
        }
        let mut trials = Trials::own(own);
        trials.check_memory(experiment)?;
        let Some(compare) = &experiment.compare else { return Ok(trials) };
        let delta_v = compare.delta_v.unwrap_or(own.delta_v);
        for budget in &compare.operations {
            for method in &compare.methods {
                let once = GradientConfig { method: *method, repeats: 1, delta_v, ..own.clone() };
                if let Err(error) = once.check() {
                    trials.left_out.push(LeftOut {
                        method: *method,
                        operations_per_point: *budget,
                        why: format!("cannot be measured so: {error}"),
                    });
                    continue;
                }
                let needed = operations_per_point(&once)?;
                let repeats = (*budget as f64 / needed).floor() as usize;
                if repeats == 0 {
                    trials.left_out.push(LeftOut {
                        method: *method,
                        operations_per_point: *budget,
                        why: takes_too_many(needed, &once),
                    });
                    continue;
                }
                trials.each.push(Trial {
                    config: GradientConfig { repeats, ..once },
                    delta_v,
                    budget: Some(*budget),
                    phase: format!("{method} at {budget}"),
                });
            }
        }
        trials.check_memory(experiment)?;
        Ok(trials)
    }

    /// Refuses sweeps of more shots than memory holds.
    fn check_memory(&self, experiment: &GradientExperiment) -> Result<()> {
        let reading = experiment.gradient.shots_of_a_reading();
        let mut sweeps = vec![("reference.points", experiment.reference.points, reading)];
        for trial in &self.each {
            let operations = operations_per_point(&trial.config)? * trial.config.repeats as f64;
            sweeps.push(("sweep.points", experiment.sweep.points, operations * reading));
        }
        let too_many = |it: &&(&str, usize, f64)| it.1 as f64 * it.2 > MOST_SHOTS;
        let Some((key, points, shots)) = sweeps.iter().find(too_many) else { return Ok(()) };
        Err(BadInput::new(format!(
            "{key} = {points} with {shots:.0} operations for each point, rest and hold included: accepted are at \
             most {MOST_SHOTS:.0} in a sweep"
        ))
        .into())
    }

    /// The lowest and the highest level that anything of a window is measured at, V. A step that is
    /// chosen later is chosen so that it fits.
    pub fn reach(&self, [low, high]: [f64; 2]) -> [f64; 2] {
        let ends = self.each.iter().filter_map(|it| {
            let Step::Fixed(Volts(step)) = it.delta_v else { return None };
            Some(match it.config.method {
                Method::Forward | Method::ChoppedForward => {
                    [low + step.min(0.0), high + step.max(0.0)]
                }
                Method::LocalRegression => [low, high],
                _ => [low - 0.5 * step.abs(), high + 0.5 * step.abs()],
            })
        });
        ends.fold([low, high], |all, it| [all[0].min(it[0]), all[1].max(it[1])])
    }
}

/// Why an estimator has no place in a table of fewer operations; where that can be changed, by what.
pub fn takes_too_many(needed: f64, config: &GradientConfig) -> String {
    let takes = format!("takes {needed:.0} operations for each point");
    let Dither { samples, periods } = config.dither;
    match config.method {
        Method::SmallSignal => format!(
            "{takes}, two for each of {samples} samples in each of {periods} periods (`dither` in [gradient])"
        ),
        _ => takes,
    }
}

/// What one visit of a point costs, counted on a plan that nothing is sent of.
///
/// # Errors
/// A configuration that means nothing.
pub fn operations_per_point(config: &GradientConfig) -> Result<f64> {
    let source =
        SourceCodes { smu: "none".to_owned(), resolution: 1e-6, window: [-1e3, 1e3], range: 1e3 };
    let codes = Codes { base: source.clone(), probe: source, seconds_per_shot: 0.0, most: 1000 };
    let levels: Vec<f64> = (0..8).map(|it| 0.1 * f64::from(it)).collect();
    let plan = Plan::new(&levels, 0.01, &shortened(config), &codes)?;
    Ok(plan.cost.operations_of_points as f64 / plan.points.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(compare: &str) -> Result<Trials> {
        let text = format!(
            "kind = \"gradient\"\nname = \"t\"\n[gradient]\nmethod = \"forward\"\ndelta_v = \"50 mV\"\n\
             [sweep]\npoints = 11\nsweeps = 1\n{compare}"
        );
        Trials::of(&toml::from_str(&text).unwrap())
    }

    #[test]
    fn a_budget_is_spent_on_repeats_and_what_does_not_fit_is_left_out() {
        let found = trials("[compare]\nmethods = \"all\"\noperations = [2, 4, 8]\n").unwrap();
        let repeats = |method: Method, budget: u64| {
            let found = found
                .each
                .iter()
                .find(|it| it.config.method == method && it.budget == Some(budget));
            found.map(|it| it.config.repeats)
        };
        assert_eq!([2, 4, 8].map(|it| repeats(Method::Central, it)), [Some(1), Some(2), Some(4)]);
        assert_eq!(
            [2, 4, 8].map(|it| repeats(Method::ChoppedCentral, it)),
            [None, Some(1), Some(2)]
        );
        assert_eq!([2, 4, 8].map(|it| repeats(Method::Abba, it)), [None, None, Some(1)]);
        let out = found.left_out.iter().find(|it| it.method == Method::Abba).unwrap();
        assert_eq!((out.operations_per_point, &*out.why), (2, "takes 8 operations for each point"));
        assert_eq!(found.each[0].budget, None);
        assert_eq!(found.reach([-1.0, 1.0]), [-1.025, 1.05]);
    }

    #[test]
    fn a_comparison_has_its_own_step() {
        let with = "[compare]\nmethods = [\"central\"]\noperations = [2]\ndelta_v = \"0.1 V\"\n";
        let found = trials(with).unwrap();
        let steps: Vec<Step> = found.each.iter().map(|it| it.delta_v).collect();
        assert_eq!(steps, [Step::Fixed(Volts(0.05)), Step::Fixed(Volts(0.1))]);
        let auto = with.replace("0.1 V", "auto");
        assert_eq!(trials(&auto).unwrap().each[1].delta_v, Step::Auto);
    }
}
