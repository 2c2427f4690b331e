//! `memloop train`: the whole loop.

use std::{ops::ControlFlow, sync::Mutex, time::Instant};

use anyhow::{Context, Result};
use campaign::{CampaignError, EpochRow};
use gradient::{Batch, Opening, Pair, Service};
use indicatif::ProgressBar;
use train::{
    Activation, ConstantSlope, CrossValidation, DataSet, Devices, Event, MeasuredError, Neurons,
    Plan, Progress, Recipe, ShuffledSlope, SlopeSource, Software, cross_validate,
    statistics::Method,
};

use super::{View, say, switch_off, switch_on, then_off};
use crate::{
    bench::Bench,
    bill::Bill,
    cli::TrainArgs,
    comparison::Compared,
    exit::{BadInput, Interrupted},
    experiment::{self, Control, TrainExperiment},
    fidelity::{self, Figures, Task, Trials},
    gradient_experiment::{ReferenceConfig, ReferenceOf},
    plot::{Chart, Mark, Series, SeriesLabelPosition},
    progress,
    recorder::{Recorder, RunFile},
    report::{Arm, PairFidelity, Paper, TrainReport},
    services::{self, Surveys},
    shutdown::{Guard, Stop},
    station::Checked,
    transcript::Transcripts,
};

mod cost;
mod text;

/// Each pair's slopes are measured before training, at so many levels, so many times, ...
const CHARACTERISATION: (usize, usize) = (101, 2);
/// ... between the two halves of what they are compared with. Its levels are as far apart as theirs: where
/// a device remembers and has no rest, a current depends on how far away the level before was.
const REFERENCE: ReferenceConfig = ReferenceConfig {
    of: ReferenceOf::SameDevices,
    points: CHARACTERISATION.0,
    sweeps: 8,
    half_width: None,
    degree: 3,
};
/// Pre-activations over which the constant slope of the control is averaged.
const CONSTANT_SLOPE_POINTS: usize = 41;

/// Runs a training experiment.
///
/// # Errors
/// Bad experiment, bench or data; an instrument failed; the campaign cannot be written; interrupted.
pub async fn run(
    args: TrainArgs,
    view: View,
    guard: Guard,
    transcripts: Transcripts,
) -> Result<()> {
    let Guard { outputs, stop, kept } = guard;
    let (experiment, data) = load(&args)?;
    let bench_file = experiment::bench_file(&args.experiment, experiment.bench.as_deref());
    let bench = Bench::load(bench_file.as_deref())?;
    bench.check_pairs()?;
    let checked = Checked::new(&bench, bench_file.as_deref())?;
    let (file, window) = (&args.experiment.experiment, experiment.mapping.window);
    checked.check_gradient(file, &experiment.gradient, window)?;
    let recipe = experiment.recipe();
    let refused =
        |error| BadInput::new(format!("{}: {error}", args.experiment.experiment.display()));
    let plan = Plan::new(&recipe, &data).map_err(refused)?;

    let file = RunFile::open(&args.experiment.campaign.campaign, kept)?;
    let station = checked.open(&outputs, &stop, &transcripts).await?;
    let logbook = station.logbook.clone();
    let pairs = station.into_pairs(&bench)?;
    let trials = Trials::own(&experiment.gradient);
    let surveys = Surveys::bill(&pairs, &experiment.gradient, window)?;
    let training = cost::of_training(&experiment, &plan, &task(&experiment, &trials), &pairs)?;
    let bill = surveys + training;
    bill.permit(&text::of_all(surveys, training), args.long.permission())?;
    if !view.json && !view.quiet {
        say(&text::before(&experiment, &bench, &data))?;
    }
    view.tell(&text::of_surveys(surveys));
    view.tell(&text::of_training(training, &experiment.gradient));
    let recorder = file.begin("train", &experiment.name, &experiment, &bench, logbook)?;
    let recorder = Mutex::new(recorder);
    let mut run = Run { experiment, trials, recipe, data, plan, view, stop, recorder };
    let began = Instant::now();
    let result = run.all(&bench, pairs, surveys).await;
    let result = result.and_then(|(curves, arms)| run.report(&curves, arms, began));
    let recorder = run.recorder.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let report = recorder.finish(result)?;
    view.show(&report, text::after)
}

fn load(args: &TrainArgs) -> Result<(TrainExperiment, DataSet)> {
    let path = &args.experiment.experiment;
    let mut experiment = TrainExperiment::load(path)?;
    if let Some(repeats) = args.repeats {
        experiment.validation.repeats = repeats;
    }
    if let Some(seed) = args.seed {
        experiment.validation.seed = seed;
    }
    let data = experiment.data.load(path)?;
    Ok((experiment, data))
}

