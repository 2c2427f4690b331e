//! `memloop gradient`: measured slopes against the numerical gradient, by every convention.

use std::path::Path;

use anyhow::Result;
use gradient::{GradientConfig, Pair, Step, fidelity::Summary};
use indicatif::ProgressBar;
use smu::units::Volts;

use super::{View, switch_off, switch_on, then_off};
use crate::{
    bench::Bench,
    bill::Bill,
    cli::GradientArgs,
    draw,
    exit::BadInput,
    experiment,
    fidelity::{
        Figures, GradientReport, Half, Known, Measured, Outcome, Tally, Task, Trials, remarks, text,
    },
    gradient_experiment::{GradientExperiment, ReferenceOf},
    imported::Imported,
    progress,
    recorder::{Recorder, RunFile},
    report::PAPER,
    shutdown::{Guard, Outputs, Stop},
    station::Checked,
    transcript::Transcripts,
};

/// Runs a gradient experiment.
///
/// # Errors
/// Bad experiment, bench or curve; an instrument failed; the campaign cannot be written; interrupted.
pub async fn run(
    args: GradientArgs,
    view: View,
    guard: Guard,
    transcripts: Transcripts,
) -> Result<()> {
    let Guard { outputs, stop, kept } = guard;
    let mut experiment = GradientExperiment::load(&args.experiment.experiment)?;
    let bench_file = experiment::bench_file(&args.experiment, experiment.bench.as_deref());
    let mut bench = Bench::load(bench_file.as_deref())?;
    bench.check_pairs()?;
    let imported = Imported::of(&args)?;
    let window = window(&experiment, imported.as_ref(), &mut bench)?;
    experiment.sweep.window = Some(window);
    let trials = Trials::of(&experiment)?;
    bench.check_levels(&trials.reach(window.map(|it| it.0)))?;
    if experiment.draws > 1 {
        draw::check(&bench, &format!("draws = {}", experiment.draws))?;
    }
    if experiment.reference.of == ReferenceOf::QuietTwins {
        draw::check(&bench, "reference.of = \"quiet-twins\"")?;
    }
    let checked = Checked::new(&bench, bench_file.as_deref())?;
    for trial in &trials.each {
        if let Step::Fixed(delta_v) = trial.delta_v {
            checked.check_step(delta_v)?;
        }
        let config = GradientConfig { delta_v: trial.delta_v, ..trial.config.clone() };
        checked.check_gradient(&args.experiment.experiment, &config, window)?;
    }
    let task = Task {
        gradient: &experiment.gradient,
        trials: &trials,
        reference: &experiment.reference,
        window,
        points: experiment.sweep.points,
        sweeps: experiment.sweep.sweeps,
    };
    for pair in &bench.pair {
        task.check_reference(&checked.codes(pair))?;
    }
    let file = RunFile::open(&args.experiment.campaign.campaign, kept)?;
    let lab = Lab { file: bench_file.as_deref(), outputs, stop: stop.clone(), transcripts };
    let station = checked.open(&lab.outputs, &lab.stop, &lab.transcripts).await?;
    let logbook = station.logbook.clone();
    let pairs = station.into_pairs(&bench)?;
    let bill = bill(&task, &pairs)? * experiment.draws as f64;
    bill.permit("the comparison", args.long.permission())?;
    view.tell(&format!("{}: {bill}", experiment.name));
    let mut recorder = file.begin("gradient", &experiment.name, &experiment, &bench, logbook)?;
    recorder.watch(&bench, &stop);
    let mut campaign = Comparison { task, tally: Tally::of(&trials), first: Vec::new(), number: 0 };
    let bar = progress::bar(bill.operations as u64, "operations", view.quiet);
    let mut result = campaign.draw(pairs, &bench, &lab, &mut recorder, &bar).await;
    for draw in 1..experiment.draws {
        if result.is_err() {
            break;
        }
        let drawn = draw::bench(&bench, draw);
        bar.set_message(format!("draw {} of {}", draw + 1, experiment.draws));
        result = async {
            let pairs = lab.pairs(&drawn).await?;
            campaign.draw(pairs, &drawn, &lab, &mut recorder, &bar).await
        }
        .await;
    }
    bar.finish_and_clear();
    let curves = imported.map(|it| it.paths()).unwrap_or_default();
    let report = result.and_then(|()| {
        let folder = recorder.figures()?;
        let report = campaign.report(&experiment, &recorder, &folder)?;
        Ok(GradientReport { curves, ..report })
    });
    let report = recorder.finish(report)?;
    view.show(&report, text)
}

