//! `memloop evaluate`: a trained network on the devices as they are now.

use std::{ops::ControlFlow, path::PathBuf, sync::Mutex, sync::PoisonError};

use anyhow::{Context, Result};
use campaign::{Campaign, RunId};
use gradient::{Opening, Pair, Service};
use serde::Serialize;
use train::{Event, FoldResult, Plan, Run, evaluate_again};

use self::report::{EvaluateReport, drift};
use super::{
    View, resume, switch_off, switch_on, then_off,
    train::{Arms, cost, opening},
    weights::Chosen,
};
use crate::{
    bench::Bench,
    cli::EvaluateArgs,
    exit::{BadInput, Interrupted},
    experiment::{Control, TrainExperiment},
    progress,
    recorder::RunFile,
    services::{self, Surveys},
    shutdown::Guard,
    station::Checked,
    transcript::Transcripts,
    weights::Weights,
};

mod report;
mod text;

/// What the campaign keeps as the configuration of the run.
#[derive(Serialize)]
struct Evaluation<'a> {
    of_run: i64,
    arm: &'a str,
    repeat: Option<usize>,
    fold: Option<usize>,
    weights: Option<&'a PathBuf>,
    experiment: &'a TrainExperiment,
}

/// Evaluates the folds of a run again.
///
/// # Errors
/// A run, a bench or weights that it cannot be done with; an instrument failed; the campaign cannot be
/// written; interrupted.
pub async fn run(
    args: EvaluateArgs,
    view: View,
    guard: Guard,
    transcripts: Transcripts,
) -> Result<()> {
    let Guard { outputs, stop, kept } = guard;
    let path = &args.campaign.campaign;
    let campaign = Campaign::open_read_only(path)?;
    let summary = campaign.run(RunId(args.run))?;
    let (mut experiment, stored, source) = resume::begun(&campaign, &summary)?;
    let file = PathBuf::from(&source.experiment_file);
    let data = resume::data(&experiment, &file, &source.data_sha256, summary.run)?;
    let control = experiment.controls.iter().copied().find(|it| it.name() == args.arm);
    if matches!(control, Some(Control::Tanh | Control::Relu)) {
        let sentence = format!("arm \"{}\" has no devices: nothing of it can drift", args.arm);
        return Err(BadInput::new(sentence).into());
    }
    let chosen = Chosen { arm: &args.arm, repeat: args.repeat, fold: args.fold };
    let then = chosen.folds(&campaign, summary.run)?;
    let mut folds = then.clone();
    if let Some(weights) = &args.weights {
        let read = Weights::read(weights)?;
        let refused = |error| BadInput::new(format!("{}: {error:#}", weights.display()));
        read.check_names(&data).map_err(refused)?;
        for fold in &mut folds {
            read.replace(fold).map_err(refused)?;
        }
    }
    let surveyed = opening::restored(&campaign, summary.run)?;
    drop(campaign);

    let bench_file = args.bench.clone().or_else(|| source.bench_file.map(PathBuf::from));
    let pairs_then = stored.pair.len();
    let bench = match &args.bench {
        Some(file) => Bench::load(Some(file))?,
        None => stored,
    };
    experiment.devices.run = if args.table { Run::Table } else { Run::Live };
    (experiment.devices.refresh, experiment.devices.check) = (None, None);
    experiment.controls.clear();
    bench.check_pairs()?;
    if bench.pair.len() != pairs_then {
        let sentence = format!(
            "run {} was trained on {pairs_then} pairs, and bench \"{}\" has {}: neurons would be others",
            args.run,
            bench.name,
            bench.pair.len()
        );
        return Err(BadInput::new(sentence).into());
    }
    let checked = Checked::new(&bench, bench_file.as_deref())?;
    let window = experiment.mapping.window;
    checked.check_gradient(&file, &experiment.gradient, window)?;
    let recipe = experiment.recipe();
    let plan = plan(&folds, &experiment);
    let run_file = RunFile::open(path, kept)?;
    let station = checked.open(&outputs, &stop, &transcripts).await?;
    let logbook = station.logbook.clone();
    let pairs = station.into_pairs(&bench)?;
    let surveys = Surveys::bill(&pairs, &experiment.gradient, window)?;
    let bill = cost::of_training(&experiment, &plan, &pairs)?;
    (surveys + bill).permit("the surveys and the evaluation together", args.long.permission())?;
    view.tell(&format!("surveys: {surveys}; evaluation: at most {bill}"));
    let configuration = Evaluation {
        of_run: args.run,
        arm: &args.arm,
        repeat: args.repeat,
        fold: args.fold,
        weights: args.weights.as_ref(),
        experiment: &experiment,
    };
    let what = (experiment.name.as_str(), &configuration);
    let mut recorder = run_file.begin_from("evaluate", what, &bench, None, logbook)?;
    recorder.watch(&bench, &stop);
    let (recorder, tables, progress) = (Mutex::new(recorder), Vec::new(), Default::default());
    let mut arms = Arms { experiment, recipe, data, plan, view, stop, recorder, tables, progress };
    let result = evaluate(&mut arms, &bench, pairs, &folds, surveys).await;
    let result = result.and_then(|(openings, now)| {
        let recorder = arms.lock();
        let drift = match &surveyed {
            Some(began) => drift(&began.openings(), &openings, &bench),
            None => Vec::new(),
        };
        let (place, count) = (recorder.place(Vec::new()), recorder.count()?);
        Ok(EvaluateReport::new(&arms.experiment, (args.run, &args.arm), place, count)
            .compared(&arms.data, &then, &now)
            .drifted(drift))
    });
    let recorder = arms.recorder.into_inner().unwrap_or_else(PoisonError::into_inner);
    let report = recorder.finish(result)?;
    view.show(&report, text::text)
}

