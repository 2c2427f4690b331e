//! `memloop train`: the whole loop.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use anyhow::Result;
use campaign::Source;
use gradient::{Pair, Service};
use train::{ConfigError, DataSet, NetworkConfig, PairBinding, Plan, Recipe};

use self::opening::Began;
pub use self::{arms::Arms, resumed::Resumed};
use super::{View, say, switch_off, switch_on, then_off};
use crate::{
    bench::Bench,
    bill::{Bill, Permission},
    cli::TrainArgs,
    exit::{self, BadInput},
    experiment::{self, TrainExperiment},
    fidelity::Trials,
    packed,
    recorder::RunFile,
    report::{Arm, Paper, TrainReport},
    rescue::Logbook,
    services::{self, Surveys},
    shutdown::Guard,
    station::Checked,
    transcript::Transcripts,
    weights::StartConfig,
};

mod arms;
pub mod cost;
mod keeper;
pub mod learning;
pub mod opening;
mod resumed;
mod text;

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
    let file = args.experiment.experiment.clone();
    let mut experiment = TrainExperiment::load(&file)?;
    if let Some(repeats) = args.repeats {
        experiment.validation.repeats = repeats;
    }
    if let Some(seed) = args.seed {
        experiment.validation.seed = seed;
    }
    if let Some(file) = &args.start {
        experiment.start = Some(StartConfig::of_argument(file)?);
    }
    experiment.validation.check().map_err(of_option)?;
    let data = experiment.data.load(&file)?;
    let bench_file = experiment::bench_file(&args.experiment, experiment.bench.as_deref());
    let bench = Bench::load(bench_file.as_deref())?;
    let question = Question { file, bench_file, experiment, bench, data };
    let campaign = &args.experiment.campaign.campaign;
    question.train(campaign, None, args.long.permission(), view, guard, transcripts).await
}

/// The file was accepted: what is refused now is an option's.
fn of_option(ConfigError { key, found, accepted }: ConfigError) -> BadInput {
    let option = key.trim_start_matches("validation.");
    BadInput::new(format!("--{option} {found}: accepted is {accepted}"))
}

/// What is trained, and where.
pub struct Question {
    /// The experiment's file.
    pub file: PathBuf,
    /// The bench's file; `None` of the embedded one.
    pub bench_file: Option<PathBuf>,
    /// What is asked.
    pub experiment: TrainExperiment,
    /// The instruments.
    pub bench: Bench,
    /// The rows.
    pub data: DataSet,
}

impl Question {
    /// Trains from the beginning, or from where an earlier process came to.
    ///
    /// # Errors
    /// As [`run`].
    pub async fn train(
        self,
        campaign: &Path,
        resumed: Option<Resumed>,
        permission: Permission,
        view: View,
        guard: Guard,
        transcripts: Transcripts,
    ) -> Result<()> {
        let Guard { outputs, stop, kept } = guard;
        let source = self.source()?;
        let Question { file, bench_file, mut experiment, bench, data } = self;
        let start = experiment.start.as_mut().map(|it| it.load(&file, &data)).transpose()?;
        if let Some(weights) = &start
            && let differences = weights.differences(&experiment)
            && !differences.is_empty()
        {
            view.tell(&format!("the weights to begin with had {}", differences.join("; ")));
        }
        let start = start.map(|it| it.start());
        bench.check_pairs()?;
        check_own(&experiment.network, &bench)?;
        let checked = Checked::new(&bench, bench_file.as_deref())?;
        let window = experiment.mapping.window;
        checked.check_gradient(&file, &experiment.gradient, window)?;
        let trials = Trials::own(&experiment.gradient);
        let task = opening::task(&experiment, &trials);
        opening::check_window(&task, &bench, &checked, &file)?;
        let recipe = Recipe { start, ..experiment.recipe() };
        let refused = |error| BadInput::new(format!("{}: {error}", file.display()));
        let plan = Plan::new(&recipe, &data).map_err(refused)?;
        let left = resumed.as_ref().map_or(1.0, |it| it.left);

        let run_file = RunFile::open(campaign, kept)?;
        let is_begun = resumed.as_ref().is_some_and(|it| it.began.is_some());
        let (pairs, logbook) = if is_begun && left == 0.0 {
            // Only software is left to train.
            (Vec::new(), Logbook::default())
        } else {
            let station = checked.open(&outputs, &stop, &transcripts).await?;
            let logbook = station.logbook.clone();
            (station.into_pairs(&bench)?, logbook)
        };
        let surveys = match &resumed {
            Some(it) if !it.surveys(&experiment) => Bill::default(),
            _ => Surveys::bill(&pairs, &experiment.gradient, window)?,
        };
        let curves = if is_begun { Bill::default() } else { cost::of_curves(&task, &pairs)? };
        let training = curves + cost::of_training(&experiment, &plan, &pairs)? * left;
        let bill = surveys + training;
        bill.permit(&text::of_all(surveys, training), permission)?;
        if !view.json && !view.quiet {
            say(&text::before(&experiment, &bench, &data))?;
        }
        if let Some(resumed) = &resumed {
            view.tell(&resumed.text(&experiment));
        }
        if surveys.operations > 0.0 {
            view.tell(&text::of_surveys(surveys));
        }
        view.tell(&text::of_training(training, &experiment.gradient));
        let mut recorder = match &resumed {
            Some(it) => run_file.resume(it.run, &it.text(&experiment), it.from, logbook)?,
            None => {
                let what = (experiment.name.as_str(), &experiment);
                run_file.begin_from("train", what, &bench, Some(&source), logbook)?
            }
        };
        recorder.watch(&bench, &stop);
        let number = recorder.number();
        let recorder = Mutex::new(recorder);
        let (began, progress) = resumed.map(|it| (it.began, it.arms)).unwrap_or_default();
        let tables = began.as_ref().map(|it| it.tables.clone()).unwrap_or_default();
        let mut arms =
            Arms { experiment, recipe, data, plan, view, stop, recorder, tables, progress };
        let start = Instant::now();
        let result = run_all(&mut arms, &trials, &bench, pairs, (surveys, began)).await;
        let result = result.and_then(|(began, trained)| report(&arms, &began, trained, start));
        if result.as_ref().is_err_and(exit::is_interruption) {
            view.tell(&format!("`memloop resume {number}` goes on from here"));
        }
        let recorder = arms.recorder.into_inner().unwrap_or_else(PoisonError::into_inner);
        let report = recorder.finish(result)?;
        view.show(&report, text::after)
    }

