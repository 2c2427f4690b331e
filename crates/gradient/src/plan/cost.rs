//! What a plan costs, known before it starts.

use serde::{Deserialize, Serialize};

use super::Codes;
use crate::{Purpose, Shot};

/// Operations and time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Source-measure operations, of both instruments together.
    pub operations: u64,
    /// Those of them that slopes are formed of.
    pub operations_of_points: u64,
    /// Lists that each instrument is sent.
    pub lists: usize,
    /// What the instruments should take, without the links, s.
    pub seconds: f64,
}

impl Cost {
    /// Of these shots.
    pub(crate) fn of(shots: &[Shot], codes: &Codes) -> Cost {
        let of_points = shots.iter().filter(|it| matches!(it.purpose, Purpose::Point(_)));
        Cost {
            operations: shots.iter().map(Shot::operations).sum(),
            operations_of_points: of_points.map(Shot::operations).sum(),
            lists: shots.len().div_ceil(codes.most),
            seconds: shots.len() as f64 * codes.seconds_per_shot,
        }
    }
}
