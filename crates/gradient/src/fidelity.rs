//! How well measured slopes follow the numerical gradient of a measured I-V curve.
//!
//! "RMSE 8.38 %, R² 0.98" means nothing without conventions: over the range of the reference, an
//! RMSE of ρ forces 1 − SSE/SST ≤ 1 − 4ρ², because no set of numbers has a variance above a quarter
//! of its range squared (Popoviciu). So every figure here has its own name, and all are reported.

use serde::Serialize;

/// Why slopes cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FidelityError {
    /// A gradient of too few points.
    #[error("a numerical gradient needs at least {least} points, there are {found}")]
    TooFewPoints {
        /// The least.
        least: usize,
        /// What there is.
        found: usize,
    },
    /// Levels that turn or stand still.
    #[error("levels must rise or fall strictly, but do not at position {position}")]
    NotASweep {
        /// Where.
        position: usize,
    },
    /// Two lists of different lengths.
    #[error("{one} and {other} points cannot be compared")]
    Lengths {
        /// The length of one.
        one: usize,
        /// The length of the other.
        other: usize,
    },
    /// A value that is not a finite number.
    #[error("the value at position {position} is not a finite number")]
    NotANumber {
        /// Where.
        position: usize,
    },
    /// A reference whose values are all the same.
    #[error("the reference gradient is constant: over its range and variance nothing can be said")]
    Constant,
}

/// Points of the local fit of [`numerical_gradient`].
const FIT: usize = 5;

/// dI/dV of a sweep, S: at each level the slope of the least-squares parabola through the five
/// nearest points (Savitzky-Golay where the levels are equally spaced, and right where they are not;
/// at the ends the outermost five). Truncation error h²·I‴·(3m²+3m−1)/30 with m = 2 inside.
///
/// # Errors
/// Fewer than five points; levels that do not rise or fall strictly; lists of different lengths; a
/// value that is not finite.
pub fn numerical_gradient(levels: &[f64], currents: &[f64]) -> Result<Vec<f64>, FidelityError> {
    if levels.len() != currents.len() {
        return Err(FidelityError::Lengths { one: levels.len(), other: currents.len() });
    }
    if levels.len() < FIT {
        return Err(FidelityError::TooFewPoints { least: FIT, found: levels.len() });
    }
    let finite = levels.iter().zip(currents).map(|it| it.0.is_finite() && it.1.is_finite());
    all(finite)?;
    let rises = levels[1] > levels[0];
    let turned = levels.windows(2).position(|it| it[0] == it[1] || (it[1] > it[0]) != rises);
    if let Some(position) = turned {
        return Err(FidelityError::NotASweep { position: position + 1 });
    }
    let slope = |at: usize| {
        let start = at.saturating_sub(FIT / 2).min(levels.len() - FIT);
        let window = start..start + FIT;
        parabola_slope(&levels[window.clone()], &currents[window], levels[at])
    };
    Ok((0..levels.len()).map(slope).collect())
}

/// Refuses the first that is not.
fn all(mut finite: impl Iterator<Item = bool>) -> Result<(), FidelityError> {
    match finite.position(|it| !it) {
        None => Ok(()),
        Some(position) => Err(FidelityError::NotANumber { position }),
    }
}

/// The slope at `at` of the least-squares parabola through the points.
fn parabola_slope(levels: &[f64], currents: &[f64], at: f64) -> f64 {
    let scale = (levels[levels.len() - 1] - levels[0]).abs();
    // Sums of powers of x, and of powers of x times y, with x scaled to about one.
    let (mut powers, mut moments) = ([0.0; 5], [0.0; 3]);
    for (level, current) in levels.iter().zip(currents) {
        let x = (level - at) / scale;
        let mut power = 1.0;
        for k in 0..5 {
            powers[k] += power;
            if k < 3 {
                moments[k] += power * current;
            }
            power *= x;
        }
    }
    let [s0, s1, s2, s3, s4] = powers;
    let det = |m: [[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
            - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let whole = det([[s0, s1, s2], [s1, s2, s3], [s2, s3, s4]]);
    let slope = det([[s0, moments[0], s2], [s1, moments[1], s3], [s2, moments[2], s4]]);
    slope / whole / scale
}

/// Measured slopes a against reference slopes g, over the points where both exist.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
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
