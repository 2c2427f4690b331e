//! `memloop resume`: goes on with a training that was interrupted.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use campaign::{Campaign, Exit, RunId, RunSummary, Source};
use train::DataSet;

use super::{
    View,
    train::{Question, Resumed},
};
use crate::{
    bench::Bench, cli::ResumeArgs, exit::BadInput, experiment::TrainExperiment, packed,
    shutdown::Guard, transcript::Transcripts,
};

/// Goes on with a run.
///
/// # Errors
/// A run that cannot be resumed, and why; what `memloop train` fails with.
pub async fn run(
    args: ResumeArgs,
    view: View,
    guard: Guard,
    transcripts: Transcripts,
) -> Result<()> {
    let path = &args.campaign.campaign;
    let (question, resumed) = read(path, args.run)?;
    question.train(path, Some(resumed), args.long.permission(), view, guard, transcripts).await
}

fn read(path: &Path, number: Option<i64>) -> Result<(Question, Resumed)> {
    let campaign = Campaign::open_read_only(path)?;
    let summary = match number {
        Some(number) => campaign.run(RunId(number))?,
        None => last(&campaign, path)?,
    };
    let run = summary.run;
    let refused = |sentence: String| BadInput::new(format!("run {} {sentence}", run.0));
    if summary.kind != "train" {
        let sentence = format!("is of kind {}: only trainings are resumed", summary.kind);
        return Err(refused(sentence).into());
    }
    if summary.exit == Some(Exit::Done) {
        let sentence = format!("is done: there is nothing to resume; `memloop show {}`", run.0);
        return Err(refused(sentence).into());
    }
    let (experiment, bench, source) = begun(&campaign, &summary)?;
    let (file, bench_file) =
        (PathBuf::from(&source.experiment_file), source.bench_file.map(PathBuf::from));
    let data = data(&experiment, &file, &source.data_sha256, run)?;
    let mut resumed = Resumed::read(&campaign, run, &experiment, &data)?;
    let rests_on_the_past = resumed.left > 0.0 && !experiment.devices.is_measured_once();
    if bench.is_simulated() && (resumed.began.is_none() || rests_on_the_past) {
        resumed = Resumed::again(run);
    }
    Ok((Question { file, bench_file, experiment, bench, data }, resumed))
}

/// The last training that is not done.
fn last(campaign: &Campaign, path: &Path) -> Result<RunSummary> {
    let unfinished = |it: &RunSummary| it.kind == "train" && it.exit != Some(Exit::Done);
    let none = || BadInput::new(format!("{} has no training to resume", path.display()));
    Ok(campaign.runs()?.into_iter().rfind(unfinished).ok_or_else(none)?)
}

/// The experiment and bench that a training was begun with.
///
/// # Errors
/// It was begun before campaigns kept them whole, or they no longer load.
pub fn begun(
    campaign: &Campaign,
    summary: &RunSummary,
) -> Result<(TrainExperiment, Bench, Source)> {
    let run = summary.run;
    if summary.kind != "train" {
        let sentence = format!("run {} is of kind {}: expected a training", run.0, summary.kind);
        return Err(BadInput::new(sentence).into());
    }
    let Some(source) = campaign.source(run)? else {
        return Err(BadInput::new(format!(
            "run {} was begun by memloop {} in a campaign before version 4, which keeps no \
             checkpoints: train it again",
            run.0, summary.software_version
        ))
        .into());
    };
    let (experiment, bench) = campaign.configuration(run)?;
    let lost = |what: &str, why: String| {
        BadInput::new(format!("the {what} of run {} no longer loads: {why}", run.0))
    };
    let experiment = TrainExperiment::of_run(&experiment)
        .map_err(|error| lost("configuration", format!("{error:#}")))?;
    let bench = Bench::of_run(&bench).map_err(|error| lost("bench", format!("{error:#}")))?;
    Ok((experiment, bench, source))
}

/// The rows that a training was begun with.
///
/// # Errors
/// They cannot be read, or are others now.
pub fn data(
    experiment: &TrainExperiment,
    file: &Path,
    expected: &str,
    run: RunId,
) -> Result<DataSet> {
    let data =
        experiment.data.load(file).with_context(|| format!("the data set of run {}", run.0))?;
    let found = packed::data_sha256(&data);
    if found == expected {
        return Ok(data);
    }
    let what = match (&experiment.data.file, &experiment.data.mnist) {
        (Some(it), _) | (None, Some(it)) => {
            crate::experiment::beside(file, it).display().to_string()
        }
        (None, None) => "the task".to_owned(),
    };
    let sentence = format!(
        "the data set of run {} has changed since: {what} has SHA-256 {found}, and had {expected}",
        run.0
    );
    Err(BadInput::new(sentence).into())
}
