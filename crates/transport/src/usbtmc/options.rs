//! How a USB link behaves.

use std::time::Duration;

use super::header::HEADER;

/// How a USB link behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbtmcOptions {
    /// The instrument's name in errors.
    pub resource: String,
    /// The longest Bulk-OUT transfer, in bytes, at least 16: what instruments' buffers take.
    pub transfer: usize,
    /// How many bytes of a reply are asked for at once.
    pub read_size: usize,
    /// Ends a reply's transfer at this byte, where the instrument can. For text only.
    pub term_char: Option<u8>,
    /// Whether the instrument is cleared when it is opened.
    pub clear_at_opening: bool,
    /// How long a class request, a status byte and a whole clear may take.
    pub control_limit: Duration,
    /// How long, while clearing, a transfer is waited for that the instrument may not owe.
    pub drain_limit: Duration,
    /// The longest reply that is accepted, in bytes.
    pub longest: usize,
}

impl UsbtmcOptions {
    /// Transfers of 4 KiB out and 64 KiB in, no termination character, a clear at opening, 5 s for
    /// requests, replies of 16 MiB.
    #[must_use]
    pub fn new(resource: &str) -> UsbtmcOptions {
        UsbtmcOptions {
            resource: resource.to_owned(),
            transfer: 4096,
            read_size: 1 << 16,
            term_char: None,
            clear_at_opening: true,
            control_limit: Duration::from_secs(5),
            drain_limit: Duration::from_millis(200),
            longest: crate::stream::LONGEST_REPLY,
        }
    }

    /// Bytes of a message in one transfer: with the header a multiple of four.
    pub(super) fn part(&self) -> usize {
        (self.transfer.max(HEADER + 4) - HEADER) / 4 * 4
    }
}
