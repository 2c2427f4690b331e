//! The link whose time is simulated, whatever carries the bytes.

use serde::{Deserialize, Serialize};

/// What a message and the transfer of a reading take of the instrument's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkModel {
    /// GPIB with the SCPI message exchange, as instruments are shipped.
    #[default]
    Gpib,
    /// GPIB with the 488.1 protocol (User's Manual appendix G): faster, and without its comforts.
    #[serde(rename = "gpib-488.1")]
    Gpib4881,
    /// Readings go to the instrument's memory; carrying them takes nothing.
    Memory,
}
