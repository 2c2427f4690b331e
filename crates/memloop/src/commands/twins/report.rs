//! The document: what two devices differ by, what that costs, and what to do.

use anyhow::Result;
use gradient::{GradientConfig, Method, Priced, Pulse, Remembered, Twins, Unlike, Unsteady};
use serde::Serialize;
use smu::units::Volts;

use super::{
    advice::{self, Advice},
    survey::{Round, Surveyed},
};
use crate::{
    fidelity::{operations_per_point, takes_too_many},
    report::{Count, PAPER, Place},
    table::percent,
};

/// The most operations at a point that estimators are compared at.
const MOST_OPERATIONS: f64 = 8.0;

/// What `memloop match` prints.
#[derive(Serialize)]
pub(super) struct MatchReport {
    pub(super) bench: String,
    pub(super) pairs: Vec<PairReport>,
    #[serde(flatten)]
    pub(super) place: Place,
    #[serde(flatten)]
    pub(super) count: Count,
}

/// One pair. What it differs by is that of its last survey, whose readings are the recommended ones.
#[derive(Serialize)]
pub(super) struct PairReport {
    pub(super) pair: String,
    pub(super) base: String,
    pub(super) probe: String,
    pub(super) coupling: &'static str,
    pub(super) window_volts: [f64; 2],
    pub(super) levels: usize,
    pub(super) passes: usize,
    /// At least one; the first without a rest.
    pub(super) surveys: Vec<Survey>,
    /// The lowest and the highest level of the window where readings were left out.
    pub(super) left_out_volts: Option<[f64; 2]>,
    /// The least and the largest current of the curve, A.
    pub(super) current_range_amperes: [f64; 2],
    pub(super) unlike: Unlike,
    pub(super) unsteady: Unsteady,
    /// With the recommended rest.
    pub(super) memory: Remembered,
    /// The least expected error first.
    pub(super) estimators: Vec<Priced>,
    pub(super) not_listed: Vec<NotListed>,
    pub(super) at_two_operations: Option<Advice>,
    pub(super) at_four_operations: Option<Advice>,
    /// What the paper's method is expected to be wrong by, with the recommended rest; over the range.
    pub(super) forward_pair_rmse_over_range: Option<f64>,
    /// Whether that is at most what the paper reports.
    pub(super) good_enough_for_forward_pair: bool,
    pub(super) verdict: String,
}

/// An estimator that the table lacks.
#[derive(Serialize)]
pub(super) struct NotListed {
    pub(super) method: Method,
    pub(super) why: String,
}

impl NotListed {
    /// # Errors
    /// A configuration that means nothing.
    fn of(estimators: &[Priced], config: &GradientConfig) -> Result<Vec<NotListed>> {
        let is_listed = |method| estimators.iter().any(|it| it.method == method);
        let missing = Method::ALL.into_iter().filter(|it| !is_listed(*it));
        let why = |method| {
            let once = GradientConfig { method, repeats: 1, ..config.clone() };
            if let Err(error) = once.check() {
                return Ok(NotListed { method, why: format!("cannot be measured so: {error}") });
            }
            let needed = operations_per_point(&once)?;
            let why = match needed > MOST_OPERATIONS {
                true => takes_too_many(needed, &once),
                false => "has no expected error that this survey could tell".to_owned(),
            };
            Ok(NotListed { method, why })
        };
        missing.map(why).collect()
    }
}

/// One survey, and what of the past it showed.
#[derive(Serialize)]
pub(super) struct Survey {
    /// Before every reading.
    pub(super) rest: Option<Pulse>,
    pub(super) operations: u64,
    pub(super) instrument_seconds: f64,
    /// Readings in compliance, beyond the range or without a number: left out.
    pub(super) readings_left_out: usize,
    pub(super) memory: Remembered,
}

impl Survey {
    fn of(round: &Round) -> Survey {
        Survey {
            rest: round.config.rest,
            operations: round.cost.operations,
            instrument_seconds: round.cost.seconds,
            readings_left_out: round.unusable(),
            memory: round.twins.memory,
        }
    }
}