/// What the pairs of one draw cost, one after the other.
fn bill(task: &Task<'_>, pairs: &[Pair]) -> Result<Bill> {
    pairs.iter().map(|it| task.bill(&it.codes())).sum()
}

/// The levels that slopes are asked at; with imported curves, the bench is set up for them.
fn window(
    experiment: &GradientExperiment,
    imported: Option<&Imported>,
    bench: &mut Bench,
) -> Result<[Volts; 2]> {
    let Some(imported) = imported else {
        return experiment.sweep.window.ok_or_else(|| {
            let sentence = "sweep.window is missing: only with --device it can be left out";
            BadInput::new(sentence).into()
        });
    };
    let window = imported.window(experiment.sweep.window, bench)?;
    imported.put_on(bench, window)?;
    Ok(window)
}

/// Where benches are set up.
struct Lab<'a> {
    /// The bench's file, which model files lie beside.
    file: Option<&'a Path>,
    outputs: Outputs,
    stop: Stop,
    transcripts: Transcripts,
}

impl Lab<'_> {
    /// The pairs of a bench, outputs off.
    async fn pairs(&self, bench: &Bench) -> Result<Vec<Pair>> {
        let checked = Checked::new(bench, self.file)?;
        checked.open(&self.outputs, &self.stop, &self.transcripts).await?.into_pairs(bench)
    }
}

/// What is measured, and what came of it so far.
struct Comparison<'a> {
    task: Task<'a>,
    tally: Tally,
    /// The pairs of the first draw, for the figures.
    first: Vec<Measured>,
    /// Pairs so far.
    number: usize,
}

