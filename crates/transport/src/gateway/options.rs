//! How a gateway is set.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a gateway is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayOptions {
    /// Which commands it knows; `None` asks it (`++ver`).
    pub kind: Option<GatewayKind>,
    /// What ends a message on the bus, beside EOI, which always comes with its last byte.
    pub eos: Eos,
    /// How long one `++read` waits for the next byte, 1 ms to 3 s, in whole milliseconds. While it
    /// waits, nobody else on the bus is served: not even an output-off.
    pub slice: Duration,
    /// How long the gateway itself may take to answer a question of its own, and to take a message.
    pub answer_limit: Duration,
    /// The longest reply that is accepted, in bytes.
    pub longest: usize,
}

impl Default for GatewayOptions {
    /// Asks for the kind, ends messages with a line feed (as a 2400 needs), reads in slices of 500 ms,
    /// gives the gateway 10 s, accepts replies of 16 MiB.
    fn default() -> GatewayOptions {
        GatewayOptions {
            kind: None,
            eos: Eos::Lf,
            slice: Duration::from_millis(500),
            answer_limit: Duration::from_secs(10),
            longest: crate::stream::LONGEST_REPLY,
        }
    }
}

/// A family of gateways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GatewayKind {
    /// Prologix GPIB-ETHERNET or GPIB-USB. Told not to write every setting to its EEPROM
    /// (`++savecfg 0`).
    Prologix,
    /// AR488, an Arduino. Its `++savecfg` writes the EEPROM, whatever follows: never sent.
    Ar488,
    /// Something else that knows the commands. `++savecfg` is never sent.
    Other,
}

impl GatewayKind {
    pub(super) fn of_version(version: &str) -> GatewayKind {
        let version = version.to_ascii_lowercase();
        if version.contains("ar488") {
            GatewayKind::Ar488
        } else if version.contains("prologix") {
            GatewayKind::Prologix
        } else {
            GatewayKind::Other
        }
    }
}

/// What a gateway appends to a message on the bus (`++eos`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Eos {
    /// `++eos 0`.
    CrLf,
    /// `++eos 1`.
    Cr,
    /// `++eos 2`.
    Lf,
    /// `++eos 3`: EOI alone.
    None,
}

impl Eos {
    pub(super) const fn code(self) -> u8 {
        match self {
            Eos::CrLf => 0,
            Eos::Cr => 1,
            Eos::Lf => 2,
            Eos::None => 3,
        }
    }
}
