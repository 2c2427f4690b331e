//! Where an earlier process came to with a run.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use campaign::{Campaign, RunId};
use train::{Checkpoint, DataSet, FoldResult, Progress, Run};

use super::opening::{Began, restored};
use crate::{
    experiment::{Control, TrainExperiment},
    packed::unpack,
    recorder::Resumption,
};

/// What the campaign holds of a run that goes on.
pub struct Resumed {
    /// Which.
    pub run: RunId,
    /// Where it goes on from. A simulated bench begins afresh with its process: what was read of it in
    /// training can only be had again from the beginning.
    pub from: Resumption,
    /// What was found out before the first epoch, if that had ended.
    pub began: Option<Began>,
    /// How far each arm has come.
    pub arms: BTreeMap<String, Progress>,
    /// The share of the arms on devices that is left to train, 0 to 1, at most.
    pub left: f64,
}

impl Resumed {
    /// Reads it.
    ///
    /// # Errors
    /// The campaign cannot be read, or holds what this memloop does not know.
    pub fn read(
        campaign: &Campaign,
        run: RunId,
        experiment: &TrainExperiment,
        data: &DataSet,
    ) -> Result<Resumed> {
        let began = restored(campaign, run)?;
        let mut arms = BTreeMap::<String, Progress>::new();
        if began.is_some() {
            for row in campaign.folds(run)? {
                let fold: FoldResult = unpack(&row.state)
                    .with_context(|| format!("a fold of arm \"{}\" of run {}", row.arm, run.0))?;
                arms.entry(row.arm).or_default().folds.push(fold);
            }
            for arm in names(experiment) {
                if let Some(row) = campaign.checkpoint(run, arm)? {
                    let checkpoint: Checkpoint = unpack(&row.state).with_context(|| {
                        format!("the checkpoint of arm \"{arm}\" of run {}", run.0)
                    })?;
                    arms.entry(arm.to_owned()).or_default().checkpoint = Some(checkpoint);
                }
            }
        }
        let left = left(&arms, experiment, data)?;
        Ok(Resumed { run, from: Resumption::FromCheckpoint, began, arms, left })
    }

    /// Of a run that is done again from its beginning.
    pub fn again(run: RunId) -> Resumed {
        let from = Resumption::FromBeginning;
        Resumed { run, from, began: None, arms: BTreeMap::new(), left: 1.0 }
    }

    /// Whether the pairs are surveyed again: where devices will be read in training, for they may have
    /// moved since.
    pub fn surveys(&self, experiment: &TrainExperiment) -> bool {
        self.began.is_none() || self.left > 0.0 && experiment.devices.run != Run::Table
    }

    /// From where it goes on, for people and for the campaign.
    pub fn text(&self, experiment: &TrainExperiment) -> String {
        let run = self.run.0;
        if self.from == Resumption::FromBeginning {
            return format!(
                "run {run} is done again from its beginning: its instruments are simulated, and answer \
                 again what they answered; what is on disk is compared, and not written twice"
            );
        }
        let Some(began) = &self.began else {
            return format!("run {run} goes on from its beginning: it had not trained yet");
        };
        let place = names(experiment).find_map(|arm| {
            let Progress { folds, checkpoint } = self.arms.get(arm)?;
            let it = checkpoint.as_ref()?;
            let (repeat, fold) = (it.id.repeat, it.id.fold);
            let (epochs, ended) = (it.epochs, folds.len());
            Some(format!(
                "arm \"{arm}\", repeat {repeat}, fold {fold}, after {epochs} epochs; {ended} folds of it had ended"
            ))
        });
        let place = place.unwrap_or_else(|| "between two arms".to_owned());
        let how = if self.surveys(experiment) {
            "the pairs are surveyed again, and what is measured may differ from what an \
             uninterrupted run would have measured"
        } else {
            "surveys and tables are those of its beginning"
        };
        format!("run {run} goes on from {place}; {how} ({} pairs)", began.fidelities().len())
    }
}

/// The share of the arms on devices that is left to train, 0 to 1, at most.
fn left(
    arms: &BTreeMap<String, Progress>,
    experiment: &TrainExperiment,
    data: &DataSet,
) -> Result<f64> {
    let validation = &experiment.validation;
    let folds = train::splits(data, validation, 0)?.len() * validation.repeats;
    let (mut left, mut all) = (0, 0);
    for control in experiment.arms_on_devices() {
        let ended = arms.get(control.map_or("measured", Control::name));
        all += folds;
        left += folds - ended.map_or(0, |it| it.folds.len()).min(folds);
    }
    Ok(left as f64 / all as f64)
}

/// The arms in the order that they are trained in.
fn names(experiment: &TrainExperiment) -> impl Iterator<Item = &'static str> {
    let controls = experiment.controls.iter().map(|it| it.name());
    ["measured"].into_iter().chain(controls)
}
