//! Whether stated uncertainties are honest.

use serde::Serialize;

use super::error::{FidelityError, all};
use crate::Uncertain;

/// Stated standard uncertainties of slopes against their errors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// Slopes compared.
    pub slopes: usize,
    /// Share of the slopes within one stated uncertainty of the reference: 0.68 where the
    /// uncertainties are right and the errors normal.
    pub share_within_one_uncertainty: f64,
    /// Mean of the stated uncertainties, S.
    pub mean_uncertainty_siemens: f64,
}

impl Coverage {
    /// Of measured slopes and a reference, over the points where both exist.
    ///
    /// # Errors
    /// Lists of different lengths; no slope at all; a value that is not finite.
    pub fn of(
        measured: &[Option<Uncertain>],
        reference: &[f64],
    ) -> Result<Coverage, FidelityError> {
        if measured.len() != reference.len() {
            return Err(FidelityError::Lengths { one: measured.len(), other: reference.len() });
        }
        let both: Vec<(Uncertain, f64)> =
            measured.iter().zip(reference).filter_map(|(a, g)| Some(((*a)?, *g))).collect();
        all(both
            .iter()
            .map(|(a, g)| a.value.is_finite() && a.uncertainty.is_finite() && g.is_finite()))?;
        if both.is_empty() {
            return Err(FidelityError::TooFewPoints { least: 1, found: 0 });
        }
        let n = both.len() as f64;
        let within = both.iter().filter(|(a, g)| (a.value - g).abs() <= a.uncertainty).count();
        Ok(Coverage {
            slopes: both.len(),
            share_within_one_uncertainty: within as f64 / n,
            mean_uncertainty_siemens: both.iter().map(|it| it.0.uncertainty).sum::<f64>() / n,
        })
    }
}
