//! Surveys of simulated pairs whose truth is known: what is learnt, the step that is chosen of it, the
//! error that is expected, and the estimator that is recommended.
#![allow(clippy::unwrap_used, reason = "tests")]

mod devices;
mod error;
mod learn;
mod plan;
mod recommend;
mod step;
mod twins;
mod unlike;

#[path = "../common/reading.rs"]
mod reading;
