//! Measured slopes beside the numerical gradient of measured I-V curves.
//!
//! [`measure`] does it with one estimator, for `memloop train`. [`Trials`] are what `memloop gradient`
//! compares; [`Measured`] is what one pair came to, and [`Tally`] what all of them did.

mod figures;
mod measured;
mod paired;
mod reference;
mod remarks;
mod report;
mod session;
mod tally;
mod text;
mod trials;

use anyhow::{Error, anyhow};
use smu::{Smu, units::Volts};

pub use self::{
    figures::Figures,
    measured::{Known, Measured, Outcome, Task},
    paired::{Curves, Sweep, measure, plot_gradient, plot_iv},
    reference::Half,
    remarks::remarks,
    report::GradientReport,
    tally::Tally,
    text::text,
    trials::{Trials, operations_per_point, takes_too_many},
};

/// Why there is no curve: a device whose current is beyond its range at `level`, V.
fn no_current(smu: &Smu, level: f64) -> Error {
    anyhow!(
        "\"{}\" has no current at {}: it is beyond sense_range {}; choose a larger one, or a smaller window",
        smu.name(),
        Volts(level),
        smu.settings().sense_range
    )
}
