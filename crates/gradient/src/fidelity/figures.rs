//! The figures of merit, by every convention.

use serde::{Deserialize, Serialize};

use super::error::{FidelityError, all};

/// Measured slopes a against reference slopes g, over the points where both exist.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fidelity {
    /// Points compared.
    pub points: usize,
    /// Points without a measured slope; they count in no other figure.
    pub absent: usize,
    /// √mean((a−g)²), S.
    pub rmse_siemens: f64,
    /// RMSE / (max g − min g).
    pub rmse_over_range: f64,
    /// RMSE / mean |g|.
    pub rmse_over_mean_abs: f64,
    /// RMSE / √mean(g²).
    pub rmse_over_rms: f64,
    /// RMSE / max |g|.
    pub rmse_over_max: f64,
    /// The coefficient of determination 1 − Σ(a−g)²/Σ(g−ḡ)²; at most 1 − 4·(RMSE/range)².
    pub r2_determination: f64,
    /// The squared Pearson correlation of a and g; blind to a gain and an offset of a.
    pub r2_correlation: f64,
    /// Share of the points where a and g have the same sign; zero counts as positive.
    pub sign_agreement: f64,
}

/// Compares measured slopes with a reference.
///
/// # Errors
/// Lists of different lengths; fewer than two points with a measured slope; a constant reference; a
/// value that is not finite.
pub fn compare(measured: &[Option<f64>], reference: &[f64]) -> Result<Fidelity, FidelityError> {
    if measured.len() != reference.len() {
        return Err(FidelityError::Lengths { one: measured.len(), other: reference.len() });
    }
    let finite = |(a, g): (&Option<f64>, &f64)| a.is_none_or(f64::is_finite) && g.is_finite();
    all(measured.iter().zip(reference).map(finite))?;
    let both: Vec<(f64, f64)> =
        measured.iter().zip(reference).filter_map(|(a, g)| Some(((*a)?, *g))).collect();
    if both.len() < 2 {
        return Err(FidelityError::TooFewPoints { least: 2, found: both.len() });
    }
    let n = both.len() as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| both.iter().map(of).sum::<f64>() / n;
    let (mean_a, mean_g) = (mean(&|it| it.0), mean(&|it| it.1));
    let squared_error = mean(&|it| (it.0 - it.1).powi(2));
    let variance_a = mean(&|it| (it.0 - mean_a).powi(2));
    let variance_g = mean(&|it| (it.1 - mean_g).powi(2));
    let covariance = mean(&|it| (it.0 - mean_a) * (it.1 - mean_g));
    let fold = |pick: fn(f64, f64) -> f64, from| both.iter().fold(from, |sum, it| pick(sum, it.1));
    let (least, most) = (fold(f64::min, f64::INFINITY), fold(f64::max, f64::NEG_INFINITY));
    if most <= least {
        return Err(FidelityError::Constant);
    }
    let rmse = squared_error.sqrt();
    Ok(Fidelity {
        points: both.len(),
        absent: measured.len() - both.len(),
        rmse_siemens: rmse,
        rmse_over_range: rmse / (most - least),
        rmse_over_mean_abs: rmse / mean(&|it| it.1.abs()),
        rmse_over_rms: rmse / mean(&|it| it.1 * it.1).sqrt(),
        rmse_over_max: rmse / most.abs().max(least.abs()),
        r2_determination: 1.0 - squared_error / variance_g,
        // Constant measured slopes explain nothing.
        r2_correlation: if variance_a > 0.0 {
            covariance * covariance / (variance_a * variance_g)
        } else {
            0.0
        },
        sign_agreement: mean(&|it| f64::from(u8::from((it.0 >= 0.0) == (it.1 >= 0.0)))),
    })
}
