//! Why a bench is not set up.

use std::net::SocketAddr;

use crate::config::{ConfigError, ModelName};

/// A bench that cannot be read, simulated or set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// The file could not be read.
    #[error("{file} cannot be read")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file's text was refused.
    #[error("{file}:{line}: {message}")]
    Refused {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there and what would be accepted.
        message: String,
    },
    /// An instrument that cannot be simulated.
    #[error("instrument.{name}")]
    Instrument {
        /// Its name.
        name: String,
        /// Why.
        source: ConfigError,
    },
    /// A pace that no clock follows.
    #[error("{key} = {found} is not possible: expected 0.001 to 1000, as 1 for real time")]
    Pace {
        /// The key.
        key: String,
        /// Its value.
        found: f64,
    },
    /// A cable to nowhere.
    #[error("cable {number} leads to \"{found}\": expected one of {accepted}")]
    NoSuchInstrument {
        /// Which cable, from 1.
        number: usize,
        /// The name at its end.
        found: String,
        /// The names there are.
        accepted: String,
    },
    /// A cable to a trigger line that the instrument does not have.
    #[error(
        "cable {number} leads to line {found} of \"{name}\": expected 1 to {lines} on the model \
         \"{model}\""
    )]
    NoSuchLine {
        /// Which cable, from 1.
        number: usize,
        /// The instrument.
        name: String,
        /// What it is.
        model: ModelName,
        /// The line named.
        found: u32,
        /// How many lines it has.
        lines: u32,
    },
    /// A cable with both ends in one instrument.
    #[error("cable {number} leads from \"{name}\" to itself: expected two instruments")]
    Loop {
        /// Which cable, from 1.
        number: usize,
        /// The instrument.
        name: String,
    },
    /// A port that is not to be had.
    #[error("instrument.{name}: cannot listen on {address}")]
    Listen {
        /// The instrument.
        name: String,
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// An instrument on the bus of a gateway that there is not.
    #[error(
        "instrument.{name}: \"{found}\" is not a gateway of this bench: expected [gateway.{found}]"
    )]
    NoSuchGateway {
        /// The instrument.
        name: String,
        /// The gateway named.
        found: String,
    },
    /// Two instruments at one address.
    #[error("instrument.{name}: address {address} on {gateway} is taken by another instrument")]
    AddressTaken {
        /// The second instrument.
        name: String,
        /// The gateway.
        gateway: String,
        /// The address.
        address: u8,
    },
    /// A gateway whose port or line is not to be had.
    #[error("gateway.{name}: cannot be reached on {address}")]
    Gateway {
        /// The gateway.
        name: String,
        /// The address, or `a line`.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The side channel's port is not to be had.
    #[error("cannot listen on {address} for the side channel")]
    Control {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A serial line that is not to be had.
    #[error("instrument.{name}: no serial line can be made here")]
    Serial {
        /// The instrument.
        name: String,
        /// Why.
        source: std::io::Error,
    },
}
