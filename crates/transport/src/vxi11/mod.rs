//! VXI-11, the TCP/IP Instrument Protocol (revision 1.0), from the client's side.
//!
//! Remote procedure calls over TCP: a *core* channel for everything, an *abort* channel for what
//! must not wait behind a read, and, where asked for, an *interrupt* channel on which the instrument
//! calls us.
//!
//! # Behaviour
//!
//! **Opening** asks the instrument's portmapper for the core channel's port, over TCP and where that
//! does not answer over UDP (or is told the port: [`Vxi11Options::core_port`]), and calls
//! `create_link`, with a lock where one is asked for.
//!
//! **A message** leaves by `device_write` in pieces no longer than the instrument accepts; only the
//! last has END. Where the instrument takes a part of a piece, the rest follows. It ends with a line
//! feed and END.
//!
//! **A reply** is fetched by `device_read` until END. Each call lets the instrument wait for one
//! slice only ([`Vxi11Options::slice`]); a slice that passes without a reply is not an error. Nothing
//! is read unless [`receive`](crate::Transport::receive) is waiting.
//!
//! **A dropped `receive`** leaves a `device_read` behind in the instrument. The next `receive` goes on
//! with it. Whatever else is sent first (an urgent message, a clear) ends it: `device_abort` on the
//! abort channel, or, where there is none, the slice's end. A reply that was complete by then is
//! kept for `receive`, unless a query is sent; one that was cut is lost, and `receive` then waits for
//! its caller's limit until the link is cleared. Calls and replies are matched by their numbers.
//!
//! **A clear** is `device_clear`. **Service requests** come on the interrupt channel, which is set up
//! only if asked for ([`Vxi11Options::service_requests`]): the instrument must be able to connect to
//! this computer.
//!
//! **Dropping the transport** sends `destroy_link` without waiting for its answer: an instrument has
//! few links (16 on many), and a leaked one is kept until it is switched off.

// UNVERIFIED: the numbers of VXI-11's sections in this module are from memory, not from the document.
mod abort;
mod broadcast;
mod calls;
mod channel;
mod codes;
mod connect;
mod device;
mod interrupt;
mod link;
mod portmap;
mod reading;
mod record;
mod rpc;
mod transport;
mod xdr;

use std::time::Duration;

pub use broadcast::broadcast;
pub use connect::connect;
pub use link::Vxi11Transport;

/// Where portmappers listen.
pub const PORTMAPPER_PORT: u16 = 111;

/// How a VXI-11 link is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vxi11Options {
    /// Whether others are kept out while the link is open.
    pub lock: Lock,
    /// The core channel's port; `None` asks the portmapper.
    pub core_port: Option<u16>,
    /// Where the portmapper listens.
    pub portmapper_port: u16,
    /// How long one `device_read` waits in the instrument: where it cannot be aborted, urgent
    /// messages wait as long.
    pub slice: Duration,
    /// How long the instrument may take for any other call.
    pub io_limit: Duration,
    /// A byte that ends replies, for instruments that do not send END.
    pub term_char: Option<u8>,
    /// Whether the instrument shall connect to us to ask for service.
    pub service_requests: bool,
}

impl Default for Vxi11Options {
    /// No lock, portmapper at port 111, slices of 0.5 s, 5 s for a call, END, no service requests.
    fn default() -> Vxi11Options {
        Vxi11Options {
            lock: Lock::None,
            core_port: None,
            portmapper_port: PORTMAPPER_PORT,
            slice: Duration::from_millis(500),
            io_limit: Duration::from_secs(5),
            term_char: None,
            service_requests: false,
        }
    }
}

/// A lock of the device (VXI-11, B.4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// None.
    None,
    /// Nobody else may use the device.
    Exclusive {
        /// How long to wait for others to let go, also before each later call.
        wait: Duration,
    },
}

impl Lock {
    /// How long to wait for others.
    fn wait(self) -> Duration {
        match self {
            Lock::None => Duration::ZERO,
            Lock::Exclusive { wait } => wait,
        }
    }
}