    /// What the run is resumed from.
    fn source(&self) -> Result<Source> {
        let absolute =
            |it: &Path| Ok::<_, std::io::Error>(std::path::absolute(it)?.display().to_string());
        Ok(Source {
            experiment_file: absolute(&self.file)?,
            bench_file: self.bench_file.as_deref().map(absolute).transpose()?,
            data_sha256: packed::data_sha256(&self.data),
        })
    }
}

/// Refuses a bench with fewer pairs than neurons that are to be pairs of their own.
fn check_own(network: &NetworkConfig, bench: &Bench) -> Result<()> {
    let (neurons, pairs) = (network.device_neurons(), bench.pair.len());
    if network.pairs == PairBinding::Shared || neurons <= pairs {
        return Ok(());
    }
    let sentence = format!(
        "network.pairs = \"own\" needs a pair for each of {neurons} neurons, and bench \"{}\" has {pairs}: \
         expected as many, or \"shared\"",
        bench.name
    );
    Err(BadInput::new(sentence).into())
}

/// Surveys the pairs, measures their curves and trains on them, as far as that has not been done.
/// However that ends, all outputs are ramped down and switched off.
async fn run_all(
    arms: &mut Arms,
    trials: &Trials,
    bench: &Bench,
    mut pairs: Vec<Pair>,
    (surveys, began): (Bill, Option<Began>),
) -> Result<(Began, Vec<Arm>)> {
    let recorder = arms.recorder.get_mut().unwrap_or_else(PoisonError::into_inner);
    for pair in &pairs {
        recorder.pair(pair, bench)?;
    }
    let openings = match &began {
        Some(began) if surveys.operations == 0.0 => began.openings(),
        _ => {
            let openings = opening::survey(arms, &mut pairs, surveys).await?;
            arms.view.tell(&services::steps(&pairs, &openings).join("\n"));
            openings
        }
    };
    let mut services = services::serve(pairs, &arms.experiment.gradient, &openings);
    let result = train(arms, trials, &openings, &mut services, began).await;
    then_off(result, switch_off(services.iter_mut().map(Service::pair_mut)).await)
}

/// Switches the pairs on, characterises them, trains on them, then trains the controls on the same
/// splits.
async fn train(
    arms: &mut Arms,
    trials: &Trials,
    openings: &[gradient::Opening],
    services: &mut Vec<Service>,
    began: Option<Began>,
) -> Result<(Began, Vec<Arm>)> {
    switch_on(services.iter_mut().map(Service::pair_mut)).await?;
    let began = match began {
        Some(began) => began,
        None => opening::begin(arms, trials, openings, services).await?,
    };
    let trained = arms.all(services).await?;
    Ok((began, trained))
}

fn report(arms: &Arms, began: &Began, trained: Vec<Arm>, start: Instant) -> Result<TrainReport> {
    let wall_seconds = start.elapsed().as_secs_f64();
    let recorder = arms.lock();
    let figures = recorder.figures()?;
    // Where they lie seen from here: another process may have drawn them from elsewhere.
    let seen = |it: &PathBuf| figures.join(it.file_name().unwrap_or_default());
    let mut plots: Vec<_> = began.plots.iter().map(seen).collect();
    plots.extend(learning::plot(&recorder.all_epochs()?, &figures.join("learning"))?);
    Ok(TrainReport {
        experiment: arms.experiment.name.clone(),
        start: arms.experiment.start.clone(),
        place: recorder.place(plots),
        class_names: arms.data.class_names.clone(),
        comparison: arms::compared(&trained),
        arms: trained,
        gradient_fidelity: began.fidelities(),
        reference: began.reference,
        paper: Paper::beside(arms.experiment.paper),
        notes: recorder.notes()?,
        count: recorder.count()?,
        wall_seconds,
    })
}
