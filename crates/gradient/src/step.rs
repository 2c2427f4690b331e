//! The step that makes the least error of what a survey found.

use serde::{Deserialize, Serialize};

use crate::{Codes, GradientConfig, Knowledge, Method};

/// A step and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// V, a whole number of codes of both sources.
    pub delta_v: f64,
    /// What kept it from being smaller or larger.
    pub decided_by: DecidedBy,
    /// The expected error against the step, for a plot: rising steps.
    pub curve: Vec<Expected>,
}

/// What decided on a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DecidedBy {
    /// The least error: noise and mismatch against truncation.
    LeastError,
    /// A smaller step would do better, and the sources' codes do not allow it.
    SmallestStep,
    /// A larger step would do better: the survey sees no curvature that speaks against the widest.
    WidestStep,
}

/// The root mean square, over the window, of what a slope is expected to be wrong by. S.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// V.
    pub delta_v: f64,
    /// Of the noise of readings.
    pub noise: f64,
    /// Of the curve's curvature.
    pub truncation: f64,
    /// Of the mismatch of the two, after what the estimator does against it.
    pub mismatch: f64,
    /// All of them, in squares.
    pub total: f64,
}
