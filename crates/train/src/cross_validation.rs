use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::{
    Activation, Checkpoint, DataSet, Event, FoldId, FoldResult, Recipe, SlopeCount, TrainError,
    Watch, splits,
    trainer::{Begin, run_fold},
};

/// What an interrupted cross-validation goes on from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The folds that have ended, in their order.
    pub folds: Vec<FoldResult>,
    /// Where the next one is, if it was begun.
    pub checkpoint: Option<Checkpoint>,
}

/// What cross-validations found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CrossValidation {
    /// One a repeat that ended, 0 to 1: the rows whose held-out prediction was right, over all rows.
    pub accuracies: Vec<f64>,
    /// `confusion[actual][predicted]`, rows summed over the repeats that ended.
    pub confusion: Vec<Vec<usize>>,
    /// Every fold that ended, also those of a repeat that did not.
    pub folds: Vec<FoldResult>,
    /// Summed over `folds`.
    pub slopes: SlopeCount,
    /// The receiver of events ended it before its last mini-batch.
    pub interrupted: bool,
}

impl Progress {
    /// Whether all of it is done, and no activation will be asked anything.
    ///
    /// # Errors
    /// As [`splits`].
    pub fn is_all(&self, recipe: &Recipe, data: &DataSet) -> Result<bool, TrainError> {
        let folds = splits(data, &recipe.validation, 0)?.len();
        Ok(self.folds.len() == folds * recipe.validation.repeats)
    }
}

impl CrossValidation {
    /// Mean over the repeats, 0 to 1; `None` when none ended.
    pub fn mean(&self) -> Option<f64> {
        let count = self.accuracies.len();
        (count > 0).then(|| self.accuracies.iter().sum::<f64>() / count as f64)
    }

    /// Standard deviation over the repeats (dividing by n − 1); `None` with fewer than two.
    pub fn sd(&self) -> Option<f64> {
        let mean = self.mean()?;
        let squares: f64 = self.accuracies.iter().map(|it| (it - mean).powi(2)).sum();
        let count = self.accuracies.len();
        (count > 1).then(|| (squares / (count - 1) as f64).sqrt())
    }

    /// Adds the predictions of a repeat whose folds have all ended; returns their accuracy.
    fn pool(&mut self, repeat: usize, labels: &[usize]) -> f64 {
        let (mut hits, mut rows) = (0, 0);
        for result in self.folds.iter().filter(|it| it.id.repeat == repeat) {
            for (&row, &predicted) in result.rows.iter().zip(&result.predicted) {
                self.confusion[labels[row]][predicted] += 1;
                hits += usize::from(labels[row] == predicted);
                rows += 1;
            }
        }
        let accuracy = hits as f64 / f64::from(rows);
        self.accuracies.push(accuracy);
        accuracy
    }
}

/// Trains and evaluates every fold of every repeat, one after the other, on one activation.
///
/// Splits, initial weights and the order of rows depend on the recipe's seed alone: the same recipe
/// with another activation is a paired comparison. `watch` hears of every mini-batch; when it
/// answers `Break`, no further mini-batch is begun, and what has ended is returned, marked
/// interrupted unless that is all; where a fold would follow, its beginning is told as a checkpoint. With the progress of an interrupted one it goes on from there, and
/// tells nothing of what was before.
/// [`Plan::new`](crate::Plan::new) says beforehand how much there is to do.
///
/// # Errors
/// As [`train_fold`](crate::train_fold); a class with too few rows.
pub async fn cross_validate<A: Activation>(
    recipe: &Recipe,
    data: &DataSet,
    progress: Progress,
    activation: &mut A,
    watch: &mut impl Watch,
) -> Result<CrossValidation, TrainError> {
    recipe.check()?;
    recipe.fits(data)?;
    let classes = data.class_names.len();
    let Progress { folds: ended, mut checkpoint } = progress;
    let mut found = CrossValidation {
        accuracies: Vec::new(),
        confusion: vec![vec![0; classes]; classes],
        folds: Vec::new(),
        slopes: SlopeCount::default(),
        interrupted: false,
    };
    let mut ended = ended.into_iter();
    let mut flow = ControlFlow::Continue(());
    for repeat in 0..recipe.validation.repeats {
        let mut trained = false;
        for (number, fold) in splits(data, &recipe.validation, repeat)?.iter().enumerate() {
            if let Some(result) = ended.next() {
                found.slopes += result.slopes;
                found.folds.push(result);
                continue;
            }
            let id = FoldId { repeat, fold: number };
            let from = checkpoint.take().filter(|it| it.id == id);
            let begin = Begin { id, from, flow };
            let result;
            (result, flow) = run_fold(recipe, data, fold, begin, activation, watch).await?;
            let Some(result) = result else {
                return Ok(CrossValidation { interrupted: true, ..found });
            };
            trained = true;
            watch.fold(&result);
            found.slopes += result.slopes;
            found.folds.push(result);
        }
        let accuracy = found.pool(repeat, &data.labels);
        if trained && watch.event(Event::Repeat { repeat, accuracy }).is_break() {
            flow = ControlFlow::Break(());
        }
    }
    Ok(found)
}
