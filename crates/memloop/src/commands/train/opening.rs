//! What a training finds out before its first epoch: the surveys, the pairs' curves and slopes, and,
//! where it trains by table, the tables.

use std::{
    path::{Path, PathBuf},
    sync::PoisonError,
};

use anyhow::{Context, Result};
use campaign::Campaign;
use gradient::{Opening, Pair, Service, fidelity::Fidelity};
use serde::{Deserialize, Serialize};
use smu::units::Volts;
use train::PairTable;

use super::{Arms, cost};
use crate::{
    bench::Bench,
    bill::Bill,
    commands::{switch_off, switch_on, then_off},
    exit::BadInput,
    experiment::TrainExperiment,
    fidelity::{Figures, ReferenceReport, Tally, Task, Trials},
    gradient_experiment::{ReferenceConfig, ReferenceOf},
    packed, progress,
    report::PairFidelity,
    services::{self, Surveys},
    station::Checked,
};

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

/// How the slopes of a training are compared with the numerical gradient.
pub fn task<'a>(experiment: &'a TrainExperiment, trials: &'a Trials) -> Task<'a> {
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

/// Refuses a window whose source codes are too few to compare slopes in, before anything is sent.
/// `file` is the experiment's.
///
/// # Errors
/// The sentence names file, key and pair.
pub fn check_window(
    task: &Task<'_>,
    bench: &Bench,
    checked: &Checked<'_>,
    file: &Path,
) -> Result<()> {
    for pair in &bench.pair {
        let codes = checked.codes(pair);
        if task.narrow_reference(&codes)?.is_none() {
            continue;
        }
        let [low, high] = task.window;
        let code = Volts(codes.base.resolution.max(codes.probe.resolution));
        let sentence = format!(
            "{}: mapping.window = [\"{low}\", \"{high}\"] is too narrow to compare slopes in on pair \"{}\", whose \
             source codes are {code} apart: accepted is a wider window, or a smaller source_range",
            file.display(),
            pair.name
        );
        return Err(BadInput::new(sentence).into());
    }
    Ok(())
}

/// What was found out before the first epoch, as the campaign keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Began {
    /// One a pair.
    surveys: Vec<Opening>,
    /// Name and figures of each pair.
    fidelity: Vec<(String, Fidelity)>,
    /// What they are told by.
    pub reference: ReferenceReport,
    /// Their plots.
    pub plots: Vec<PathBuf>,
    /// What every arm that trains by table begins with, one a pair; empty where none does.
    pub tables: Vec<PairTable>,
}

impl Began {
    /// As services begin with them.
    pub fn openings(&self) -> Vec<Opening> {
        self.surveys.clone()
    }

    /// As the report has them.
    pub fn fidelities(&self) -> Vec<PairFidelity> {
        let each = self.fidelity.iter().cloned();
        each.map(|(pair, fidelity)| PairFidelity { pair, skew: None, fidelity }).collect()
    }
}

/// What a run found out before its first epoch, if it came so far.
///
/// # Errors
/// The campaign cannot be read, or holds what this memloop does not know.
pub fn restored(campaign: &Campaign, run: campaign::RunId) -> Result<Option<Began>> {
    let opening = campaign.opening(run)?;
    let began = opening.map(|it| packed::unpack(&it)).transpose();
    began.with_context(|| format!("the opening of run {}", run.0))
}

/// Learns what the pairs are like, from rows that are on disk by then. Their outputs are off while
/// that is computed, and after.
///
/// # Errors
/// An instrument failed; a survey that teaches nothing; the campaign cannot be written; interrupted.
pub async fn survey(arms: &mut Arms, pairs: &mut [Pair], bill: Bill) -> Result<Vec<Opening>> {
    let recorder = arms.recorder.get_mut().unwrap_or_else(PoisonError::into_inner);
    let (gradient, window) = (&arms.experiment.gradient, arms.experiment.mapping.window);
    let mut surveys = Surveys::plan(pairs, gradient, window)?;
    let bar = progress::bar(bill.operations as u64, "operations, surveys", arms.view.quiet);
    let shot = async {
        switch_on(&mut *pairs).await?;
        surveys.shoot(pairs, recorder, &arms.stop, |it| bar.inc(it)).await
    }
    .await;
    then_off(shot, switch_off(&mut *pairs).await)?;
    bar.finish_and_clear();
    let bar = progress::computing("what the surveys teach", arms.view.quiet);
    let openings = surveys.learn(&arms.stop).await;
    bar.finish_and_clear();
    let openings = openings?;
    services::record(pairs, &openings, recorder)?;
    Ok(openings)
}

/// Compares the slopes of every pair with the numerical gradient of its curves, measures the tables
/// that are needed, and keeps all of it.
///
/// # Errors
/// As [`survey`].
pub async fn begin(
    arms: &mut Arms,
    trials: &Trials,
    openings: &[Opening],
    services: &mut Vec<Service>,
) -> Result<Began> {
    let task = task(&arms.experiment, trials);
    let bill = cost::of_curves(&task, services.iter().map(Service::pair))?;
    let bar = progress::bar(bill.operations as u64, "operations, curves", arms.view.quiet);
    let recorder = arms.recorder.get_mut().unwrap_or_else(PoisonError::into_inner);
    let (mut pairs, mut tally) = (Vec::new(), Tally::of(trials));
    for numbered in services.iter_mut().enumerate() {
        let measured = task.measure_serving(numbered, recorder, &arms.stop, &bar).await?;
        tally.add(&measured, trials, &REFERENCE)?;
        pairs.push(measured);
    }
    bar.finish_and_clear();
    let (folder, window) = (recorder.figures()?, arms.experiment.mapping.window);
    let figures = Figures { folder: &folder, pairs: &pairs, trials, tally: &tally, window };
    let plots = figures.draw(&[])?;
    arms.tables = arms.measure_tables(services).await?;
    let began = Began {
        surveys: openings.to_vec(),
        fidelity: tally.pairs().iter().map(|it| (it.pair.clone(), it.fidelity)).collect(),
        reference: tally.reference(),
        plots,
        tables: arms.tables.clone(),
    };
    arms.lock().keep_opening(&packed::pack(&began)?)?;
    Ok(began)
}
