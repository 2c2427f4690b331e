//! A trained fold, evaluated again.

use ndarray::ArrayViewMut2;

use super::{Ended, Trainer};
use crate::{
    Activation, DataSet, Fold, FoldResult, Phase, Recipe, TrainError, Watch, features::Features,
};

/// The classes of `fold.rows` as `fold.network` sees them through `activation` now, one a row; the
/// same mini-batches as in training. `Ok(None)`: `watch` ended it before its last mini-batch.
///
/// # Errors
/// A recipe that is not accepted, a failing activation, or a quantity that is not finite.
pub async fn evaluate_again<A: Activation>(
    recipe: &Recipe,
    data: &DataSet,
    fold: &FoldResult,
    activation: &mut A,
    watch: &mut impl Watch,
) -> Result<Option<Vec<usize>>, TrainError> {
    recipe.check()?;
    let rows = Fold { train: fold.rows.clone(), validate: Vec::new(), test: fold.rows.clone() };
    let mut trainer = Trainer::new(recipe, data, &rows, fold.id, activation, watch);
    let scale = |rows: ArrayViewMut2<'_, f32>| fold.scale.apply_in_place(rows);
    trainer.features = Features::new(data.features.view(), scale);
    trainer.at.network = fold.network.clone();
    match trainer.evaluate(Phase::Test { epoch: fold.epochs.saturating_sub(1) }).await {
        Ok(found) => Ok(Some(found.map_or_else(Vec::new, |it| it.1))),
        Err(Ended::Interrupted) => Ok(None),
        Err(Ended::Failed(error)) => Err(error),
    }
}
