//! Figures of all pairs, draws and sweeps, gathered as they are measured.

use anyhow::{Context, Result, anyhow};
use gradient::{
    Absent, Device, Uncertain,
    fidelity::{Convention, Coverage, Fidelity, MeanSd, Spread, Summary, compare},
};

use super::{
    measured::{Measured, Outcome},
    remarks::Grounds,
    report::{BudgetReport, MethodReport, Possible, ReferenceReport},
    trials::{LeftOut, Trial, Trials},
};
use crate::{
    gradient_experiment::{GradientExperiment, ReferenceConfig},
    report::{PAPER, PairFidelity},
};

/// What each trial came to so far.
pub struct Tally {
    each: Vec<TrialTally>,
    pairs: Vec<PairFidelity>,
    references: Vec<ReferenceReport>,
    survey_operations: u64,
    grounds: Grounds,
}

/// What one trial came to so far.
#[derive(Default)]
pub(super) struct TrialTally {
    own: Vec<Fidelity>,
    base: Vec<Fidelity>,
    mean: Vec<Fidelity>,
    coverage: Vec<Coverage>,
    /// V, one a pair and draw.
    steps: Vec<f64>,
    failed: usize,
    absent: usize,
    clamped: usize,
    points: usize,
    operations: u64,
    beside: u64,
    seconds: f64,
    wall_seconds: f64,
    /// (error over range)², summed over sweeps, and how many, at every level asked.
    pub(super) squares: Vec<(f64, f64)>,
}

impl Tally {
    /// Nothing yet.
    pub fn of(trials: &Trials) -> Tally {
        let each = trials.each.iter().map(|_| TrialTally::default()).collect();
        Tally {
            each,
            pairs: Vec::new(),
            references: Vec::new(),
            survey_operations: 0,
            grounds: Grounds::default(),
        }
    }

    /// Adds one pair.
    ///
    /// # Errors
    /// The reference cannot be made; the experiment's own estimator made no slopes.
    pub fn add(
        &mut self,
        measured: &Measured,
        trials: &Trials,
        config: &ReferenceConfig,
    ) -> Result<()> {
        for (number, (tally, trial)) in self.each.iter_mut().zip(&trials.each).enumerate() {
            tally.steps.push(measured.steps[number]);
            for outcome in &measured.outcomes[number] {
                tally.add(measured, trial, outcome)?;
            }
        }
        self.survey_operations = measured.survey_operations;
        self.grounds.add(&measured.knowledge);
        let outcomes = measured.outcomes.iter().flatten();
        for kind in outcomes.flat_map(|it| &it.notes) {
            *self.grounds.notes.entry(kind).or_default() += 1;
        }
        self.pairs.push(pair(measured, &trials.each[0])?);
        self.references.push(reference(measured, &trials.each[0], config)?);
        Ok(())
    }

    /// Of the experiment's own estimator, one a pair and draw.
    pub fn pairs(&self) -> &[PairFidelity] {
        &self.pairs
    }

    /// What the experiment's own estimator's uncertainties were worth.
    ///
    /// # Errors
    /// It made no slopes.
    pub fn coverage(&self) -> Result<Coverage> {
        self.each[0].coverage().context("no slope could be formed")
    }

    /// The step of the experiment's own estimator, V: mean over pairs and draws.
    pub fn step(&self) -> f64 {
        self.each[0].step()
    }

    /// What surveys, reference and experiment say about the causes of errors.
    pub fn grounds(&self, experiment: &GradientExperiment) -> Grounds {
        let reference = self.reference();
        Grounds {
            points: experiment.sweep.points,
            is_rested: experiment.gradient.rest.is_some(),
            reference_siemens: reference.uncertainty_over_range * reference.range_siemens,
            ..self.grounds.clone()
        }
    }

    /// Operations of a pair's survey.
    pub fn survey_operations(&self) -> u64 {
        self.survey_operations
    }

    /// The reference, over pairs and draws.
    pub fn reference(&self) -> ReferenceReport {
        let mean = |of: fn(&ReferenceReport) -> f64| {
            self.references.iter().map(of).sum::<f64>() / self.references.len() as f64
        };
        ReferenceReport {
            range_siemens: mean(|it| it.range_siemens),
            noise_over_range: mean(|it| it.noise_over_range),
            truncation_over_range: mean(|it| it.truncation_over_range),
            drift_over_range: mean(|it| it.drift_over_range),
            uncertainty_over_range: mean(|it| it.uncertainty_over_range),
            spread: Spread {
                sd_over_range: mean(|it| it.spread.sd_over_range),
                sd_over_mean_abs: mean(|it| it.spread.sd_over_mean_abs),
                sd_over_rms: mean(|it| it.spread.sd_over_rms),
                sd_over_max: mean(|it| it.spread.sd_over_max),
            },
            ..self.references[0]
        }
    }

