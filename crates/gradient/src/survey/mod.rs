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

pub(crate) use self::plan::WIDEST;
pub use self::plan::plan;
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

/// Learns from the readings of [`plan`]'s shots. Rows in compliance, beyond a range or without a
/// number are left out.
///
/// # Errors
/// [`SurveyError::Unlike`], [`SurveyError::TooFewLevels`].
pub fn learn(shots: &[Shot], rows: &[ShotReading]) -> Result<Knowledge, SurveyError> {
    if shots.len() != rows.len() {
        return Err(SurveyError::Unlike { shots: shots.len(), rows: rows.len() });
    }
    let table = Table::of(shots, rows);
    if table.levels.len() < LEVELS {
        return Err(SurveyError::TooFewLevels { found: table.levels.len(), needed: LEVELS });
    }
    let noise = noise::learn(&table);
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
    let memory = memory::learn(&table, &noise);
    let mismatch = Mismatch {
        differences: levels.iter().map(|it| difference.at(*it, 0)).collect(),
        uncertainties: levels.iter().map(|it| difference.uncertainty(*it)).collect(),
        levels,
        made_at: shots.len() as u64,
    };
    Ok(Knowledge { noise, curve, mismatch, memory })
}

fn finer(levels: &[f64]) -> Vec<f64> {
    let between = levels
        .windows(2)
        .flat_map(|it| (0..FINER).map(|part| it[0] + (it[1] - it[0]) * part as f64 / FINER as f64));
    between.chain(levels.last().copied()).collect()
}
