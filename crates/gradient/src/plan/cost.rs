//! What a plan costs, known before it starts.

use serde::{Deserialize, Serialize};

use super::Codes;
use crate::{Purpose, Shot};

/// Operations and time. An operation is one level sourced and one current measured, by one
/// instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// All operations, of both instruments together.
    pub operations: u64,
    /// Those of them that slopes are formed of.
    pub operations_of_points: u64,
    /// Those that compare the two at common bias.
    pub operations_of_calibration: u64,
    /// Those of a survey, which no batch has.
    pub operations_of_survey: u64,
    /// Those that look whether the devices have drifted.
    pub operations_of_sentinel: u64,
    /// Those that look whether the batch has changed the devices' state.
    pub operations_of_checks: u64,
    /// Rest, hold and conditioning: what the devices' memory costs.
    pub operations_of_discipline: u64,
    /// Lists that each instrument is sent.
    pub lists: usize,
    /// What the instruments should take, settle and source delay included, without the links, s.
    pub seconds: f64,
}

impl Cost {
    /// Of these shots, as [`Pair::shoot`](crate::Pair::shoot) makes them.
    pub fn of(shots: &[Shot], codes: &Codes) -> Cost {
        let mut cost =
            Cost { seconds: shots.len() as f64 * codes.seconds_per_shot, ..Cost::default() };
        for shot in shots {
            let operations = shot.operations();
            cost.operations += operations;
            match shot.purpose {
                Purpose::Point(_) => cost.operations_of_points += operations,
                Purpose::Calibration => cost.operations_of_calibration += operations,
                Purpose::Sentinel => cost.operations_of_sentinel += operations,
                Purpose::Check => cost.operations_of_checks += operations,
                Purpose::Survey | Purpose::Recall => cost.operations_of_survey += operations,
                Purpose::Rest | Purpose::Hold | Purpose::Condition => {
                    cost.operations_of_discipline += operations;
                }
            }
        }
        let runs = shots.chunk_by(|one, next| one.probe.is_some() == next.probe.is_some());
        cost.lists = runs.map(|it| it.len().div_ceil(codes.most)).sum();
        cost
    }
}