/// What does not change while the arms are trained.
struct Run {
    experiment: TrainExperiment,
    /// Its own estimator.
    trials: Trials,
    recipe: Recipe,
    data: DataSet,
    plan: Plan,
    view: View,
    stop: Stop,
    /// Readings and epochs are handed to it in turns, never across an await.
    recorder: Mutex<Recorder>,
}

impl Run {
    /// Surveys the pairs and trains on them. However that ends, all outputs are ramped down and
    /// switched off.
    async fn all(
        &mut self,
        bench: &Bench,
        mut pairs: Vec<Pair>,
        bill: Bill,
    ) -> Result<(Curves, Vec<Arm>)> {
        let openings = self.survey(bench, &mut pairs, bill).await?;
        self.view.tell(&services::steps(&pairs, &openings).join("\n"));
        let mut services = services::serve(pairs, &self.experiment.gradient, &openings);
        let result = self.train(&mut services).await;
        then_off(result, switch_off(services.iter_mut().map(Service::pair_mut)).await)
    }

    /// Learns what the pairs are like, from rows that are on disk by then. Their outputs are off while
    /// that is computed, and after.
    async fn survey(
        &mut self,
        bench: &Bench,
        pairs: &mut [Pair],
        bill: Bill,
    ) -> Result<Vec<Opening>> {
        let recorder = self.recorder.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        for pair in &*pairs {
            recorder.pair(pair, bench)?;
        }
        let (gradient, window) = (&self.experiment.gradient, self.experiment.mapping.window);
        let mut surveys = Surveys::plan(pairs, gradient, window)?;
        let bar = progress::bar(bill.operations as u64, "operations, surveys", self.view.quiet);
        let shot = async {
            switch_on(&mut *pairs).await?;
            surveys.shoot(pairs, recorder, &self.stop, |it| bar.inc(it)).await
        }
        .await;
        then_off(shot, switch_off(&mut *pairs).await)?;
        bar.finish_and_clear();
        let bar = progress::computing("what the surveys teach", self.view.quiet);
        let openings = surveys.learn(&self.stop).await;
        bar.finish_and_clear();
        let openings = openings?;
        services::record(pairs, &openings, recorder)?;
        Ok(openings)
    }

    /// Switches the pairs on, characterises them, trains on them, then trains the controls on the same
    /// splits.
    async fn train(&mut self, services: &mut Vec<Service>) -> Result<(Curves, Vec<Arm>)> {
        switch_on(services.iter_mut().map(Service::pair_mut)).await?;
        let curves = self.characterise(services).await?;
        let mut arms = vec![self.devices(None, services).await?];
        for control in self.experiment.controls.clone() {
            arms.push(match control {
                Control::Tanh => self.arm("tanh", &mut Software::Tanh, &Tally::default()).await?,
                Control::Relu => self.arm("relu", &mut Software::Relu, &Tally::default()).await?,
                on_devices => self.devices(Some(on_devices), services).await?,
            });
        }
        Ok((curves, arms))
    }

    /// Compares the slopes of every pair with the numerical gradient of its curves.
    async fn characterise(&mut self, services: &mut [Service]) -> Result<Curves> {
        let task = task(&self.experiment, &self.trials);
        let bill = cost::of_curves(&task, services.iter().map(Service::pair))?;
        let bar = progress::bar(bill.operations as u64, "operations, curves", self.view.quiet);
        let recorder = self.recorder.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut curves = Curves { pairs: Vec::new(), tally: fidelity::Tally::of(&self.trials) };
        for numbered in services.iter_mut().enumerate() {
            let measured = task.measure_serving(numbered, recorder, &self.stop, &bar).await?;
            curves.tally.add(&measured, &self.trials, &REFERENCE)?;
            curves.pairs.push(measured);
        }
        bar.finish_and_clear();
        Ok(curves)
    }

    /// Trains on the devices: with the measured slopes, or with what a control puts in their place.
    async fn devices(&self, control: Option<Control>, services: &mut Vec<Service>) -> Result<Arm> {
        let name = control.map_or("measured", Control::name);
        let tally = Tally::default();
        let on_readings = |batches: &[(usize, Batch)]| -> Result<(), CampaignError> {
            tally.count(batches);
            self.lock().batch(name, batches)
        };
        let mut neurons = self.neurons(control, services, on_readings)?;
        let arm = self.control(control, &mut neurons, name, &tally).await;
        *services = neurons.into_services();
        arm
    }

