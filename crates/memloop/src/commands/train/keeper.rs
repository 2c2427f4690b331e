//! Follows the training of one arm: the bar, and what is kept of it onto disk.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use anyhow::{Error, Result};
use campaign::{Advance, CheckpointRow, EpochRow, FoldRow};
use indicatif::ProgressBar;
use train::{Checkpoint, Event, FoldId, FoldResult, Watch};

use super::Arms;
use crate::packed::pack;

/// So much computing may be lost. Epochs of small networks are shorter than a commit.
const BETWEEN_COMMITS: Duration = Duration::from_millis(500);

/// Keeps epochs, ended folds and the newest checkpoint of an arm.
pub struct Keeper<'a> {
    arms: &'a Arms,
    arm: &'static str,
    bar: &'a ProgressBar,
    /// Not on disk yet.
    epochs: Vec<EpochRow>,
    folds: Vec<FoldRow>,
    /// The newest.
    checkpoint: Option<Checkpoint>,
    is_news: bool,
    committed: Option<Instant>,
    failed: Option<Error>,
}

impl<'a> Keeper<'a> {
    /// Of an arm.
    pub fn new(arms: &'a Arms, arm: &'static str, bar: &'a ProgressBar) -> Keeper<'a> {
        Keeper {
            arms,
            arm,
            bar,
            epochs: Vec::new(),
            folds: Vec::new(),
            checkpoint: None,
            is_news: false,
            committed: None,
            failed: None,
        }
    }

    /// Commits what is not on disk yet.
    ///
    /// # Errors
    /// The campaign cannot be written, now or before.
    pub fn end(mut self) -> Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.is_news { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<()> {
        let checkpoint = self.checkpoint.as_ref().map(|it| {
            let (FoldId { repeat, fold }, epochs) = (it.id, it.epochs);
            Ok::<_, Error>(CheckpointRow { repeat, fold, epochs, state: pack(it)? })
        });
        let checkpoint = checkpoint.transpose()?;
        let (epochs, folds) = (&self.epochs, &self.folds);
        let advance = Advance { epochs, folds, checkpoint: checkpoint.as_ref() };
        self.arms.lock().advance(self.arm, &advance)?;
        self.epochs.clear();
        self.folds.clear();
        self.is_news = false;
        self.committed = Some(Instant::now());
        Ok(())
    }

    /// Commits, unless that was done just now. Readings are on disk before anything is learnt from
    /// them, so whatever a checkpoint rests on is.
    fn commit_from_time_to_time(&mut self) {
        let is_due = self.committed.is_none_or(|it| it.elapsed() >= BETWEEN_COMMITS);
        if self.is_news && is_due && self.failed.is_none() {
            self.failed = self.commit().err();
        }
    }
}

impl Watch for Keeper<'_> {
    fn event(&mut self, event: Event) -> ControlFlow<()> {
        match event {
            Event::Batch { activations, .. } => {
                self.bar.inc(activations);
                self.commit_from_time_to_time();
            }
            Event::Epoch(it) => self.epochs.push(EpochRow {
                arm: self.arm.to_owned(),
                repeat: it.repeat,
                fold: it.fold,
                epoch: it.epoch,
                loss: it.loss,
                train_accuracy: it.train_accuracy,
            }),
            Event::Fold { repeat, fold, test_accuracy } => self.bar.set_message(format!(
                "repeat {repeat}, fold {fold}: {:.1} %",
                100.0 * test_accuracy
            )),
            _ => {}
        }
        if self.failed.is_some() || self.arms.stop.asked() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Is committed with the beginning of the next fold: what the activation is by then belongs to it.
    fn fold(&mut self, result: &FoldResult) {
        let FoldId { repeat, fold } = result.id;
        match pack(result) {
            Ok(state) => self.folds.push(FoldRow {
                arm: self.arm.to_owned(),
                repeat,
                fold,
                epochs: result.epochs,
                test_accuracy: result.test_accuracy,
                state,
            }),
            Err(error) => self.failed = Some(error),
        }
        self.checkpoint = None;
        self.is_news = true;
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.checkpoint = Some(checkpoint.clone());
        self.is_news = true;
        self.commit_from_time_to_time();
    }
}