    /// What each convention allows on these data.
    pub fn possible(&self) -> Vec<Possible> {
        let spread = self.reference().spread;
        let (rmse, r2) = (PAPER.gradient_rmse_percent / 100.0, PAPER.gradient_r2);
        let needed = Convention::needed(rmse, r2);
        let one = |convention: Convention| Possible {
            convention,
            sd_over: spread.over(convention),
            sd_over_needed: needed,
            is_possible: needed <= convention.most(),
            r2_determination_at_papers_rmse: spread.determination(convention, rmse),
            rmse_at_papers_r2: spread.rmse(convention, r2),
        };
        Convention::ALL.map(one).to_vec()
    }

    /// The tables, the best estimator first, and who made no slopes.
    pub fn comparison(&self, trials: &Trials) -> (Vec<BudgetReport>, Vec<LeftOut>) {
        let (mut budgets, mut left_out) = (Vec::<BudgetReport>::new(), Vec::new());
        for (trial, tally) in trials.each.iter().zip(&self.each) {
            let Some(budget) = trial.budget else { continue };
            let Some(report) = tally.report(trial) else {
                left_out.push(LeftOut {
                    method: trial.config.method,
                    operations_per_point: budget,
                    why: "made no slopes: see the reasons in the campaign".to_owned(),
                });
                continue;
            };
            match budgets.iter_mut().find(|it| it.operations_per_point == budget) {
                Some(found) => found.methods.push(report),
                None => budgets
                    .push(BudgetReport { operations_per_point: budget, methods: vec![report] }),
            }
        }
        for budget in &mut budgets {
            budget.methods.sort_by(|a, b| {
                a.figures.rmse_over_range.mean.total_cmp(&b.figures.rmse_over_range.mean)
            });
        }
        (budgets, left_out)
    }

    /// What one trial came to.
    pub(super) fn trial(&self, number: usize) -> &TrialTally {
        &self.each[number]
    }
}

impl TrialTally {
    fn add(&mut self, measured: &Measured, trial: &Trial, outcome: &Outcome) -> Result<()> {
        let slopes: Vec<Option<Uncertain>> =
            outcome.gradients.iter().map(|it| it.didv.ok()).collect();
        let values: Vec<Option<f64>> = slopes.iter().map(|it| it.map(|it| it.value)).collect();
        let base = measured.reference_of(outcome, Device::Base)?;
        let mean = measured.reference_of(outcome, Device::Mean)?;
        let own = match trial.config.method.device() {
            Device::Base => &base,
            Device::Mean => &mean,
        };
        self.absent += values.iter().filter(|it| it.is_none()).count();
        self.clamped += outcome.gradients.iter().filter(|it| it.clamped).count();
        self.points += values.len();
        self.operations += outcome.operations;
        self.beside += outcome.operations_beside;
        self.seconds += outcome.seconds;
        self.wall_seconds += outcome.wall_seconds;
        if values.iter().flatten().count() < 2 {
            self.failed += 1;
            return Ok(());
        }
        self.own.push(compare(&values, own)?);
        self.base.push(compare(&values, &base)?);
        self.mean.push(compare(&values, &mean)?);
        self.coverage.push(Coverage::of(&slopes, own)?);
        let range = range(own);
        self.squares.resize(self.squares.len().max(values.len()), (0.0, 0.0));
        for ((square, value), own) in self.squares.iter_mut().zip(&values).zip(own) {
            if let Some(value) = value {
                square.0 += ((value - own) / range).powi(2);
                square.1 += 1.0;
            }
        }
        Ok(())
    }

    fn step(&self) -> f64 {
        self.steps.iter().sum::<f64>() / self.steps.len() as f64
    }

    fn coverage(&self) -> Option<Coverage> {
        let slopes: usize = self.coverage.iter().map(|it| it.slopes).sum();
        let mean = |of: fn(&Coverage) -> f64| {
            self.coverage.iter().map(|it| of(it) * it.slopes as f64).sum::<f64>() / slopes as f64
        };
        (slopes > 0).then(|| Coverage {
            slopes,
            share_within_one_uncertainty: mean(|it| it.share_within_one_uncertainty),
            mean_uncertainty_siemens: mean(|it| it.mean_uncertainty_siemens),
        })
    }

