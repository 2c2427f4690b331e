//! A training that was interrupted goes on to the same bits.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::ops::ControlFlow;

use common::{iris, keep_on, recipe};
use train::{Checkpoint, Event, FoldResult, Progress, Recipe, Software, Watch, cross_validate};

/// 2 repeats of 3 folds and 4 epochs, three layers deep, with validation rows to stop by.
fn deep() -> Recipe {
    let mut recipe = recipe(2);
    recipe.network.hidden = vec![5, 4, 3];
    recipe.training.epochs = 4;
    recipe.training.patience = Some(2);
    recipe.validation.folds = Some(3);
    recipe.validation.validate = 0.2;
    recipe
}

/// Keeps what a campaign would, and breaks after so many batches.
struct Keeper {
    batches: usize,
    progress: Progress,
}

impl Watch for Keeper {
    fn event(&mut self, event: Event) -> ControlFlow<()> {
        if matches!(event, Event::Batch { .. }) {
            self.batches -= 1;
        }
        if self.batches == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn fold(&mut self, result: &FoldResult) {
        self.progress.folds.push(result.clone());
        self.progress.checkpoint = None;
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.progress.checkpoint = Some(checkpoint.clone());
    }
}

#[tokio::test]
async fn a_training_that_was_interrupted_anywhere_ends_with_the_same_bits() {
    let (recipe, data) = (deep(), iris());
    let begin = Progress::default();
    let mut tanh = Software::Tanh;
    let mut all = 0;
    let mut count = |event| {
        all += usize::from(matches!(event, Event::Batch { .. }));
        ControlFlow::Continue(())
    };
    let whole = cross_validate(&recipe, &data, begin, &mut tanh, &mut count).await.unwrap();
    for batches in (1..all).step_by(17) {
        let mut keeper = Keeper { batches, progress: Progress::default() };
        let part = cross_validate(&recipe, &data, Progress::default(), &mut tanh, &mut keeper);
        assert!(part.await.unwrap().interrupted, "after {batches} batches");
        // As a campaign keeps it.
        let kept = serde_json::to_string(&keeper.progress).unwrap();
        let progress: Progress = serde_json::from_str(&kept).unwrap();
        let rest = cross_validate(&recipe, &data, progress, &mut tanh, &mut keep_on).await;
        assert_eq!(rest.unwrap(), whole, "after {batches} batches");
    }
}

#[tokio::test]
async fn training_stops_early_and_keeps_the_weights_that_were_best() {
    let mut recipe = deep();
    recipe.training.epochs = 60;
    recipe.training.learning_rate = 0.3;
    let mut best = Vec::new();
    let mut note = |event| {
        if let Event::Epoch(epoch) = event {
            best.push((
                epoch.repeat,
                epoch.fold,
                epoch.validation_loss.unwrap(),
                epoch.validation_accuracy,
            ));
        }
        ControlFlow::Continue(())
    };
    let (data, mut tanh) = (iris(), Software::Tanh);
    let found = cross_validate(&recipe, &data, Progress::default(), &mut tanh, &mut note).await;
    let found = found.unwrap();
    assert!(found.folds.iter().any(|it| it.epochs < 60), "none stopped early");
    for fold in &found.folds {
        let epochs = best.iter().filter(|it| (it.0, it.1) == (fold.id.repeat, fold.id.fold));
        let losses: Vec<_> = epochs.collect();
        let lowest = losses.iter().map(|it| it.2).fold(f64::INFINITY, f64::min);
        let at = losses.iter().position(|it| it.2 == lowest).unwrap();
        assert_eq!(losses.len(), fold.epochs);
        assert!(fold.epochs == 60 || fold.epochs == at + 3, "two epochs of patience");
        assert_eq!(fold.validation_accuracy, losses[at].3);
    }
}
