use smu::{SmuError, units::Volts};

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