/// What the held-out rows of the folds ask for.
fn plan(folds: &[FoldResult], experiment: &TrainExperiment) -> Plan {
    let hidden: usize = experiment.network.hidden.iter().sum();
    let rows = folds.iter().map(|it| it.rows.len());
    let batches = rows.clone().map(|it| it.div_ceil(experiment.training.batch));
    Plan {
        folds: folds.len() as u64,
        train_batches: 0,
        validate_batches: 0,
        test_batches: batches.sum::<usize>() as u64,
        train_activations: 0,
        validate_activations: 0,
        test_activations: (rows.sum::<usize>() * hidden) as u64,
    }
}

/// Surveys the pairs and evaluates on them. However that ends, all outputs are ramped down and
/// switched off.
async fn evaluate(
    arms: &mut Arms,
    bench: &Bench,
    mut pairs: Vec<Pair>,
    folds: &[FoldResult],
    surveys: crate::bill::Bill,
) -> Result<(Vec<Opening>, Vec<FoldResult>)> {
    let recorder = arms.recorder.get_mut().unwrap_or_else(PoisonError::into_inner);
    for pair in &pairs {
        recorder.pair(pair, bench)?;
    }
    let openings = opening::survey(arms, &mut pairs, surveys).await?;
    let mut services = services::serve(pairs, &arms.experiment.gradient, &openings);
    let found = predict(arms, folds, &mut services).await;
    let off = switch_off(services.iter_mut().map(Service::pair_mut)).await;
    Ok((openings, then_off(found, off)?))
}

/// The folds with what their networks predict now.
async fn predict(
    arms: &Arms,
    folds: &[FoldResult],
    services: &mut Vec<Service>,
) -> Result<Vec<FoldResult>> {
    switch_on(services.iter_mut().map(Service::pair_mut)).await?;
    let bar = progress::bar(arms.plan.activations(), "evaluation", arms.view.quiet);
    let on_readings = |batches: &[_]| arms.lock().batch("evaluate", batches);
    let mut neurons = arms.neurons(None, services, on_readings)?;
    let mut watch = |event| {
        if let Event::Batch { activations, .. } = event {
            bar.inc(activations);
        }
        if arms.stop.asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut now = Ok(Vec::new());
    for fold in folds {
        let found = evaluate_again(&arms.recipe, &arms.data, fold, &mut neurons, &mut watch).await;
        let found = found.context("the evaluation");
        now = match (now, found) {
            (Ok(mut now), Ok(Some(predicted))) => {
                now.push(FoldResult { predicted, ..fold.clone() });
                Ok(now)
            }
            (Ok(_), Ok(None)) => Err(Interrupted.into()),
            (Ok(_), Err(error)) => Err(error),
            (Err(error), _) => Err(error),
        };
        if now.is_err() {
            break;
        }
    }
    *services = neurons.into_services();
    bar.finish_and_clear();
    now
}
