//! What the driver has to know of the link below it.

use serde::{Deserialize, Serialize};

/// Which binary blocks a link carries from the instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blocks {
    /// None: readings come as text. So it is on the serial line of a 2400 (+701).
    None,
    /// Blocks that tell their length, for a byte stream has no other mark of where they end.
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
    /// A byte stream that frames definite blocks, at 960 bytes a second: a serial line of 9600 baud.
    fn default() -> Carries {
        Carries { blocks: Blocks::Definite, bytes_per_second: 960.0 }
    }
}
