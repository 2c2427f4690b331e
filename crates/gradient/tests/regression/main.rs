//! The estimators that draw a curve through all readings, on simulated pairs whose curves are known.

mod accuracy;
mod batches;
mod exact;
mod faults;
mod session;
mod simulated;

#[path = "../common/reading.rs"]
mod reading;
