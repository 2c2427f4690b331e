//! Bad days: what can go wrong between this instrument and its client, and when.

mod header;
mod injector;
mod plan;
mod reply;
mod sentence;

pub(crate) use self::{
    header::Deaf,
    injector::{Injector, Progress},
};
pub use self::{
    plan::{After, Fault, FaultPlan, Lateness, Refusal},
    sentence::FaultError,
};
