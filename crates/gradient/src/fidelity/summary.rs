//! Figures over several pairs, draws or sweeps.

use serde::Serialize;

use super::Fidelity;

/// A figure over several pairs or sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeanSd {
    /// The mean.
    pub mean: f64,
    /// The standard deviation (n − 1); absent with one value.
    pub sd: Option<f64>,
}

impl MeanSd {
    /// Of at least one value.
    pub fn of(values: &[f64]) -> MeanSd {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|it| (it - mean).powi(2)).sum();
        MeanSd { mean, sd: (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()) }
    }
}

/// Fidelity over several pairs or sweeps: mean ± standard deviation of each figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// As in [`Fidelity`].
    pub rmse_siemens: MeanSd,
    /// As in [`Fidelity`].
    pub rmse_over_range: MeanSd,
    /// As in [`Fidelity`].
    pub rmse_over_mean_abs: MeanSd,
    /// As in [`Fidelity`].
    pub rmse_over_rms: MeanSd,
    /// As in [`Fidelity`].
    pub rmse_over_max: MeanSd,
    /// As in [`Fidelity`].
    pub r2_determination: MeanSd,
    /// As in [`Fidelity`].
    pub r2_correlation: MeanSd,
    /// As in [`Fidelity`].
    pub sign_agreement: MeanSd,
}

impl Summary {
    /// Of at least one fidelity.
    pub fn of(each: &[Fidelity]) -> Summary {
        let over =
            |figure: fn(&Fidelity) -> f64| MeanSd::of(&each.iter().map(figure).collect::<Vec<_>>());
        Summary {
            rmse_siemens: over(|it| it.rmse_siemens),
            rmse_over_range: over(|it| it.rmse_over_range),
            rmse_over_mean_abs: over(|it| it.rmse_over_mean_abs),
            rmse_over_rms: over(|it| it.rmse_over_rms),
            rmse_over_max: over(|it| it.rmse_over_max),
            r2_determination: over(|it| it.r2_determination),
            r2_correlation: over(|it| it.r2_correlation),
            sign_agreement: over(|it| it.sign_agreement),
        }
    }
}
