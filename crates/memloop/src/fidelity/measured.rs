//! One pair, measured by every estimator between the two halves of its reference.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use gradient::{
    Batch, Codes, Device, Due, Gradient, GradientConfig, GradientError, Knowledge, Pair, Plan,
    Service, Shot, ShotReading, Step, SurveyError, fidelity::FidelityError, step, survey,
};
use indicatif::ProgressBar;
use smu::Skew;

use super::{
    reference::{self, Half, Reference},
    session,
    trials::{Trial, Trials},
};
use crate::{
    bill::{self, Bill, shortened},
    computing::compute,
    exit::BadInput,
    gradient_experiment::{ReferenceConfig, ReferenceOf},
    levels,
    recorder::Recorder,
    report::PairSkew,
    shooting::{self, Order},
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
    /// Kinds of what was noted beside.
    pub(super) notes: Vec<&'static str>,
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
    /// What one pair costs, its quiet twin included.
    ///
    /// # Errors
    /// A level outside a window, or a step below a code.
    pub fn bill(&self, codes: &Codes) -> Result<Bill> {
        let halves = match self.reference.of {
            ReferenceOf::SameDevices => 2,
            ReferenceOf::QuietTwins => 1,
        };
        let survey = Bill::of_survey(self.gradient, self.volts(), codes)?;
        Ok(self.bill_of_reference(codes)? * f64::from(halves)
            + survey
            + self.bill_of_slopes(codes)?)
    }

    /// Refuses a reference whose fit would reach too few of the levels that these sources make.
    ///
    /// # Errors
    /// The sentence names the keys and what is enough.
    pub fn check_reference(&self, codes: &Codes) -> Result<()> {
        let Some((level, found)) = self.narrow_reference(codes)? else { return Ok(()) };
        let code = reference::no_step(codes);
        Err(BadInput::new(self.reference.narrow(self.volts(), code, level, found)).into())
    }

    /// The first level where the reference's fit would reach too few of the levels that these sources
    /// make, V, and how many.
    ///
    /// # Errors
    /// A level outside a window, or a step below a code.
    pub fn narrow_reference(&self, codes: &Codes) -> Result<Option<(f64, usize)>> {
        let config = shortened(&reference::discipline(self.gradient));
        let dense = Plan::new(&self.dense(codes), reference::no_step(codes), &config, codes)?;
        let sent = |plan: &Plan| plan.points.iter().map(|it| it.level).collect::<Vec<_>>();
        let (dense, asked) = (sent(&dense), levels::grid(self.window, self.points));
        for trial in &self.trials.each {
            let delta_v = bill::some_step(trial.delta_v, codes);
            let plan = Plan::new(&asked, delta_v, &shortened(&trial.config), codes)?;
            match self.reference.fit(self.volts()).check(&dense, &sent(&plan)) {
                Err(FidelityError::NarrowFit { level, found, .. }) => {
                    return Ok(Some((level, found)));
                }
                checked => checked?,
            }
        }
        Ok(None)
    }

    /// What half of the reference's sweeps cost.
    ///
    /// # Errors
    /// As [`Task::bill`].
    pub fn bill_of_reference(&self, codes: &Codes) -> Result<Bill> {
        let (dense, config) = (self.dense(codes), reference::discipline(self.gradient));
        let sweep =
            Bill::of_batch(Due::default(), &dense, reference::no_step(codes), &config, codes)?;
        Ok(sweep * (self.reference.sweeps / 2) as f64)
    }

    /// What the slopes of every estimator cost.
    ///
    /// # Errors
    /// As [`Task::bill`].
    pub fn bill_of_slopes(&self, codes: &Codes) -> Result<Bill> {
        let levels = levels::grid(self.window, self.points);
        let each = self.trials.each.iter().map(|it| {
            let due = bill::due_at_first(&it.config, self.volts());
            let delta_v = bill::some_step(it.delta_v, codes);
            Bill::of_batch(due, &levels, delta_v, &it.config, codes)
        });
        let of_a_sweep = each.sum::<Result<Bill, GradientError>>()?;
        Ok(of_a_sweep * self.sweeps as f64)
    }

    /// Measures a pair whose outputs are on, its reference before and after. Estimators take turns from
    /// sweep to sweep, so that drift disturbs all alike. `bar` counts operations.
    ///
    /// # Errors
    /// An instrument failed; the campaign cannot be written; [`Interrupted`](crate::exit::Interrupted).
    pub async fn measure(
        &self,
        (number, pair): (usize, &mut Pair),
        recorder: &mut Recorder,
        stop: &Stop,
        bar: &ProgressBar,
    ) -> Result<Measured> {
        let before = self.half((number, pair), recorder, stop, bar).await?;
        let known = self.know((number, pair), recorder, stop, bar).await?;
        pair.output_on().await?;
        let mut outcomes: Vec<Vec<Outcome>> = self.trials.each.iter().map(|_| Vec::new()).collect();
        for _ in 0..self.sweeps {
            for (trial, outcomes) in outcomes.iter_mut().enumerate() {
                outcomes.push(self.turn(trial, (number, pair), &known, recorder, stop, bar).await?);
            }
        }
        let after = self.half((number, pair), recorder, stop, bar).await?;
        Ok(self.measured(pair, [before, after], outcomes, known))
    }

    /// The same of a pair that serves, by its own estimator as it is: its session goes on.
    ///
    /// # Errors
    /// As [`Task::measure`].
    pub async fn measure_serving(
        &self,
        (number, service): (usize, &mut Service),
        recorder: &mut Recorder,
        stop: &Stop,
        bar: &ProgressBar,
    ) -> Result<Measured> {
        let levels = levels::grid(self.window, self.points);
        let before = self.half((number, service.pair_mut()), recorder, stop, bar).await?;
        let mut outcomes = Vec::with_capacity(self.sweeps);
        for _ in 0..self.sweeps {
            stop.go_on()?;
            let begun = Instant::now();
            let batch = service.measure(&levels).await?;
            recorder.batch(&self.trials.each[0].phase, &[(number, batch.clone())])?;
            bar.inc(batch.plan.cost.operations);
            outcomes.push(Outcome::of(batch, begun.elapsed()));
        }
        let after = self.half((number, service.pair_mut()), recorder, stop, bar).await?;
        let knowledge = service.knowledge().clone();
        let known = Known { knowledge, steps: vec![service.delta_v()], operations: 0 };
        Ok(self.measured(service.pair(), [before, after], vec![outcomes], known))
    }

    /// Surveys a pair whose outputs are on, switches them off, and learns from what was read, and
    /// chooses the steps.
    ///
    /// # Errors
    /// As [`Task::measure`]; a survey that teaches nothing.
    pub async fn know(
        &self,
        (number, pair): (usize, &mut Pair),
        recorder: &mut Recorder,
        stop: &Stop,
        bar: &ProgressBar,
    ) -> Result<Known> {
        let (window, codes) = (self.volts(), pair.codes());
        let shots = survey::plan(self.gradient, window, &codes)?;
        let operations = shots.iter().map(Shot::operations).sum();
        let mut rows = Vec::with_capacity(shots.len());
        let keep = |_, shots: &[Shot], read: Vec<ShotReading>| {
            recorder.shots("survey", number, shots, &read)?;
            bar.inc(shots.iter().map(Shot::operations).sum());
            rows.extend(read);
            Ok(())
        };
        shooting::shoot(&mut [Order::of(pair, &shots)], stop, keep).await?;
        pair.output_off().await?;
        bar.set_message(format!("computing: the survey of {}", pair.name()));
        let trials = self.trials.each.clone();
        let learn = move || {
            let knowledge = survey::learn(&shots, &rows)?;
            let step = |it: &Trial| match it.delta_v {
                Step::Fixed(volts) => volts.0,
                Step::Auto => {
                    step::choose(it.config.method, &knowledge, &codes, window, &it.config).delta_v
                }
            };
            let steps = trials.iter().map(step).collect();
            Ok::<_, SurveyError>((knowledge, steps))
        };
        let learnt = compute(stop, learn).await?;
        let (knowledge, steps) = learnt.with_context(|| format!("pair \"{}\"", pair.name()))?;
        bar.set_message("");
        recorder.result(&format!("survey of {}", pair.name()), &knowledge)?;
        Ok(Known { knowledge, steps, operations })
    }

    /// One sweep of one estimator, on a pair whose outputs are on.
    ///
    /// # Errors
    /// As [`Task::measure`].
    pub async fn turn(
        &self,
        trial: usize,
        numbered: (usize, &mut Pair),
        known: &Known,
        recorder: &mut Recorder,
        stop: &Stop,
        bar: &ProgressBar,
    ) -> Result<Outcome> {
        let levels = levels::grid(self.window, self.points);
        let (known, trial) = ((known.steps[trial], &known.knowledge), &self.trials.each[trial]);
        let begun = Instant::now();
        let batch = session::batch(numbered, trial, known, &levels, recorder, stop, bar).await?;
        Ok(Outcome::of(batch, begun.elapsed()))
    }

    /// What a pair came to whose reference is that of its quiet twin.
    pub fn beside(
        &self,
        pair: &Pair,
        quiet: Half,
        outcomes: Vec<Vec<Outcome>>,
        known: Known,
    ) -> Measured {
        self.measured(pair, [quiet.clone(), quiet], outcomes, known)
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
        bar: &ProgressBar,
    ) -> Result<Half> {
        let codes = pair.codes();
        let (dense, config) = (self.dense(&codes), reference::discipline(self.gradient));
        let plan = Plan::new(&dense, reference::no_step(&codes), &config, &codes)?;
        let mut sum: Option<Half> = None;
        for _ in 0..self.reference.sweeps / 2 {
            let one = Half::measure((number, pair), &plan, recorder, stop, bar).await?;
            match &mut sum {
                None => sum = Some(one),
                Some(sum) => sum.add(&one),
            }
        }
        sum.ok_or_else(|| anyhow::anyhow!("a reference needs at least two sweeps"))
    }

    /// The levels of the reference, V.
    fn dense(&self, codes: &Codes) -> Vec<f64> {
        reference::grid(self.reference, self.volts(), codes.common_window())
    }

    /// V.
    fn volts(&self) -> [f64; 2] {
        self.window.map(|it| it.0)
    }

    fn measured(
        &self,
        pair: &Pair,
        [before, after]: [Half; 2],
        outcomes: Vec<Vec<Outcome>>,
        Known { knowledge, steps, operations }: Known,
    ) -> Measured {
        Measured {
            name: pair.name().to_owned(),
            coupling: pair.coupling().name(),
            reference: Reference { before, after, fit: self.reference.fit(self.volts()) },
            outcomes,
            steps,
            survey_operations: operations,
            knowledge,
        }
    }
}

impl Outcome {
    fn of(batch: Batch, took: Duration) -> Outcome {
        let cost = batch.plan.cost;
        Outcome {
            skews: session::skews(&batch).collect(),
            notes: batch.notes.iter().map(gradient::Note::name).collect(),
            operations: cost.operations_of_points,
            operations_beside: cost.operations - cost.operations_of_points,
            seconds: cost.seconds,
            wall_seconds: took.as_secs_f64(),
            gradients: batch.gradients,
        }
    }
}

impl Measured {
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
