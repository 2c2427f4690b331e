//! `memloop weights`: what was learned, as a file.

use std::path::PathBuf;

use anyhow::{Context, Result};
use campaign::{Campaign, RunId};
use serde::Serialize;
use train::FoldResult;

use super::{View, reading, resume};
use crate::{
    cli::{ExportArgs, WeightsCommand},
    exit::BadInput,
    packed::unpack,
    weights::Weights,
};

/// What `memloop weights export` prints.
#[derive(Serialize)]
struct ExportReport {
    run: i64,
    arm: String,
    repeat: usize,
    fold: usize,
    test_accuracy_percent: f64,
    file: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// There is no such fold; the file cannot be written.
pub fn run(command: &WeightsCommand, view: View) -> Result<()> {
    let WeightsCommand::Export(args) = command;
    export(args, view)
}

fn export(args: &ExportArgs, view: View) -> Result<()> {
    let campaign = reading(&args.campaign.campaign)?;
    let summary = campaign.run(RunId(args.run))?;
    let (experiment, _, source) = resume::begun(&campaign, &summary)?;
    let data = resume::data(
        &experiment,
        source.experiment_file.as_ref(),
        &source.data_sha256,
        summary.run,
    )?;
    let chosen = Chosen { arm: &args.arm, repeat: Some(args.repeat), fold: Some(args.fold) };
    let fold = chosen.folds(&campaign, summary.run)?.swap_remove(0);
    let weights = Weights::of_fold(&fold, (args.run, &args.arm), &experiment, &data);
    weights.write(&args.to)?;
    let report = ExportReport {
        run: args.run,
        arm: args.arm.clone(),
        repeat: args.repeat,
        fold: args.fold,
        test_accuracy_percent: 100.0 * fold.test_accuracy,
        file: args.to.clone(),
    };
    view.show(&report, |it| {
        format!(
            "{}: arm \"{}\" of run {}, repeat {}, fold {}, {:.2} % right on its {} held-out rows",
            it.file.display(),
            it.arm,
            it.run,
            it.repeat,
            it.fold,
            it.test_accuracy_percent,
            fold.rows.len()
        )
    })
}

/// Which folds of a run.
pub struct Chosen<'a> {
    /// Of this arm.
    pub arm: &'a str,
    /// Of this repeat, from 0; of all without it.
    pub repeat: Option<usize>,
    /// This fold of it, from 0; all without it.
    pub fold: Option<usize>,
}

impl Chosen<'_> {
    /// Reads them: one at least.
    ///
    /// # Errors
    /// There is none such; the sentence says which there are.
    pub fn folds(&self, campaign: &Campaign, run: RunId) -> Result<Vec<FoldResult>> {
        let rows = campaign.folds(run)?;
        let chosen = rows.iter().filter(|it| {
            it.arm == self.arm
                && self.repeat.is_none_or(|repeat| it.repeat == repeat)
                && self.fold.is_none_or(|fold| it.fold == fold)
        });
        let folds = chosen
            .map(|it| unpack(&it.state).with_context(|| format!("a fold of run {}", run.0)))
            .collect::<Result<Vec<_>>>()?;
        if folds.is_empty() {
            let mut arms: Vec<_> = rows.iter().map(|it| it.arm.as_str()).collect();
            arms.dedup();
            let sentence = format!(
                "run {} has no ended fold of arm \"{}\" with this repeat and fold (both count from 0): \
                 it has {} ended folds, of {}",
                run.0,
                self.arm,
                rows.len(),
                if arms.is_empty() { "no arm".to_owned() } else { arms.join(", ") }
            );
            return Err(BadInput::new(sentence).into());
        }
        Ok(folds)
    }
}
