//! The mismatch of the two at common bias, as it was last measured.

use serde::{Deserialize, Serialize};

use crate::Mismatch;

/// What turns the probe's current into the base's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// I_probe − I_base.
    pub mismatch: Mismatch,
    /// I_probe ≈ gain · I_base + offset.
    pub gain: f64,
    /// A.
    pub offset: f64,
}