    /// The network's layers, with the pairs of `services` in them.
    fn neurons<O>(
        &self,
        control: Option<Control>,
        services: &mut Vec<Service>,
        on_readings: O,
    ) -> Result<Neurons<O>>
    where
        O: FnMut(&[(usize, Batch)]) -> Result<(), CampaignError> + Send,
    {
        let mapping = self.experiment.mapping.mapping();
        // What `Devices` and `Neurons` refuse, they keep; here it can still be switched off.
        mapping.check()?;
        self.experiment.devices.check()?;
        for service in &*services {
            service.plan(&[mapping.window.0, mapping.window.1])?;
        }
        let slopes = match control {
            Some(Control::NumericalSlope) => SlopeSource::Numerical,
            _ => SlopeSource::Measured,
        };
        let devices = Devices::new(std::mem::take(services), mapping, on_readings)?;
        let (network, config) = (&self.recipe.network, self.experiment.devices.clone());
        Ok(Neurons::new(network, devices, config, slopes)?)
    }

    async fn control<A>(
        &self,
        control: Option<Control>,
        neurons: &mut A,
        name: &'static str,
        tally: &Tally,
    ) -> Result<Arm>
    where
        A: Activation<Error = MeasuredError>,
    {
        match control {
            Some(Control::ConstantSlope) => {
                let kinds: Vec<_> = self.recipe.network.kinds().collect();
                let layer = kinds.iter().position(|it| it.software().is_none()).unwrap_or(0);
                let (width, range) =
                    (self.recipe.network.hidden[layer], self.experiment.mapping.mapping().range());
                let constant =
                    ConstantSlope::of_mean(neurons, layer, range, CONSTANT_SLOPE_POINTS, width);
                self.arm(name, &mut constant.await?, tally).await
            }
            Some(Control::ShuffledSlope) => {
                let mut shuffled = ShuffledSlope::new(neurons, self.recipe.validation.seed);
                self.arm(name, &mut shuffled, tally).await
            }
            _ => self.arm(name, neurons, tally).await,
        }
    }

