use crate::{DataSet, Fold, TrainError, ValidationConfig, hold_out, stratified_folds};

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
    let folds = match (validation.folds, validation.hold_out, &data.held_out) {
        (Some(folds), _, _) => stratified_folds(&data.labels, folds, seed)?,
        (None, Some(share), _) => vec![hold_out(&data.labels, share, seed)?],
        (None, None, Some(rows)) => vec![Fold::given(data.labels.len(), rows.clone())],
        (None, None, None) => return Err(TrainError::NothingHeldOut),
    };
    folds.into_iter().map(|it| it.set_aside(&data.labels, validation.validate, seed)).collect()
}
