use crate::{
    DataSet, Fold, TrainError, ValidationConfig, hold_out, stratified_folds, validation_split,
};

/// The folds of one repeat: which rows train, which are set aside for validation, which are held out.
///
/// They depend on the data's labels and `validation.seed + repeat` alone.
///
/// # Errors
/// A class with too few rows; neither folds nor a share, of a data set that holds out no rows itself.
pub fn splits(
    data: &DataSet,
    validation: &ValidationConfig,
    repeat: usize,
) -> Result<Vec<Fold>, TrainError> {
    let seed = validation.seed_of(repeat);
    let mut folds = match (validation.folds, validation.hold_out, data.own_split()) {
        (Some(folds), _, _) => stratified_folds(&data.labels, folds, seed)?,
        (None, Some(share), _) => vec![hold_out(&data.labels, share, seed)?],
        (None, None, Some(own)) => vec![own],
        (None, None, None) => return Err(TrainError::NothingHeldOut),
    };
    if validation.validate > 0.0 {
        for fold in &mut folds {
            let parted = validation_split(&fold.train, &data.labels, validation.validate, seed)?;
            (fold.train, fold.validate) = (parted.train, parted.test);
        }
    }
    Ok(folds)
}