    fn report(&self, trial: &Trial) -> Option<MethodReport> {
        let over_range = |each: &[Fidelity]| {
            MeanSd::of(&each.iter().map(|it| it.rmse_over_range).collect::<Vec<_>>())
        };
        let sweeps = self.own.len() + self.failed;
        Some(MethodReport {
            coverage: self.coverage()?,
            method: trial.config.method,
            device: trial.config.method.device(),
            delta_v_volts: self.step(),
            repeats: trial.config.repeats,
            operations_per_point: self.operations as f64 / self.points as f64,
            operations_beside_per_point: self.beside as f64 / self.points as f64,
            seconds_per_sweep: self.seconds / sweeps as f64,
            wall_seconds_per_sweep: self.wall_seconds / sweeps as f64,
            sweeps: self.own.len(),
            sweeps_without_slopes: self.failed,
            slopes_absent: self.absent,
            slopes_clamped: self.clamped,
            figures: Summary::of(&self.own),
            rmse_over_range_of_base: over_range(&self.base),
            rmse_over_range_of_mean: over_range(&self.mean),
        })
    }
}

/// The experiment's own estimator on one pair, over the slopes of all sweeps together.
fn pair(measured: &Measured, trial: &Trial) -> Result<PairFidelity> {
    let (mut slopes, mut reference) = (Vec::new(), Vec::new());
    for outcome in &measured.outcomes[0] {
        slopes.extend(outcome.gradients.iter().map(|it| it.didv.ok().map(|it| it.value)));
        reference.extend(measured.reference_of(outcome, trial.config.method.device())?);
    }
    let of = || format!("pair \"{}\" by {}", measured.name, trial.config.method);
    let gradients = || measured.outcomes[0].iter().flat_map(|it| &it.gradients);
    if slopes.iter().flatten().count() < 2 {
        return Err(anyhow!("{}: {}", of(), why_absent(gradients().map(|it| it.didv.err()))));
    }
    Ok(PairFidelity {
        pair: measured.name.clone(),
        skew: Some(measured.skew(0)),
        fidelity: compare(&slopes, &reference).with_context(of)?,
    })
}

/// How many slopes are absent, and because of what: the most frequent reason first.
fn why_absent(slopes: impl Iterator<Item = Option<Absent>>) -> String {
    let (mut all, mut reasons) = (0, Vec::<(String, usize)>::new());
    for absent in slopes {
        all += 1;
        let Some(reason) = absent.map(|it| it.to_string()) else { continue };
        match reasons.iter_mut().find(|it| it.0 == reason) {
            Some((_, times)) => *times += 1,
            None => reasons.push((reason, 1)),
        }
    }
    reasons.sort_by_key(|it| std::cmp::Reverse(it.1));
    let absent: usize = reasons.iter().map(|it| it.1).sum();
    let list: Vec<String> = reasons.iter().map(|(why, times)| format!("{why} {times}")).collect();
    format!("{absent} of {all} slopes are absent, and at least 2 are needed: {}", list.join(", "))
}

fn reference(
    measured: &Measured,
    trial: &Trial,
    config: &ReferenceConfig,
) -> Result<ReferenceReport> {
    let device = trial.config.method.device();
    let first = measured.outcomes[0].first().context("no sweep was made")?;
    let at: Vec<f64> = first.gradients.iter().map(|it| it.level).collect();
    let slopes = measured.reference_of(first, device)?;
    let (range, doubt) = (range(&slopes), measured.reference.doubt(device, &at)?);
    let over = |siemens: f64| siemens / range;
    Ok(ReferenceReport {
        of: config.of,
        points: config.points,
        sweeps: config.sweeps,
        half_width_volts: measured.reference.fit.half_width,
        degree: config.degree,
        range_siemens: range,
        noise_over_range: over(doubt.noise),
        truncation_over_range: over(doubt.truncation),
        drift_over_range: over(doubt.drift),
        uncertainty_over_range: over(doubt.noise.hypot(doubt.truncation).hypot(doubt.drift)),
        spread: Spread::of(&slopes)?,
    })
}

fn range(values: &[f64]) -> f64 {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most - values.iter().copied().fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use smu::Side;

    use super::*;

    #[test]
    fn absent_slopes_are_counted_by_their_reasons() {
        let slopes =
            [Some(Absent::Overflow(Side::Base)), None, Some(Absent::Skew), Some(Absent::Skew)];
        assert_eq!(
            why_absent(slopes.into_iter()),
            "3 of 4 slopes are absent, and at least 2 are needed: skew too large 2, base overflow 1"
        );
    }
}