impl PairReport {
    /// # Errors
    /// What is recommended cannot be measured.
    pub(super) fn of(surveyed: &Surveyed) -> Result<PairReport> {
        let last = surveyed.last();
        let Twins { unlike, unsteady, memory, .. } = last.twins;
        let estimators = last.twins.estimators.clone();
        let advise = |it: Option<gradient::Recommendation>| {
            it.map(|it| advice::of(surveyed, &it.estimator)).transpose()
        };
        let forward = estimators.iter().find(|it| it.method == Method::Forward && it.repeats == 1);
        let because = forward.map(|it| advice::because(surveyed, it)).transpose()?;
        let forward = forward.map(|it| it.rmse_over_range);
        let papers = PAPER.gradient_rmse_percent / 100.0;
        let currents = &last.knowledge.curve.currents;
        let mut report = PairReport {
            pair: surveyed.pair.clone(),
            base: surveyed.instruments[0].clone(),
            probe: surveyed.instruments[1].clone(),
            coupling: surveyed.coupling,
            window_volts: surveyed.window,
            levels: last.config.survey.levels,
            passes: last.config.survey.passes,
            surveys: surveyed.rounds.iter().map(Survey::of).collect(),
            left_out_volts: last.unusable_levels(surveyed.window),
            current_range_amperes: [
                currents.iter().copied().fold(f64::INFINITY, f64::min),
                currents.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            ],
            at_two_operations: advise(last.twins.at_two_operations)?,
            at_four_operations: advise(last.twins.at_four_operations)?,
            unlike,
            unsteady,
            memory,
            not_listed: NotListed::of(&estimators, &last.config)?,
            estimators,
            forward_pair_rmse_over_range: forward,
            good_enough_for_forward_pair: forward.is_some_and(|it| it <= papers),
            verdict: String::new(),
        };
        report.verdict = report.judge(&because.unwrap_or_default());
        Ok(report)
    }

    /// The largest current of either sign, A.
    pub(super) fn full_scale(&self) -> f64 {
        self.current_range_amperes.iter().fold(0.0, |most: f64, it| most.max(it.abs()))
    }

    fn judge(&self, because: &str) -> String {
        let papers = PAPER.gradient_rmse_percent;
        let mut verdict = match self.forward_pair_rmse_over_range {
            None => "The paper's forward pair could not be judged.".to_owned(),
            Some(forward) if self.good_enough_for_forward_pair => format!(
                "Twins: good enough for the paper's forward pair, whose slopes are expected to be wrong by {} of \
                 their range (the paper's were by {papers} %).",
                percent(forward)
            ),
            Some(forward) => format!(
                "Not twins enough for the paper's forward pair: its slopes are expected to be wrong by {} of their \
                 range (the paper's were by {papers} %), {because}.",
                percent(forward)
            ),
        };
        if let Some(best) = self.at_four_operations.as_ref().or(self.at_two_operations.as_ref()) {
            let use_it = format!(
                " Use {}: {} with {:.0} operations at a point.",
                best.estimator.method,
                percent(best.estimator.rmse_over_range),
                best.estimator.operations_per_point
            );
            verdict.push_str(&use_it);
        }
        if let Some([low, high]) = self.left_out_volts {
            let limited = format!(
                " Between {} and {} readings were in compliance or out of range: no slope can be formed there, and \
                 this says nothing of it. Narrow the window, or raise compliance and range.",
                Volts(low),
                Volts(high)
            );
            verdict.push_str(&limited);
        }
        verdict + &self.judge_memory()
    }

    fn judge_memory(&self) -> String {
        let first = &self.surveys[0].memory;
        let last = &self.surveys[self.surveys.len() - 1];
        let Some(rest) = last.rest else {
            return match first.seen {
                true => " What is seen of their past is small against the expected error: no rest is needed.",
                false => " Nothing of their past is seen: no rest is needed.",
            }
            .to_owned();
        };
        let kept = first.kept_share.map_or("They remember".to_owned(), |it| {
            format!(
                "They remember: {:.0} % of the state before a reading is left after it",
                100.0 * it
            )
        });
        let left = if last.memory.seen {
            format!(
                "a hysteresis of {:.2} % of range is left, of which noise explains {:.2} %",
                100.0 * last.memory.hysteresis_index,
                100.0 * last.memory.explained_by_noise
            )
        } else {
            "nothing of it is seen".to_owned()
        };
        let left = match last.memory.counts == last.memory.seen {
            true => left,
            false => format!("{left}: small against the expected error"),
        };
        format!(
            " {kept}; with {} readings at {} before every reading {left}.",
            rest.readings, rest.level
        )
    }
}
