//! Which pairs of RMSE and R² are possible on the same points.

use serde::{Deserialize, Serialize};

use super::error::{FidelityError, all};

/// What an RMSE is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Convention {
    /// max g − min g.
    Range,
    /// mean |g|.
    MeanAbs,
    /// √mean(g²).
    Rms,
    /// max |g|.
    Max,
}

/// The standard deviation of a reference gradient g, over what an RMSE may be divided by.
///
/// With RMSE = ρ·X and 1 − SSE/SST = 1 − (RMSE/sd)², each convention X ties the two figures
/// together: R² = 1 − (ρ/(sd/X))². Over the range sd/X is at most 1/2, whatever the data (Popoviciu,
/// 1935), so ρ = 8.38 % allows at most 0.972 there; also for means over pairs, for R² is concave in ρ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// sd / (max g − min g); at most 0.5.
    pub sd_over_range: f64,
    /// sd / mean |g|: of slopes of one sign the coefficient of variation.
    pub sd_over_mean_abs: f64,
    /// sd / √mean(g²); at most 1.
    pub sd_over_rms: f64,
    /// sd / max |g|; at most 0.5 where all slopes have one sign, and at most 1.
    pub sd_over_max: f64,
}

impl Convention {
    /// Every one.
    pub const ALL: [Convention; 4] =
        [Convention::Range, Convention::MeanAbs, Convention::Rms, Convention::Max];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Convention::Range => "over range",
            Convention::MeanAbs => "over mean |g|",
            Convention::Rms => "over rms",
            Convention::Max => "over max",
        }
    }

    /// The largest sd/X that any slopes of one sign have.
    pub fn most(self) -> f64 {
        match self {
            Convention::Range | Convention::Max => 0.5,
            // A single peak among zeros: no bound that the number of points does not set.
            Convention::MeanAbs => f64::INFINITY,
            Convention::Rms => 1.0,
        }
    }

    /// The sd/X that a relative RMSE and a 1 − SSE/SST need together.
    pub fn needed(rmse: f64, determination: f64) -> f64 {
        rmse / (1.0 - determination).sqrt()
    }
}

impl Spread {
    /// Of a reference gradient.
    ///
    /// # Errors
    /// Fewer than two values; all the same; a value that is not finite.
    pub fn of(reference: &[f64]) -> Result<Spread, FidelityError> {
        all(reference.iter().map(|it| it.is_finite()))?;
        if reference.len() < 2 {
            return Err(FidelityError::TooFewPoints { least: 2, found: reference.len() });
        }
        let n = reference.len() as f64;
        let mean = |of: &dyn Fn(f64) -> f64| reference.iter().map(|it| of(*it)).sum::<f64>() / n;
        let centre = mean(&|it| it);
        let sd = mean(&|it| (it - centre).powi(2)).sqrt();
        let most = reference.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = reference.iter().copied().fold(f64::INFINITY, f64::min);
        if most <= least {
            return Err(FidelityError::Constant);
        }
        Ok(Spread {
            sd_over_range: sd / (most - least),
            sd_over_mean_abs: sd / mean(&f64::abs),
            sd_over_rms: sd / mean(&|it| it * it).sqrt(),
            sd_over_max: sd / most.abs().max(least.abs()),
        })
    }

    /// sd/X.
    pub fn over(&self, convention: Convention) -> f64 {
        match convention {
            Convention::Range => self.sd_over_range,
            Convention::MeanAbs => self.sd_over_mean_abs,
            Convention::Rms => self.sd_over_rms,
            Convention::Max => self.sd_over_max,
        }
    }

    /// 1 − SSE/SST of slopes whose RMSE is this share of what the convention divides by.
    pub fn determination(&self, convention: Convention, rmse: f64) -> f64 {
        1.0 - (rmse / self.over(convention)).powi(2)
    }

    /// The RMSE, as a share of what the convention divides by, of slopes with this 1 − SSE/SST.
    pub fn rmse(&self, convention: Convention, determination: f64) -> f64 {
        self.over(convention) * (1.0 - determination).sqrt()
    }
}
