use std::ops::ControlFlow;

use serde::Serialize;

use crate::{
    Activation, DataSet, Event, FoldId, FoldResult, Recipe, SlopeCount, TrainError, fold::run_fold,
    stratified_folds,
};

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
        let mut hits = 0;
        for result in self.folds.iter().filter(|it| it.id.repeat == repeat) {
            for (&row, &predicted) in result.rows.iter().zip(&result.predicted) {
                self.confusion[labels[row]][predicted] += 1;
                hits += usize::from(labels[row] == predicted);
            }
        }
        let accuracy = hits as f64 / labels.len() as f64;
        self.accuracies.push(accuracy);
        accuracy
    }
}

/// Trains and evaluates every fold of every repeat, one after the other, on one activation.
///
/// Splits, initial weights and the order of rows depend on the recipe's seed alone: the same recipe
/// with another activation is a paired comparison. `events` hears of every mini-batch; when it
/// answers `Break`, no further mini-batch is begun, and what has ended is returned, marked
/// interrupted unless that is all.
/// [`Plan::new`](crate::Plan::new) says beforehand how much there is to do.
///
/// # Errors
/// As [`train_fold`](crate::train_fold); a class with fewer rows than folds.
pub async fn cross_validate<A: Activation>(
    recipe: &Recipe,
    data: &DataSet,
    activation: &mut A,
    events: &mut impl FnMut(Event) -> ControlFlow<()>,
) -> Result<CrossValidation, TrainError> {
    recipe.check()?;
    let validation = &recipe.validation;
    let classes = data.class_names.len();
    let mut found = CrossValidation {
        accuracies: Vec::new(),
        confusion: vec![vec![0; classes]; classes],
        folds: Vec::new(),
        slopes: SlopeCount::default(),
        interrupted: false,
    };
    let mut flow = ControlFlow::Continue(());
    for repeat in 0..validation.repeats {
        let folds = stratified_folds(&data.labels, validation.folds, validation.seed_of(repeat))?;
        for (number, fold) in folds.iter().enumerate() {
            if flow.is_break() {
                return Ok(CrossValidation { interrupted: true, ..found });
            }
            let id = FoldId { repeat, fold: number };
            let result;
            (result, flow) = run_fold(recipe, data, fold, id, activation, events).await?;
            let Some(result) = result else {
                return Ok(CrossValidation { interrupted: true, ..found });
            };
            found.slopes += result.slopes;
            found.folds.push(result);
        }
        let accuracy = found.pool(repeat, &data.labels);
        if events(Event::Repeat { repeat, accuracy }).is_break() {
            flow = ControlFlow::Break(());
        }
    }
    Ok(found)
}
