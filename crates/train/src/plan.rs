use serde::Serialize;

use crate::{DataSet, Fold, Recipe, TrainError, stratified_folds};

/// What a cross-validation will ask for, known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Folds to train: folds × repeats.
    pub folds: u64,
    /// Mini-batches that train: steps of the optimiser.
    pub train_batches: u64,
    /// Mini-batches that are only evaluated.
    pub test_batches: u64,
    /// Values asked of the activation in training. A measured one asks a level for each.
    pub train_activations: u64,
    /// Values asked of the activation in evaluation.
    pub test_activations: u64,
}

impl Plan {
    /// Counts what `recipe` asks for on `data`.
    ///
    /// # Errors
    /// A value of the recipe that is not accepted, or a class with fewer rows than folds.
    pub fn new(recipe: &Recipe, data: &DataSet) -> Result<Plan, TrainError> {
        recipe.check()?;
        let Recipe { network, training, validation } = recipe;
        let folds = stratified_folds(&data.labels, validation.folds, validation.seed)?;
        let sum = |count: &dyn Fn(&Fold) -> usize| folds.iter().map(count).sum::<usize>() as u64;

        let epochs = validation.repeats as u64 * training.epochs as u64;
        let tests = if validation.test_every_epoch { epochs } else { validation.repeats as u64 };
        let hidden = network.hidden as u64;
        Ok(Plan {
            folds: (validation.repeats * validation.folds) as u64,
            train_batches: epochs * sum(&|it| it.train.len().div_ceil(training.batch)),
            test_batches: tests * sum(&|it| it.test.len().div_ceil(training.batch)),
            train_activations: epochs * hidden * sum(&|it| it.train.len()),
            test_activations: tests * hidden * sum(&|it| it.test.len()),
        })
    }

    /// Values asked of the activation altogether.
    pub fn activations(&self) -> u64 {
        self.train_activations + self.test_activations
    }
}
