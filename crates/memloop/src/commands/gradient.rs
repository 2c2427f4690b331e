//! `memloop gradient`: measured slopes against the numerical gradient, by every convention.

use std::path::Path;

use anyhow::Result;
use gradient::{Pair, Step, fidelity::Summary};
use indicatif::ProgressBar;
use smu::units::Volts;

use super::{View, switch_off, switch_on, then_off};
use crate::{
    bench::Bench,
    cli::GradientArgs,
    draw,
    exit::BadInput,
    experiment,
    fidelity::{Figures, GradientReport, Measured, Tally, Task, Trials, text},
    gradient_experiment::GradientExperiment,
    imported::Imported,
    progress,
    recorder::{Recorder, RunFile},
    report::PAPER,
    shutdown::{Outputs, Stop},
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
    outputs: Outputs,
    stop: Stop,
    transcripts: Transcripts,
) -> Result<()> {
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
    let checked = Checked::new(&bench, bench_file.as_deref())?;
    for trial in &trials.each {
        if let Step::Fixed(delta_v) = trial.delta_v {
            checked.check_step(delta_v)?;
        }
    }
    let file = RunFile::open(&args.experiment.campaign.campaign)?;
    let station = checked.open(&outputs, &stop, &transcripts).await?;
    let logbook = station.logbook.clone();
    let pairs = station.into_pairs(&bench)?;
    let mut recorder = file.begin("gradient", &experiment.name, &experiment, &bench, logbook)?;
    let mut campaign = Comparison {
        task: Task {
            gradient: &experiment.gradient,
            trials: &trials,
            reference: &experiment.reference,
            window,
            points: experiment.sweep.points,
            sweeps: experiment.sweep.sweeps,
        },
        tally: Tally::of(&trials),
        first: Vec::new(),
        number: 0,
    };
    let steps = campaign.task.steps() * pairs.len() as u64 * experiment.draws;
    let bar = progress::bar(steps, "sweeps", view.quiet);
    let mut result = campaign.draw(pairs, &bench, &mut recorder, &stop, &bar).await;
    for draw in 1..experiment.draws {
        if result.is_err() {
            break;
        }
        let drawn = draw::bench(&bench, draw);
        bar.set_message(format!("draw {} of {}", draw + 1, experiment.draws));
        result = async {
            let checked = Checked::new(&drawn, bench_file.as_deref())?;
            let station = checked.open(&outputs, &stop, &transcripts).await?;
            let pairs = station.into_pairs(&drawn)?;
            campaign.draw(pairs, &drawn, &mut recorder, &stop, &bar).await
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
        mut pairs: Vec<Pair>,
        bench: &Bench,
        recorder: &mut Recorder,
        stop: &Stop,
        bar: &ProgressBar,
    ) -> Result<()> {
        let measured = self.measure(&mut pairs, bench, recorder, stop, bar).await;
        let measured = then_off(measured, switch_off(&mut pairs).await)?;
        for it in &measured {
            self.tally.add(it, self.task.trials, self.task.reference)?;
        }
        if self.first.is_empty() {
            self.first = measured;
        }
        Ok(())
    }

    async fn measure(
        &mut self,
        pairs: &mut [Pair],
        bench: &Bench,
        recorder: &mut Recorder,
        stop: &Stop,
        bar: &ProgressBar,
    ) -> Result<Vec<Measured>> {
        for pair in &*pairs {
            recorder.pair(pair, bench)?;
        }
        switch_on(pairs).await?;
        let mut measured = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let number = self.number;
            measured.push(self.task.measure((number, pair), recorder, stop, || bar.inc(1)).await?);
            self.number += 1;
        }
        Ok(measured)
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
            comparison,
            left_out,
            paper: PAPER,
            count: recorder.count()?,
        })
    }
}
