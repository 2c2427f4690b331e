//! One pair, measured by every estimator between the two halves of its reference.

use std::time::Instant;

use anyhow::{Context, Result};
use gradient::{Device, Gradient, GradientConfig, Knowledge, Pair, Step, step, survey};
use smu::Skew;

use super::{
    reference::{Half, Reference, grid},
    session,
    trials::{Trial, Trials},
};
use crate::{
    gradient_experiment::{ReferenceConfig, ReferenceOf},
    levels,
    recorder::Recorder,
    report::PairSkew,
    shutdown::Stop,
};

/// What is done with every pair.
pub struct Task<'a> {
    /// The discipline that the reference shares with the slopes.
    pub gradient: &'a GradientConfig,
    /// The estimators.
    pub trials: &'a Trials,
    /// The dense sweep.
    pub reference: &'a ReferenceConfig,
    /// The levels that slopes are asked at, V.
    pub window: [smu::units::Volts; 2],
    /// How many.
    pub points: usize,
    /// How often.
    pub sweeps: usize,
}

/// What one pair came to.
pub struct Measured {
    pub(super) name: String,
    pub(super) coupling: &'static str,
    pub(super) reference: Reference,
    /// One list a trial, one entry a sweep.
    pub(super) outcomes: Vec<Vec<Outcome>>,
    /// Of each trial, V.
    pub(super) steps: Vec<f64>,
    /// What it took to know noise and curve.
    pub(super) survey_operations: u64,
    /// What the survey showed.
    pub(super) knowledge: Knowledge,
}

/// What is known of a pair before its slopes are measured.
pub struct Known {
    knowledge: Knowledge,
    /// Of each trial, V.
    steps: Vec<f64>,
    /// What it took.
    operations: u64,
}

/// One batch of slopes.
pub struct Outcome {
    pub(super) gradients: Vec<Gradient>,
    pub(super) skews: Vec<Skew>,
    /// For all points: those that slopes are formed of.
    pub(super) operations: u64,
    /// Those beside: calibrations, rests, conditioning.
    pub(super) operations_beside: u64,
    /// What the instruments should take.
    pub(super) seconds: f64,
    /// What it took here.
    pub(super) wall_seconds: f64,
}

