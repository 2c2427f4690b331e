use serde::Serialize;

use crate::{DataSet, Fold, Recipe, TrainError, splits};

/// What a training will ask for, known beforehand, unless it stops early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Folds to train, over all repeats.
    pub folds: u64,
    /// Mini-batches that train: steps of the optimiser.
    pub train_batches: u64,
    /// Mini-batches of the validation rows.
    pub validate_batches: u64,
    /// Mini-batches of the held-out rows.
    pub test_batches: u64,
    /// Values asked of the activation in training. A live one asks a level for each of a device.
    pub train_activations: u64,
    /// Values asked of the activation for the validation rows.
    pub validate_activations: u64,
    /// Values asked of the activation for the held-out rows.
    pub test_activations: u64,
}

impl Plan {
    /// Counts what `recipe` asks for on `data`.
    ///
    /// # Errors
    /// A value of the recipe that is not accepted, a start of another shape, or a class with too few
    /// rows.
    pub fn new(recipe: &Recipe, data: &DataSet) -> Result<Plan, TrainError> {
        recipe.check()?;
        let Recipe { network, training, validation, .. } = recipe;
        recipe.fits(data)?;
        // The folds of all repeats are as large as those of the first.
        let folds = splits(data, validation, 0)?;
        let repeats = validation.repeats as u64;
        let batches = |rows: fn(&Fold) -> &Vec<usize>| {
            let batches = folds.iter().map(|it| rows(it).len().div_ceil(training.batch));
            repeats * batches.sum::<usize>() as u64
        };
        let hidden: usize = network.hidden.iter().sum();
        let activations = |rows: fn(&Fold) -> &Vec<usize>| {
            let rows: usize = folds.iter().map(|it| rows(it).len()).sum();
            repeats * (rows * hidden) as u64
        };
        let epochs = training.epochs as u64;
        let tests = match (validation.test_every_epoch, training.patience) {
            (false, _) => 1,
            (true, None) => epochs,
            // The network that was best is tested once more.
            (true, Some(_)) => epochs + 1,
        };
        let passes = training.rule.passes();
        Ok(Plan {
            folds: repeats * folds.len() as u64,
            train_batches: epochs * batches(|it| &it.train),
            validate_batches: epochs * batches(|it| &it.validate),
            test_batches: tests * batches(|it| &it.test),
            train_activations: epochs * passes * activations(|it| &it.train),
            validate_activations: epochs * activations(|it| &it.validate),
            test_activations: tests * activations(|it| &it.test),
        })
    }

    /// Values asked of the activation altogether.
    pub fn activations(&self) -> u64 {
        self.train_activations + self.validate_activations + self.test_activations
    }
}
