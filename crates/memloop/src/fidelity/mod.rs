//! Measured slopes beside the numerical gradient of measured I-V curves.
//!
//! [`Trials`] are the estimators: those that `memloop gradient` compares, or the one of `memloop train`.
//! A [`Task`] measures them between the two halves of one reference; [`Measured`] is what one pair came
//! to, and [`Tally`] what all of them did.

mod figures;
mod measured;
mod reference;
mod remarks;
mod report;
mod session;
mod tally;
mod text;
mod trials;

pub use self::{
    figures::Figures,
    measured::{Known, Measured, Outcome, Task},
    reference::Half,
    remarks::beside as remarks,
    report::{GradientReport, ReferenceReport},
    tally::Tally,
    text::{reference, text},
    trials::{Trials, operations_per_point, takes_too_many},
};