impl Task<'_> {
    /// Batches that one pair makes, with its quiet twin.
    pub fn steps(&self) -> u64 {
        let halves = match self.reference.of {
            ReferenceOf::SameDevices => 2,
            ReferenceOf::QuietTwins => 1,
        };
        (self.reference.sweeps / 2 * halves + self.trials.each.len() * self.sweeps) as u64
    }

    /// Measures a pair whose outputs are on, its reference before and after. Estimators take turns from
    /// sweep to sweep, so that drift disturbs all alike. `after` is called after every batch.
    ///
    /// # Errors
    /// An instrument failed; the campaign cannot be written; [`Interrupted`](crate::exit::Interrupted).
    pub async fn measure(
        &self,
        (number, pair): (usize, &mut Pair),
        recorder: &mut Recorder,
        stop: &Stop,
        after: impl Fn(),
    ) -> Result<Measured> {
        let before = self.half((number, pair), recorder, stop, &after).await?;
        stop.go_on()?;
        let known = self.know((number, pair), recorder).await?;
        let mut outcomes: Vec<Vec<Outcome>> = self.trials.each.iter().map(|_| Vec::new()).collect();
        for _ in 0..self.sweeps {
            for (trial, outcomes) in outcomes.iter_mut().enumerate() {
                outcomes.push(self.turn(trial, (number, pair), &known, recorder, stop).await?);
                after();
            }
        }
        let after = self.half((number, pair), recorder, stop, &after).await?;
        let fit = self.reference.fit(self.window.map(|it| it.0));
        Ok(Measured::of(pair, Reference { before, after, fit }, outcomes, known))
    }

    /// Surveys a pair whose outputs are on, and chooses the steps.
    ///
    /// # Errors
    /// As [`Task::measure`]; a survey that teaches nothing.
    pub async fn know(
        &self,
        (number, pair): (usize, &mut Pair),
        recorder: &mut Recorder,
    ) -> Result<Known> {
        let (window, codes) = (self.window.map(|it| it.0), pair.codes());
        let shots = survey::plan(self.gradient, window, &codes)?;
        let rows = pair.shoot(&shots).await?;
        recorder.survey("survey", number, &shots, &rows)?;
        let knowledge =
            survey::learn(&shots, &rows).with_context(|| format!("pair \"{}\"", pair.name()))?;
        recorder.result(&format!("survey of {}", pair.name()), &knowledge)?;
        let step = |it: &Trial| match it.delta_v {
            Step::Fixed(volts) => volts.0,
            Step::Auto => {
                step::choose(it.config.method, &knowledge, &codes, window, &it.config).delta_v
            }
        };
        let steps = self.trials.each.iter().map(step).collect();
        Ok(Known {
            steps,
            knowledge,
            operations: shots.iter().map(gradient::Shot::operations).sum(),
        })
    }

    /// One sweep of one estimator, on a pair whose outputs are on.
    ///
    /// # Errors
    /// As [`Task::measure`].
    pub async fn turn(
        &self,
        trial: usize,
        (number, pair): (usize, &mut Pair),
        known: &Known,
        recorder: &mut Recorder,
        stop: &Stop,
    ) -> Result<Outcome> {
        stop.go_on()?;
        let levels = levels::grid(self.window, self.points);
        let (delta_v, trial) = (known.steps[trial], &self.trials.each[trial]);
        let begun = Instant::now();
        let batch = session::batch(pair, &trial.config, delta_v, &known.knowledge, &levels).await?;
        let wall_seconds = begun.elapsed().as_secs_f64();
        recorder.batch(&trial.phase, &[(number, batch.clone())])?;
        let cost = batch.plan.cost;
        Ok(Outcome {
            skews: session::skews(&batch).collect(),
            operations: cost.operations_of_points,
            operations_beside: cost.operations - cost.operations_of_points,
            seconds: cost.seconds,
            wall_seconds,
            gradients: batch.gradients,
        })
    }

    /// What a pair came to whose reference is that of its quiet twin.
    pub fn beside(
        &self,
        pair: &Pair,
        quiet: Half,
        outcomes: Vec<Vec<Outcome>>,
        known: Known,
    ) -> Measured {
        let fit = self.reference.fit(self.window.map(|it| it.0));
        let reference = Reference { before: quiet.clone(), after: quiet, fit };
        Measured::of(pair, reference, outcomes, known)
    }

    /// Half of the reference's sweeps, of a pair whose outputs are on.
    ///
    /// # Errors
    /// As [`Task::measure`].
    pub async fn half(
        &self,
        (number, pair): (usize, &mut Pair),
        recorder: &mut Recorder,
        stop: &Stop,
        after: &impl Fn(),
    ) -> Result<Half> {
        let codes = pair.codes();
        let allowed = codes.common_window();
        let dense = grid(self.reference, self.window.map(|it| it.0), allowed);
        let mut sum: Option<Half> = None;
        for _ in 0..self.reference.sweeps / 2 {
            stop.go_on()?;
            let one = Half::measure((number, pair), self.gradient, &dense, recorder).await?;
            match &mut sum {
                None => sum = Some(one),
                Some(sum) => sum.add(&one),
            }
            after();
        }
        sum.ok_or_else(|| anyhow::anyhow!("a reference needs at least two sweeps"))
    }
}

impl Measured {
    fn of(
        pair: &Pair,
        reference: Reference,
        outcomes: Vec<Vec<Outcome>>,
        known: Known,
    ) -> Measured {
        Measured {
            name: pair.name().to_owned(),
            coupling: pair.coupling().name(),
            reference,
            outcomes,
            steps: known.steps,
            survey_operations: known.operations,
            knowledge: known.knowledge,
        }
    }

    /// When the two readings of a trial's slopes were made.
    pub(super) fn skew(&self, trial: usize) -> PairSkew {
        let skews = || self.outcomes[trial].iter().flat_map(|it| &it.skews);
        let largest = |of: fn(&Skew) -> f64| skews().map(of).max_by(f64::total_cmp);
        PairSkew {
            coupling: self.coupling,
            skew_seconds_largest: largest(|it| it.seconds.abs()),
            skew_uncertainty_seconds_largest: largest(|it| it.uncertainty),
        }
    }

    /// The reference's slopes where an outcome's slopes are, S.
    pub(super) fn reference_of(&self, outcome: &Outcome, device: Device) -> Result<Vec<f64>> {
        let at: Vec<f64> = outcome.gradients.iter().map(|it| it.level).collect();
        Ok(self.reference.slopes(device, &at)?.iter().map(|it| it.value).collect())
    }
}