    /// Cross-validates one activation.
    async fn arm<A: Activation>(
        &self,
        name: &'static str,
        activation: &mut A,
        tally: &Tally,
    ) -> Result<Arm> {
        let bar = progress::bar(self.plan.activations(), name, self.view.quiet);
        let mut epochs = Vec::new();
        let mut failed = None;
        let mut events = |event| {
            let kept = self.heard(name, event, &bar, &mut epochs);
            let flow = if kept.is_err() || self.stop.asked() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            };
            failed = failed.take().or(kept.err());
            flow
        };
        let found =
            cross_validate(&self.recipe, &self.data, Progress::default(), activation, &mut events);
        let found = found.await;
        bar.finish_and_clear();
        self.lock().epochs(&epochs)?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        let found = found.with_context(|| format!("training \"{name}\""))?;
        if found.interrupted {
            return Err(Interrupted.into());
        }
        Ok(arm(name, found, &self.data.labels, tally))
    }

    /// Follows the training: the bar, and the epochs of every fold that has ended onto disk.
    fn heard(
        &self,
        arm: &str,
        event: Event,
        bar: &ProgressBar,
        epochs: &mut Vec<EpochRow>,
    ) -> Result<(), CampaignError> {
        match event {
            Event::Batch { activations, .. } => bar.inc(activations),
            Event::Epoch(it) => epochs.push(EpochRow {
                arm: arm.to_owned(),
                repeat: it.repeat,
                fold: it.fold,
                epoch: it.epoch,
                loss: it.loss,
                train_accuracy: it.train_accuracy,
            }),
            Event::Fold { repeat, fold, test_accuracy } => {
                self.lock().epochs(epochs)?;
                epochs.clear();
                bar.set_message(format!(
                    "repeat {}, fold {}: {:.1} %",
                    repeat + 1,
                    fold + 1,
                    100.0 * test_accuracy
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn report(&self, curves: &Curves, arms: Vec<Arm>, began: Instant) -> Result<TrainReport> {
        let wall_seconds = began.elapsed().as_secs_f64();
        let recorder = self.lock();
        let folder = recorder.figures()?;
        let figures = Figures {
            folder: &folder,
            pairs: &curves.pairs,
            trials: &self.trials,
            tally: &curves.tally,
            window: self.experiment.mapping.window,
        };
        let mut plots = figures.draw(&[])?;
        let learning = folder.join("learning.svg");
        plot_learning(&recorder.all_epochs()?, &learning)?;
        plots.push(learning);
        let repeating = |it: &PairFidelity| PairFidelity { skew: None, ..it.clone() };
        Ok(TrainReport {
            experiment: self.experiment.name.clone(),
            place: recorder.place(plots),
            comparison: compared(&arms),
            arms,
            gradient_fidelity: curves.tally.pairs().iter().map(repeating).collect(),
            reference: curves.tally.reference(),
            paper: Paper::beside(self.experiment.paper),
            count: recorder.count()?,
            wall_seconds,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// How the slopes of a training are compared with the numerical gradient.
fn task<'a>(experiment: &'a TrainExperiment, trials: &'a Trials) -> Task<'a> {
    let (points, sweeps) = CHARACTERISATION;
    Task {
        gradient: &experiment.gradient,
        trials,
        reference: &REFERENCE,
        window: experiment.mapping.window,
        points,
        sweeps,
    }
}

/// What the pairs' slopes and curves came to.
struct Curves {
    pairs: Vec<fidelity::Measured>,
    tally: fidelity::Tally,
}

/// What the devices gave, counted as it comes.
#[derive(Default)]
struct Tally(Mutex<Counts>);

#[derive(Clone, Copy, Default)]
struct Counts {
    readings: u64,
    absent: u64,
    clamped: u64,
}

impl Tally {
    fn count(&self, batches: &[(usize, Batch)]) {
        let mut counts = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (_, batch) in batches {
            let readings = batch.rows.iter().map(|it| 1 + u64::from(it.probe.is_some()));
            counts.readings += readings.sum::<u64>();
            for it in &batch.gradients {
                counts.absent += u64::from(it.didv.is_err());
                counts.clamped += u64::from(it.clamped);
            }
        }
    }

    fn get(&self) -> Counts {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn arm(name: &str, found: CrossValidation, labels: &[usize], tally: &Tally) -> Arm {
    let Counts { readings, absent, clamped } = tally.get();
    let folds = found.folds.len() as f64;
    let validated = found.folds.iter().map(|it| it.validation_accuracy).sum::<Option<f64>>();
    Arm {
        name: name.to_owned(),
        accuracy_percent_mean: 100.0 * found.mean().unwrap_or(f64::NAN),
        accuracy_percent_sd: found.sd().map(|it| 100.0 * it),
        accuracy_percent_by_repeat: found.accuracies.iter().map(|it| 100.0 * it).collect(),
        held_out: found.folds.iter().map(|it| it.held_out(labels)).collect(),
        epochs_mean: found.folds.iter().map(|it| it.epochs as f64).sum::<f64>() / folds,
        validation_accuracy_percent_mean: validated.map(|it| 100.0 * it / folds),
        confusion: found.confusion,
        readings,
        slopes_absent: absent,
        slopes_clamped: clamped,
    }
}

/// The controls held against the measured slopes, where there are controls.
fn compared(arms: &[Arm]) -> Option<Compared> {
    let methods: Vec<_> =
        arms.iter().map(|it| Method { name: &it.name, folds: &it.held_out }).collect();
    let (measured, controls) = methods.split_first()?;
    (!controls.is_empty()).then(|| Compared::new(*measured, controls))
}

/// Loss against epoch, the mean over all folds and repeats of each arm.
fn plot_learning(epochs: &[EpochRow], path: &std::path::Path) -> Result<()> {
    let mut series: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for row in epochs {
        let at = series.iter().position(|it| it.0 == row.arm).unwrap_or_else(|| {
            series.push((row.arm.clone(), Vec::new()));
            series.len() - 1
        });
        let sums = &mut series[at].1;
        if sums.len() <= row.epoch {
            sums.resize(row.epoch + 1, (0.0, 0.0));
        }
        sums[row.epoch].0 += row.loss;
        sums[row.epoch].1 += 1.0;
    }
    let lines = series.into_iter().enumerate().map(|(colour, (name, sums))| Series {
        name,
        points: sums.iter().enumerate().map(|(it, sum)| ((it + 1) as f64, sum.0 / sum.1)).collect(),
        mark: Mark::Line,
        colour,
    });
    let chart = Chart {
        title: "Learning curves, mean over folds",
        x_label: "epoch",
        y_label: "training loss / nats",
        legend: SeriesLabelPosition::UpperRight,
        series: lines.collect(),
    };
    chart.save(path)
}
