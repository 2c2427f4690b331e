//! Measured dI/dV: two nominally identical devices, one at V, one at V+δV.
//!
//! A [`Pair`] is two configured instruments. [`Pair::measure`] turns requested levels into one plan
//! (both lists rounded to source codes, checked against both windows, staged on both instruments,
//! started together) and returns a [`PairedReading`] for each level, in the order asked. [`Forward`]
//! is the estimator, the paper's: (I_probe(V+δV) − I_base(V)) / δV. A slope that cannot be formed is
//! [`Absent`], with the reason; it is never zero.
//!
//! ```no_run
//! use gradient::{Forward, GradientError, Monotonic, Pair};
//! use smu::Smu;
//!
//! /// Two instruments that [`Smu::configure`] made.
//! async fn slopes(base: Smu, probe: Smu) -> Result<(), GradientError> {
//!     let mut pair = Pair::new("p0", base, probe, Monotonic::Yes)?;
//!     let method = Forward { delta_v: "20 mV".parse().expect("a voltage with its unit") };
//!     pair.output_on().await?;
//!     let rows = pair.measure(&[0.1, 0.2, 0.3], &method).await;
//!     pair.output_off().await?;
//!     for row in rows? {
//!         match row.didv {
//!             Ok(siemens) => println!("{} V: {siemens} S", row.base.level),
//!             Err(absent) => println!("{} V: no slope, {absent}", row.base.level),
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! [`fidelity`] holds the figures that compare measured slopes with the numerical gradient of a
//! measured I-V curve.
//!
//! # What is sent, and what a dropped future leaves
//!
//! A plan that holds one level outside a window, or a step that a source cannot make, is refused
//! before anything is sent. Afterwards a batch costs each instrument its list, the start and one
//! fetch. A measurement that is given up leaves both instruments as they were told so far, perhaps
//! measuring, their outputs on; the next one begins with new lists, and no reading of the old one
//! gets into it.
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

mod answer;
mod calibration;
mod config;
mod error;
mod expect;
pub mod fidelity;
mod forward;
mod knowledge;
mod method;
mod pair;
mod plan;
mod service;
mod shot;
pub mod step;
mod store;
pub mod survey;

pub use crate::{
    answer::{Absent, Device, Gradient, Monotonic, Uncertain},
    calibration::Calibration,
    config::{
        CalibrationConfig, Derivative, Dither, GradientConfig, Order, Pulse, SentinelConfig, Step,
        SurveyConfig,
    },
    error::GradientError,
    expect::{Outcome, Trial, expect},
    forward::{Forward, PairedReading},
    knowledge::{Curve, Knowledge, Local, Memory, Mismatch, Noise},
    method::{Evidence, Method},
    pair::Pair,
    plan::{Codes, Cost, Plan, Point, SourceCodes},
    service::{Batch, Service},
    shot::{Purpose, Shot, ShotReading},
    store::{Store, Stored},
};
