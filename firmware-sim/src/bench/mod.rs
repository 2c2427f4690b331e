//! A whole bench of simulated instruments on their ports.

mod error;
mod file;
mod gateways;
mod running;

pub use self::{
    error::BenchError,
    file::{Bench, Cable, GatewayConfig, LinkConfig, Place},
    gateways::StandingGateway,
    running::{Address, Running, Standing},
};
