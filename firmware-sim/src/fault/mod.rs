//! Bad days: what can go wrong between this instrument and its client, and when.

mod injector;
mod plan;

pub(crate) use self::injector::Injector;
pub use self::plan::{After, Fault, FaultError, FaultPlan, Lateness};
