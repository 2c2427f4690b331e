//! Measured dI/dV: two nominally identical devices, one at V, one at V+δV.
//!
//! A [`Pair`] is two configured instruments. [`Pair::measure`] turns requested levels into one plan
//! (both lists rounded to source codes, checked against both windows, staged on both instruments,
//! started together) and returns a [`PairedReading`] for each level, in the order asked. [`Forward`]
//! is the estimator, the paper's: (I_probe(V+δV) − I_base(V)) / δV. A slope that cannot be formed is
//! [`Absent`], with the reason; it is never zero.
//!
//! [`fidelity`] holds the figures that compare measured slopes with the numerical gradient of a
//! measured I-V curve.
//!
//! # Which derivative
//!
//! The slope belongs to the protocol of the forward read: same list, same settle, same history on
//! both devices. That is the derivative that back-propagation needs.
//!
//! # What limits it
//!
//! Mismatch m(V) of the two devices adds m(V)/δV, and curvature adds δV·I″/2; read noise σ adds
//! √2·σ/δV. Averaging helps against the last only.

mod error;
pub mod fidelity;
mod forward;
mod pair;

pub use crate::{
    error::GradientError,
    forward::{Absent, Forward, Monotonic, PairedReading},
    pair::Pair,
};
