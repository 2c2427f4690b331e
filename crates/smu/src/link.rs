//! What the driver has to know of the link below it.

use serde::{Deserialize, Serialize};

/// Which binary blocks a link carries from the instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blocks {
    /// None: readings come as text. So it is on the serial line of a 2400 (+701), and advisable on any
    /// byte stream: what is left of a lost block may look like any answer, and without a device clear
    /// nothing proves that it is gone.
    None,
    /// Blocks that tell their length.
    Definite,
    /// Blocks that end with the message, too: GPIB, USBTMC, VXI-11, HiSLIP.
    Any,
}

/// What a link carries, and how fast at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carries {
    /// Which binary blocks.
    pub blocks: Blocks,
    /// How many bytes a second an instrument takes at least, for time limits only.
    pub bytes_per_second: f64,
}

impl Default for Carries {
    /// Text, at 960 bytes a second: a serial line of 9600 baud.
    fn default() -> Carries {
        Carries { blocks: Blocks::None, bytes_per_second: 960.0 }
    }
}