impl Comparison<'_> {
    /// Measures the pairs of one draw, whose outputs are off before and after.
    async fn draw(
        &mut self,
        pairs: Vec<Pair>,
        bench: &Bench,
        lab: &Lab<'_>,
        recorder: &mut Recorder,
        bar: &ProgressBar,
    ) -> Result<()> {
        let measured = match self.task.reference.of {
            ReferenceOf::SameDevices => self.same(pairs, bench, lab, recorder, bar).await?,
            ReferenceOf::QuietTwins => self.fresh(pairs, bench, lab, recorder, bar).await?,
        };
        for it in &measured {
            self.tally.add(it, self.task.trials, self.task.reference)?;
        }
        if self.first.is_empty() {
            self.first = measured;
        }
        Ok(())
    }

    /// Everything on the same devices.
    async fn same(
        &mut self,
        mut pairs: Vec<Pair>,
        bench: &Bench,
        lab: &Lab<'_>,
        recorder: &mut Recorder,
        bar: &ProgressBar,
    ) -> Result<Vec<Measured>> {
        let first = self.record(&pairs, bench, recorder)?;
        let measured = async {
            switch_on(&mut pairs).await?;
            let mut measured = Vec::with_capacity(pairs.len());
            for (at, pair) in pairs.iter_mut().enumerate() {
                let numbered = (first + at, pair);
                measured.push(self.task.measure(numbered, recorder, &lab.stop, bar).await?);
            }
            Ok(measured)
        }
        .await;
        then_off(measured, switch_off(&mut pairs).await)
    }

    /// The reference on quiet twins, the survey and every estimator on fresh devices: what drifts has
    /// moved no further under the last estimator than under the first.
    async fn fresh(
        &mut self,
        mut pairs: Vec<Pair>,
        bench: &Bench,
        lab: &Lab<'_>,
        recorder: &mut Recorder,
        bar: &ProgressBar,
    ) -> Result<Vec<Measured>> {
        let quiet = self.quiet(bench, lab, recorder, bar).await?;
        let first = self.record(&pairs, bench, recorder)?;
        let known = async {
            switch_on(&mut pairs).await?;
            let mut known = Vec::with_capacity(pairs.len());
            for (at, pair) in pairs.iter_mut().enumerate() {
                known.push(self.task.know((first + at, pair), recorder, &lab.stop, bar).await?);
            }
            Ok(known)
        }
        .await;
        let known = then_off(known, switch_off(&mut pairs).await)?;
        let trials = self.task.trials.each.len();
        let mut outcomes: Vec<Vec<Vec<Outcome>>> = pairs.iter().map(|_| Vec::new()).collect();
        for trial in 0..trials {
            let mut renewed = lab.pairs(bench).await?;
            let turns =
                self.turns(trial, (first, &mut renewed), &known, recorder, &lab.stop, bar).await;
            let turns = then_off(turns, switch_off(&mut renewed).await)?;
            outcomes.iter_mut().zip(turns).for_each(|(all, of_trial)| all.push(of_trial));
        }
        let each = pairs.iter().zip(quiet).zip(outcomes).zip(known);
        let measured = each.map(|(((pair, quiet), outcomes), known)| {
            self.task.beside(pair, quiet, outcomes, known)
        });
        Ok(measured.collect())
    }

    /// All sweeps of one estimator on every pair.
    async fn turns(
        &self,
        trial: usize,
        (first, pairs): (usize, &mut [Pair]),
        known: &[Known],
        recorder: &mut Recorder,
        stop: &Stop,
        bar: &ProgressBar,
    ) -> Result<Vec<Vec<Outcome>>> {
        switch_on(&mut *pairs).await?;
        let mut outcomes = Vec::with_capacity(pairs.len());
        for (at, (pair, known)) in pairs.iter_mut().zip(known).enumerate() {
            let mut sweeps = Vec::with_capacity(self.task.sweeps);
            for _ in 0..self.task.sweeps {
                let numbered = (first + at, &mut *pair);
                sweeps.push(self.task.turn(trial, numbered, known, recorder, stop, bar).await?);
            }
            outcomes.push(sweeps);
        }
        Ok(outcomes)
    }

    /// The reference of every pair, measured on its quiet twin.
    async fn quiet(
        &mut self,
        bench: &Bench,
        lab: &Lab<'_>,
        recorder: &mut Recorder,
        bar: &ProgressBar,
    ) -> Result<Vec<Half>> {
        let bench = draw::quiet(bench);
        let mut pairs = lab.pairs(&bench).await?;
        let first = self.record(&pairs, &bench, recorder)?;
        let halves = async {
            switch_on(&mut pairs).await?;
            let mut halves = Vec::with_capacity(pairs.len());
            for (at, pair) in pairs.iter_mut().enumerate() {
                let numbered = (first + at, pair);
                halves.push(self.task.half(numbered, recorder, &lab.stop, bar).await?);
            }
            Ok(halves)
        }
        .await;
        then_off(halves, switch_off(&mut pairs).await)
    }

    /// Records pairs; the campaign's number of the first.
    fn record(&mut self, pairs: &[Pair], bench: &Bench, recorder: &mut Recorder) -> Result<usize> {
        for pair in pairs {
            recorder.pair(pair, bench)?;
        }
        let first = self.number;
        self.number += pairs.len();
        Ok(first)
    }

    fn report(
        &self,
        experiment: &GradientExperiment,
        recorder: &Recorder,
        folder: &Path,
    ) -> Result<GradientReport> {
        let trials = self.task.trials;
        let (comparison, without) = self.tally.comparison(trials);
        let figures = Figures {
            folder,
            pairs: &self.first,
            trials,
            tally: &self.tally,
            window: self.task.window,
        };
        let plots = figures.draw(&comparison)?;
        let each: Vec<_> = self.tally.pairs().iter().map(|it| it.fidelity).collect();
        let grounds = self.tally.grounds(experiment);
        let left_out = trials.left_out.iter().cloned().chain(without).collect();
        Ok(GradientReport {
            experiment: experiment.name.clone(),
            place: recorder.place(plots),
            method: experiment.gradient.method,
            device: experiment.gradient.method.device(),
            delta_v_volts: self.tally.step(),
            survey_operations: self.tally.survey_operations(),
            window_volts: self.task.window.map(|it| it.0),
            draws: experiment.draws,
            curves: Vec::new(),
            pairs: self.tally.pairs().to_vec(),
            over_pairs: Summary::of(&each),
            coverage: self.tally.coverage()?,
            reference: self.tally.reference(),
            possible: self.tally.possible(),
            remarks: remarks(&comparison, &grounds),
            comparison,
            left_out,
            paper: PAPER,
            count: recorder.count()?,
        })
    }
}
