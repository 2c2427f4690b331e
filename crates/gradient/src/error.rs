use smu::{SmuError, units::Volts};

use crate::survey::SurveyError;

/// Why a plan was refused, or not measured.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GradientError {
    /// A step that the source cannot make. Nothing was sent.
    #[error(
        "delta_v {delta_v} is below one source code, {resolution}, of \"{smu}\" on its {range} range"
    )]
    StepBelowCode {
        /// The step asked.
        delta_v: Volts,
        /// One code.
        resolution: Volts,
        /// The configured source range.
        range: Volts,
        /// The instrument.
        smu: String,
    },
    /// A level that needs one outside a window, itself or with its step. Nothing was sent.
    #[error(
        "level {asked} with delta_v {delta_v} needs {level}, outside the window {low} to {high} of \"{smu}\""
    )]
    OutsideWindow {
        /// The level asked.
        asked: Volts,
        /// What would be sent.
        level: Volts,
        /// The step.
        delta_v: Volts,
        /// The instrument.
        smu: String,
        /// The lowest permitted.
        low: Volts,
        /// The highest permitted.
        high: Volts,
    },
    /// A window with too few levels to draw a curve through. Nothing was sent.
    #[error(
        "the window {low} to {high} has fewer than {needed} source codes, which are {code} apart: a survey needs \
         {needed} levels"
    )]
    NarrowWindow {
        /// The lowest level that will be asked.
        low: Volts,
        /// The highest.
        high: Volts,
        /// Of the coarser source.
        code: Volts,
        /// Levels.
        needed: usize,
    },
    /// A key of `[gradient]` whose value cannot be, or not beside another's. Nothing was sent.
    #[error("gradient.{key} = {found}: accepted is {accepted}")]
    Setting {
        /// The key.
        key: &'static str,
        /// Its value, and that of another key where the two do not go together.
        found: String,
        /// What would be accepted.
        accepted: String,
    },
    /// Rows that do not belong to the plan.
    #[error("{rows} rows cannot answer a plan of {shots} shots")]
    Rows {
        /// Of the plan.
        shots: usize,
        /// As recorded.
        rows: usize,
    },
    /// The survey of a pair taught nothing.
    #[error(transparent)]
    Survey(#[from] SurveyError),
    /// An instrument refused or failed.
    #[error(transparent)]
    Smu(#[from] SmuError),
    /// The two instruments are set up differently where they must be alike.
    #[error("pair \"{pair}\": {setting} of base and probe differ: {base} and {probe}")]
    Unlike {
        /// The pair.
        pair: String,
        /// The setting.
        setting: &'static str,
        /// The base's.
        base: String,
        /// The probe's.
        probe: String,
    },
}
