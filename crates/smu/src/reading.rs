use serde::{Deserialize, Serialize};

/// One measured row.
///
/// Compliance and overflow are data: a reading that has them is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// V, as asked.
    pub level: f64,
    /// V at the terminals; `None` when it was not measured, or overflowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voltage: Option<f64>,
    /// A; `None` when it overflowed or is not a number.
    pub current: Option<f64>,
    /// The source was limiting.
    pub in_compliance: bool,
    /// The current is beyond the range.
    pub overflow: bool,
    /// s, on the instrument's clock; within a list, times go on where the clock begins again.
    pub time: f64,
    /// The instrument's status word, raw.
    pub status: u32,
}
