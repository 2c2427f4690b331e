//! Serial ports: RS-232, a USB adapter, a pseudo-terminal.
//!
//! # Behaviour
//!
//! [`open`] takes the port for this program alone (`TIOCEXCL` and `flock`) and drops what lies on the
//! line: it reads until the line has been silent for the time of 20 characters and 50 ms. If the line
//! does not fall silent and a device clear is configured, it is sent, once. Nothing else is sent.
//!
//! A message leaves with the configured terminator in one write, through the operating system's
//! buffer; [`Transport::send`] returns when that buffer has it, not when the last bit is on the line:
//! at 9600 baud a byte takes a millisecond. A message holding a byte that the line would obey or lose
//! (XON, XOFF, ^C, ^X; beyond 127 with 7 data bits) is refused before anything has left.
//!
//! A reply ends at the configured terminator. XON and XOFF are never part of one: the operating system
//! obeys them where the flow control is XON/XOFF, and what it lets through is dropped here.
//!
//! [`Transport::clear`] drops what was received and, with [`SerialClear`] configured, what has not
//! left yet, sends the clear, and reads until the line is silent. Without it an instrument that is
//! sending goes on.
//!
//! A dropped `receive` leaves the bytes that came for the next one. A port that vanishes (a USB
//! adapter pulled, a pseudo-terminal closed) is [`LinkError::Closed`].
//!
//! Closing a port waits for what has not left yet, up to 30 s while the instrument holds the line with
//! XOFF (Linux, `closing_wait`): an `:OUTP OFF` written last still leaves.

mod link;
mod options;
mod port;
mod ports;

use std::time::Duration;

pub use link::SerialTransport;
pub use options::{FlowControl, Parity, SerialClear, SerialOptions};
pub use ports::{PortInfo, list};

use crate::{LinkError, Transport};
pub(crate) use port::Port;

/// Opens the serial port at `path`, such as `/dev/ttyUSB0` or a pseudo-terminal's `/dev/pts/3`.
///
/// # Errors
/// [`LinkError::Option`] for an option that no port has, [`LinkError::NoDevice`] when the port cannot
/// be opened (with the ports that there are) or does not fall silent within `limit`.
pub async fn open(
    path: &str,
    options: &SerialOptions,
    limit: Duration,
) -> Result<SerialTransport, LinkError> {
    let port = open_port(path, options)?;
    let mut link = SerialTransport::new(port, options);
    if link.silence(limit).await? {
        return Ok(link);
    }
    if options.clear != SerialClear::None {
        link.clear().await?;
        return Ok(link);
    }
    Err(LinkError::NoDevice {
        resource: resource(path),
        device: path.to_owned(),
        reason: format!(
            "something sends without end, it was not silent within {limit:?}; check baud and parity, \
             set clear = \"^C\" if the instrument knows it, or switch the instrument off and on"
        ),
    })
}

/// The port itself, with the line's settings and nothing read or written.
pub(crate) fn open_port(path: &str, options: &SerialOptions) -> Result<Port, LinkError> {
    let builder = options.builder(path, &resource(path))?;
    let stream = tokio_serial::SerialStream::open(&builder).map_err(|error| {
        let reason = ports::explained(&error, path, &list());
        LinkError::NoDevice { resource: resource(path), device: path.to_owned(), reason }
    })?;
    Ok(Port::new(stream))
}

pub(crate) fn resource(path: &str) -> String {
    format!("ASRL{path}::INSTR")
}
