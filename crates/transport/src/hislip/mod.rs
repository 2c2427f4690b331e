//! HiSLIP, the High-Speed LAN Instrument Protocol (IVI-6.1, version 2.0), from the client's side.
//!
//! Two TCP connections to one port (4880) carry one session: messages and replies on the
//! synchronous channel, everything that must not wait (clear, status, service requests, locks) on
//! the asynchronous one.
//!
//! # Behaviour
//!
//! **Opening** offers version 2.0 and works with 1.0 and later: Initialize, AsyncInitialize,
//! AsyncMaximumMessageSize, then AsyncLock and a device clear where the options ask for a lock or
//! for another mode than the server prefers. An instrument that insists on encryption is refused
//! with a sentence: TLS and SASL are not spoken here.
//!
//! **A message** leaves as Data messages no longer than the server accepts and a last DataEnd, each
//! with the next MessageID. It ends with a line feed and END.
//!
//! **A reply** is put together from Data up to DataEnd. In synchronized mode it must carry the
//! MessageID of the message that was sent last, else it is dropped: a late reply is never taken for
//! that of another query (3.1.2). So a message sent while a reply is outstanding loses that reply, by
//! the protocol's own rules; [`receive`](crate::Transport::receive) then waits until its caller's
//! limit. Interrupted and AsyncInterrupted drop what was half received, and nothing is sent between
//! the first of the two and the second. In overlapped mode replies come in the order of the queries
//! and several queries may be on their way ([`depth`](crate::Transport::depth)).
//!
//! **A clear** is the protocol's device clear (6.12): AsyncDeviceClear, DeviceClearComplete; all
//! that arrives before DeviceClearAcknowledge is dropped, the mode is agreed upon anew and MessageIDs
//! begin again.
//!
//! **A dropped future** leaves: of a receive, nothing lost (bytes that came are kept); of a send, a
//! frame that is finished before anything else is sent; of a clear, status query or lock, an answer
//! that the next of its kind would take for its own, so these must be awaited.
//!
//! **Error and FatalError** from the instrument, a header that is none, or either channel closed:
//! the link is broken. Messages of unknown types are answered with Error 1, vendors' with Error 3.
//!
//! **Dropping the transport** closes both connections, which is how a session ends (locks with it).

// UNVERIFIED: the numbers of sections and tables of IVI-6.1 in this module are from memory and from
// other implementations, not from the document.
mod channel;
mod clear;
mod codes;
mod connect;
mod incoming;
mod link;
mod lock;
mod message;
mod transport;

use std::time::Duration;

pub use connect::connect;
pub use link::HislipTransport;

/// The port that the standard recommends.
pub const PORT: u16 = 4880;

/// How a HiSLIP link is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HislipOptions {
    /// Whether queries may overlap.
    pub mode: Mode,
    /// Whether others are kept out while the link is open.
    pub lock: Lock,
    /// How long the instrument may take to answer on the asynchronous channel.
    pub answer_limit: Duration,
}

impl Default for HislipOptions {
    /// Synchronized mode, no lock, 5 s.
    fn default() -> HislipOptions {
        HislipOptions {
            mode: Mode::Synchronized,
            lock: Lock::None,
            answer_limit: Duration::from_secs(5),
        }
    }
}

/// How queries and replies belong together (IVI-6.1, 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One query at a time; a reply names its query.
    Synchronized,
    /// Several, where the instrument agrees; where not, synchronized.
    Overlapped,
}

/// A lock of the whole instrument (IVI-6.1, 6.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// None.
    None,
    /// Nobody else may use the instrument.
    Exclusive {
        /// How long to wait for others to let go.
        wait: Duration,
    },
    /// Only clients with the same key may use the instrument.
    Shared {
        /// The key, 1 to 255 ASCII characters.
        key: String,
        /// How long to wait for others to let go.
        wait: Duration,
    },
}
