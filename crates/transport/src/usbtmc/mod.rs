//! USB instruments: USBTMC 1.0 and its subclass USB488 1.0.
//!
//! # Behaviour
//!
//! **At opening** the interface is taken from the kernel's driver, its capabilities are read, remote is
//! enabled where the instrument knows that, and it is cleared: what an earlier program did not read
//! would be the answer to the first query.
//!
//! **A message** gets a line feed and leaves as `DEV_DEP_MSG_OUT` transfers of at most
//! [`UsbtmcOptions::transfer`] bytes; the last one has EOM.
//!
//! **A reply** is asked for by `REQUEST_DEV_DEP_MSG_IN`, again and again until a transfer has EOM; a
//! line feed at its end is taken off, unless it is the last byte of a block. A transfer whose bTag is
//! that of an earlier request is dropped. Bytes behind the announced size are padding; a transfer that
//! is cut short goes on in the next one. The message's own ends count, so blocks may hold anything.
//!
//! **A clear** aborts what is leaving and what is asked for (`INITIATE_ABORT_BULK_OUT`, `_IN`, and their
//! checks), then clears both buffers (`INITIATE_CLEAR`, `CHECK_CLEAR_STATUS`, Bulk-OUT's halt).
//!
//! **The status byte** comes by `READ_STATUS_BYTE`, over the Interrupt-IN pipe where there is one. That
//! pipe also carries service requests, and tells an idle session that the cable was pulled.
//!
//! **A dropped `receive`** leaves its request with the instrument: the next `receive` waits for the same
//! answer instead of asking twice. A dropped `send` may leave a message half sent; the next clear
//! aborts it.
//!
//! The protocol is apart from the USB calls: [`UsbtmcTransport`] works over anything that has
//! [`Pipes`]. UNVERIFIED on hardware.

mod class;
mod clear;
mod devices;
#[cfg(target_os = "linux")]
pub mod file;
mod header;
mod link;
mod options;
mod pipes;
mod quirks;
mod usb;

pub use class::Capabilities;
pub use devices::{UsbtmcInfo, list, open};
pub use link::UsbtmcTransport;
pub use options::UsbtmcOptions;
pub use pipes::{Bulk, ClassRequest, Layout, PipeError, Pipes, Recipient};
pub use usb::UsbPipes;
