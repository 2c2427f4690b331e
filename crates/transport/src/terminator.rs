//! What ends a message on a stream of bytes.

use serde::{Deserialize, Serialize};

use crate::end::strip_carriage_return;

/// The bytes that end a message on a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Terminator {
    /// A line feed, as nearly everywhere.
    #[default]
    Lf,
    /// A carriage return.
    Cr,
    /// A carriage return and a line feed.
    CrLf,
    /// A line feed and a carriage return, one of the four that a Keithley 2400 knows (User's manual,
    /// section 13, "Terminator").
    LfCr,
}

impl Terminator {
    /// What is sent.
    #[must_use]
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Terminator::Lf => b"\n",
            Terminator::Cr => b"\r",
            Terminator::CrLf => b"\r\n",
            Terminator::LfCr => b"\n\r",
        }
    }

    /// The byte at which a received message ends.
    pub(crate) const fn last(self) -> u8 {
        match self {
            Terminator::Lf | Terminator::CrLf => b'\n',
            Terminator::Cr | Terminator::LfCr => b'\r',
        }
    }

    /// Takes the terminator off a message that ends with its last byte. The first byte of a two-byte
    /// terminator may be missing: a link set to `CRLF` understands an instrument set to `LF`.
    pub(crate) fn strip(self, message: &mut Vec<u8>) {
        message.pop();
        let bytes = self.bytes();
        if bytes.len() == 2 && message.last() == Some(&bytes[0]) {
            message.pop();
        } else if self == Terminator::Lf && !message.starts_with(b"#0") {
            // The other way round too: a link set to `LF` understands an instrument set to `CRLF`.
            strip_carriage_return(message);
        }
    }
}
