//! How a serial line is set on the front panel.

use serde::{Deserialize, Serialize};

/// The rates of the 2400 (User's Manual, section 13, RS-232 interface).
const RATES: [u32; 9] = [300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600];

/// A serial line: eight bits, no parity, one stop bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a table such as { baud = 9600, terminator = \"CR\", flow = \"none\" }"
)]
pub struct SerialSettings {
    /// Bits per second: 300, 600, 1200, 2400, 4800, 9600, 19200, 38400 or 57600.
    pub baud: Baud,
    /// What ends a line, both ways.
    pub terminator: Terminator,
    /// How one side stops the other.
    pub flow: Flow,
}

impl Default for SerialSettings {
    /// As the 2400 leaves the factory: 9600 baud, no flow control, CR. UNVERIFIED: which terminator
    /// it leaves the factory with.
    fn default() -> Self {
        SerialSettings { baud: Baud(9600), terminator: Terminator::Cr, flow: Flow::None }
    }
}

/// Bits per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Baud(u32);

impl TryFrom<u32> for Baud {
    type Error = String;

    fn try_from(rate: u32) -> Result<Baud, String> {
        if RATES.contains(&rate) {
            return Ok(Baud(rate));
        }
        let accepted = RATES.map(|it| it.to_string()).join(", ");
        Err(format!("{rate} is not a rate of the instrument: expected one of {accepted}"))
    }
}

impl From<Baud> for u32 {
    fn from(baud: Baud) -> u32 {
        baud.0
    }
}

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Terminator {
    /// Carriage return.
    #[serde(rename = "CR")]
    Cr,
    /// Line feed.
    #[serde(rename = "LF")]
    Lf,
    /// Carriage return, line feed.
    #[serde(rename = "CR+LF")]
    CrLf,
    /// Line feed, carriage return.
    #[serde(rename = "LF+CR")]
    LfCr,
}

impl Terminator {
    /// Whether a line executes on this character; the other one of a pair is white space.
    pub(super) fn ends(self, byte: u8) -> bool {
        byte == if self == Terminator::Cr { b'\r' } else { b'\n' }
    }

    pub(super) fn bytes(self) -> &'static [u8] {
        match self {
            Terminator::Cr => b"\r",
            Terminator::Lf => b"\n",
            Terminator::CrLf => b"\r\n",
            Terminator::LfCr => b"\n\r",
        }
    }
}

/// How one side stops the other while its buffer is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flow {
    /// Not at all: what does not fit is lost (-363).
    #[serde(rename = "none")]
    None,
    /// With the characters XOFF (0x13) and XON (0x11).
    #[serde(rename = "XON-XOFF")]
    XonXoff,
}
