//! What `memloop gradient` prints, as one document.

use std::path::PathBuf;

use gradient::{
    Device, Method,
    fidelity::{Convention, Coverage, MeanSd, Spread, Summary},
};
use serde::{Deserialize, Serialize};

use super::{remarks::Beside, trials::LeftOut};
use crate::{
    gradient_experiment::ReferenceOf,
    report::{Count, PairFidelity, Paper, Place},
};

/// What `memloop gradient` prints.
#[derive(Debug, Serialize)]
pub struct GradientReport {
    /// The experiment's name.
    pub experiment: String,
    /// Where the data are.
    #[serde(flatten)]
    pub place: Place,
    /// The estimator of `[gradient]`, which `pairs`, `over_pairs` and `coverage` belong to.
    pub method: Method,
    /// The device that it speaks for, and that it is compared with.
    pub device: Device,
    /// Its step, as asked; mean over pairs and draws where it was chosen.
    pub delta_v_volts: f64,
    /// The levels that slopes were asked at.
    pub window_volts: [f64; 2],
    /// Sets of devices drawn.
    pub draws: u64,
    /// Measured curves that the devices were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<PathBuf>,
    /// One a pair and draw.
    pub pairs: Vec<PairFidelity>,
    /// Mean ± standard deviation over them.
    pub over_pairs: Summary,
    /// What its stated uncertainties were worth.
    pub coverage: Coverage,
    /// Operations of the survey of a pair, which every estimator's uncertainties rest on.
    pub survey_operations: u64,
    /// The numerical gradient and how sure it is.
    pub reference: ReferenceReport,
    /// Which pairs of figures these data allow.
    pub possible: Vec<Possible>,
    /// One a budget, in the order of the experiment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comparison: Vec<BudgetReport>,
    /// Estimators that do not fit a budget, or made no slopes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// What they do not show by themselves.
    #[serde(flatten)]
    pub remarks: Beside,
    /// What the paper reports.
    pub paper: Paper,
    /// Readings made and stored.
    #[serde(flatten)]
    pub count: Count,
}

/// The numerical gradient and how sure it is: means over pairs and draws of root mean squares over the
/// levels, as shares of its range.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ReferenceReport {
    /// Whose curve it is.
    pub of: ReferenceOf,
    /// Levels in the window.
    pub points: usize,
    /// Sweeps, half before the slopes and half after.
    pub sweeps: usize,
    /// How far the local fit reaches to either side.
    pub half_width_volts: f64,
    /// Of the local polynomial.
    pub degree: usize,
    /// max g − min g.
    pub range_siemens: f64,
    /// What the readings' noise leaves.
    pub noise_over_range: f64,
    /// What the polynomial is too stiff for.
    pub truncation_over_range: f64,
    /// Half of what its two halves differ by beyond noise.
    pub drift_over_range: f64,
    /// The three, in squares: an estimator that is as good as this cannot be told from a better one.
    pub uncertainty_over_range: f64,
    /// How the slopes are spread.
    pub spread: Spread,
}

/// What one convention allows.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Possible {
    /// What the RMSE is divided by.
    pub convention: Convention,
    /// sd of the reference over the same.
    pub sd_over: f64,
    /// The sd over the same that the paper's two figures need together.
    pub sd_over_needed: f64,
    /// Whether any slopes of one sign have it.
    pub is_possible: bool,
    /// 1 − SSE/SST of slopes with the paper's RMSE on these data.
    pub r2_determination_at_papers_rmse: f64,
    /// RMSE, over the same, of slopes with the paper's R² on these data.
    pub rmse_at_papers_r2: f64,
}

/// Estimators at one budget.
#[derive(Debug, Serialize)]
pub struct BudgetReport {
    /// Operations for each point that each may spend.
    pub operations_per_point: u64,
    /// The least RMSE over range first.
    pub methods: Vec<MethodReport>,
}

/// One estimator at one budget.
#[derive(Debug, Serialize)]
pub struct MethodReport {
    /// The estimator.
    pub method: Method,
    /// The device that it speaks for, and that it is compared with.
    pub device: Device,
    /// As asked; mean over pairs and draws where it was chosen.
    pub delta_v_volts: f64,
    /// Shots of each kind at every point.
    pub repeats: usize,
    /// Operations that slopes are formed of, for each point.
    pub operations_per_point: f64,
    /// Operations beside: calibrations, rests, conditioning; for each point.
    pub operations_beside_per_point: f64,
    /// What the instruments should take for one sweep, without the links.
    pub seconds_per_sweep: f64,
    /// What a sweep took here; in simulation it says nothing about instruments.
    pub wall_seconds_per_sweep: f64,
    /// Sweeps of all pairs and draws that the figures are over.
    pub sweeps: usize,
    /// Sweeps in which fewer than two slopes could be formed; in no other figure.
    pub sweeps_without_slopes: usize,
    /// Slopes that could not be formed.
    pub slopes_absent: usize,
    /// Negative slopes raised to zero.
    pub slopes_clamped: usize,
    /// Mean ± standard deviation over pairs, draws and sweeps, against the device it speaks for.
    #[serde(flatten)]
    pub figures: Summary,
    /// RMSE over range, by the reference of the base.
    pub rmse_over_range_of_base: MeanSd,
    /// RMSE over range, by the reference of the mean of the two.
    pub rmse_over_range_of_mean: MeanSd,
    /// What its stated uncertainties were worth.
    pub coverage: Coverage,
}
