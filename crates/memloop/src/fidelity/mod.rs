//! Measured slopes beside the numerical gradient of measured I-V curves.
//!
//! [`measure`] does it with one estimator, for `memloop train`. [`Trials`] are what `memloop gradient`
//! compares; [`Measured`] is what one pair came to, and [`Tally`] what all of them did.

mod figures;
mod measured;
mod paired;
mod reference;
mod report;
mod session;
mod tally;
mod text;
mod trials;

pub use self::{
    figures::Figures,
    measured::{Known, Measured, Outcome, Task},
    paired::{Curves, Sweep, measure, plot_gradient, plot_iv},
    reference::Half,
    report::GradientReport,
    tally::Tally,
    text::text,
    trials::Trials,
};
