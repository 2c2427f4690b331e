//! What is measured of a pair before its first batch, and what is learnt of it.
//!
//! Both devices go over one grid at common bias, up and down in turn. Repeats tell the noise and how
//! it grows with the current, the two readings of a shot what the devices share, distant shots how
//! the gains walk. The curve and its derivatives size steps and uncertainties; no slope that is
//! answered is read from them.

mod algebra;
mod covariance;
mod memory;
mod noise;
mod plan;
mod smooth;
mod table;
mod walk;

pub(crate) use self::{
    algebra::{Cholesky, Square, dot},
    plan::WIDEST,
    smooth::Process,
};
pub use self::{noise::Drift, plan::plan, walk::Walk};
use self::{smooth::Smooth, table::Table};
use crate::{Curve, Knowledge, Mismatch, Shot, ShotReading};

/// Levels that a curve is drawn through at the least.
const LEVELS: usize = 5;
/// Levels of the smooth curves for each interval of the survey's.
const FINER: usize = 4;

/// Why nothing can be learnt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SurveyError {
    /// Not one row for each shot.
    #[error("a survey of {shots} shots has {rows} rows")]
    Unlike {
        /// What was planned.
        shots: usize,
        /// What came back.
        rows: usize,
    },
    /// Too few levels with repeated readings of both devices.
    #[error(
        "{found} levels were read at least twice by both devices without compliance or overflow; \
         a survey needs {needed}"
    )]
    TooFewLevels {
        /// Usable levels.
        found: usize,
        /// What a curve needs.
        needed: usize,
    },
}

/// What a survey tells of a pair: what is known from then on, and what comparing the two needs beside.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// What sizes steps and uncertainties.
    pub knowledge: Knowledge,
    /// How the gains walk, and how sure that is.
    pub drift: Drift,
    /// The survey's own levels.
    pub(crate) differences: Differences,
}

/// I_probe − I_base as it was read, by level.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Differences {
    /// V, rising.
    pub(crate) levels: Vec<f64>,
    /// Means over all repeats, A.
    pub(crate) values: Vec<f64>,
    /// Of their errors, A²: white noise, and the walk since the survey's end.
    pub(crate) covariance: Square,
}

/// Learns from the readings of [`plan`]'s shots what is known of the pair from then on, as [`study`].
///
/// # Errors
/// [`SurveyError::Unlike`], [`SurveyError::TooFewLevels`].
pub fn learn(shots: &[Shot], rows: &[ShotReading]) -> Result<Knowledge, SurveyError> {
    study(shots, rows).map(|it| it.knowledge)
}

/// Learns from the readings of [`plan`]'s shots. Rows in compliance, beyond a range or without a
/// number are left out.
///
/// # Errors
/// [`SurveyError::Unlike`], [`SurveyError::TooFewLevels`].
pub fn study(shots: &[Shot], rows: &[ShotReading]) -> Result<Study, SurveyError> {
    if shots.len() != rows.len() {
        return Err(SurveyError::Unlike { shots: shots.len(), rows: rows.len() });
    }
    let table = Table::of(shots, rows);
    if table.levels.len() < LEVELS {
        return Err(SurveyError::TooFewLevels { found: table.levels.len(), needed: LEVELS });
    }
    let (noise, drift) = noise::learn(&table);
    let cautious = drift.cautious(&noise);
    let mean = Smooth::of(&table.levels, &table.means(), &covariance::of_means(&table, &noise));
    let difference = Smooth::of(
        &table.levels,
        &table.differences(),
        &covariance::of_differences(&table, &noise),
    );
    let levels = finer(&table.levels);
    let derivative = |order: usize| levels.iter().map(|it| mean.at(*it, order)).collect();
    let curve = Curve {
        currents: derivative(0),
        slopes: derivative(1),
        seconds: derivative(2),
        thirds: derivative(3),
        levels: levels.clone(),
    };
    let memory = memory::learn(&table, &cautious);
    let mismatch = Mismatch {
        differences: levels.iter().map(|it| difference.at(*it, 0)).collect(),
        uncertainties: levels.iter().map(|it| difference.uncertainty(*it)).collect(),
        levels,
        made_at: shots.len() as u64,
    };
    let differences = Differences {
        values: table.differences(),
        covariance: covariance::of_differences(&table, &cautious),
        levels: table.levels,
    };
    let knowledge = Knowledge { noise, curve, mismatch, memory };
    Ok(Study { knowledge, drift, differences })
}

fn finer(levels: &[f64]) -> Vec<f64> {
    let between = levels
        .windows(2)
        .flat_map(|it| (0..FINER).map(|part| it[0] + (it[1] - it[0]) * part as f64 / FINER as f64));
    between.chain(levels.last().copied()).collect()
}
