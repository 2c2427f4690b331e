//! A whole bench of simulated instruments on their ports.

mod error;
mod file;
mod running;

pub use self::{
    error::BenchError,
    file::{Bench, Cable, LinkConfig, Place},
    running::{Address, Running, Standing},
};
