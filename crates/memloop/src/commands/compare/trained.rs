//! What trainings came to, and whether one may be called better than another.

use anyhow::Result;
use campaign::{Campaign, RunId, RunSummary};
use serde::Serialize;
use train::{
    FoldResult,
    statistics::{HeldOut, Method, Summary, pooled_accuracies},
};

use crate::{commands::resume, comparison::Compared, packed::unpack, table::Table};

/// An arm of a run.
#[derive(Serialize)]
pub(super) struct Trained {
    run: RunId,
    arm: String,
    /// Folds that have ended.
    folds: usize,
    /// Over the folds: test accuracy.
    fold_accuracy_percent_mean: f64,
    /// Over the folds; absent of one.
    fold_accuracy_percent_sd: Option<f64>,
    /// Of all folds together.
    epochs: usize,
    /// Source-measure operations of its phase.
    readings: u64,
}

/// The held-out rows of a run's arms, as its report has them.
pub(super) struct Held {
    run: RunId,
    data_sha256: String,
    arms: Vec<(String, Vec<HeldOut>)>,
}

impl Held {
    /// Reads them.
    ///
    /// # Errors
    /// Why there are none, in a sentence.
    pub(super) fn of(campaign: &Campaign, run: &RunSummary) -> Result<Held, String> {
        let number = run.run.0;
        if run.kind != "train" {
            return Err(format!(
                "run {number} is of kind {}: it has no accuracies to compare",
                run.kind
            ));
        }
        match Held::read(campaign, run) {
            Ok(held) if held.arms.is_empty() => {
                Err(format!("run {number} has no fold that has ended"))
            }
            Ok(held) => Ok(held),
            Err(error) => Err(format!("run {number} cannot be compared: {error:#}")),
        }
    }

    /// Which rows were right is told by predictions and by the labels of the data.
    fn read(campaign: &Campaign, run: &RunSummary) -> Result<Held> {
        let (experiment, _, source) = resume::begun(campaign, run)?;
        let data = resume::data(
            &experiment,
            source.experiment_file.as_ref(),
            &source.data_sha256,
            run.run,
        )?;
        let mut arms: Vec<(String, Vec<HeldOut>)> = Vec::new();
        for row in campaign.folds(run.run)? {
            let fold: FoldResult = unpack(&row.state)?;
            let held_out = fold.held_out(&data.labels);
            match arms.iter_mut().find(|it| it.0 == row.arm) {
                Some((_, folds)) => folds.push(held_out),
                None => arms.push((row.arm, vec![held_out])),
            }
        }
        Ok(Held { run: run.run, data_sha256: source.data_sha256, arms })
    }
}

/// Every arm that has ended folds.
///
/// # Errors
/// The campaign cannot be read.
pub(super) fn trained(campaign: &Campaign, runs: &[RunSummary]) -> Result<Vec<Trained>> {
    let mut found: Vec<Trained> = Vec::new();
    for run in runs.iter().map(|it| it.run) {
        let folds = campaign.folds(run)?;
        let mut arms: Vec<&str> = folds.iter().map(|it| it.arm.as_str()).collect();
        arms.dedup();
        for arm in arms {
            let of_arm: Vec<_> = folds.iter().filter(|it| it.arm == arm).collect();
            let accuracies: Vec<_> = of_arm.iter().map(|it| it.test_accuracy).collect();
            let Some(summary) = Summary::of(&accuracies) else { continue };
            found.push(Trained {
                run,
                arm: arm.to_owned(),
                folds: of_arm.len(),
                fold_accuracy_percent_mean: 100.0 * summary.mean,
                fold_accuracy_percent_sd: summary.sd.map(|it| 100.0 * it),
                epochs: of_arm.iter().map(|it| it.epochs).sum(),
                readings: campaign.count_phase(run, arm)?.readings,
            });
        }
    }
    Ok(found)
}

/// Arms of later runs held against the same arm of the first, where they saw the same data.
pub(super) fn comparisons(held: &[Held], first: RunId, refused: &mut Vec<String>) -> Vec<Compared> {
    let Some(reference) = held.iter().find(|it| it.run == first) else { return Vec::new() };
    let mut others = Vec::new();
    for it in held.iter().filter(|it| it.run != first) {
        if it.data_sha256 == reference.data_sha256 {
            others.push(it);
        } else {
            refused.push(format!(
                "run {} had other data than run {}: not compared",
                it.run.0, first.0
            ));
        }
    }
    let mut found = Vec::new();
    for (arm, folds) in &reference.arms {
        let name = |run: RunId| format!("run {}, {arm}", run.0);
        let of_others: Vec<_> = others
            .iter()
            .filter_map(|it| Some((name(it.run), &it.arms.iter().find(|of| of.0 == *arm)?.1)))
            .collect();
        if of_others.is_empty() || pooled_accuracies(folds).is_empty() {
            continue;
        }
        let methods: Vec<_> = of_others
            .iter()
            .map(|(name, folds)| Method { name, folds: folds.as_slice() })
            .collect();
        let reference = name(first);
        found.push(Compared::new(Method { name: &reference, folds }, &methods));
    }
    found
}

/// A row an arm.
pub(super) fn text(arms: &[Trained]) -> String {
    let titles = ["run and arm", "folds", "accuracy of folds, mean ± sd", "epochs", "readings"];
    let mut table = Table::new(titles);
    for it in arms {
        let mean = it.fold_accuracy_percent_mean;
        table.row([
            format!("run {}, {}", it.run.0, it.arm),
            it.folds.to_string(),
            match it.fold_accuracy_percent_sd {
                Some(sd) => format!("{mean:.2} ± {sd:.2} %"),
                None => format!("{mean:.2} %"),
            },
            it.epochs.to_string(),
            it.readings.to_string(),
        ]);
    }
    table.to_string()
}
