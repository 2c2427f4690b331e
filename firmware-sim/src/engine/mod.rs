//! What all simulated instruments are made of: a source and a meter on a pair of terminals, the
//! reading of parameters and the writing of answers, status registers, trigger lines, time.
//!
//! An instrument family adds its table of headers, its settings, its trigger model and its timing.

pub(crate) mod calibration;
pub(crate) mod call;
pub(crate) mod channel;
pub(crate) mod choice;
pub(crate) mod clock;
pub(crate) mod code;
pub(crate) mod converter;
pub(crate) mod date;
pub(crate) mod disturbance;
pub(crate) mod lines;
pub(crate) mod ranges;
pub(crate) mod status;
