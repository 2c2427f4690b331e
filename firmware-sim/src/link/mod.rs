//! Instruments behind streams, sockets and serial lines.

mod control;
mod gateway;
mod host;
mod pace;
mod port;
mod serial;
mod socket;
mod stream;
mod tcp;
mod usbtmc;

pub(crate) use self::control::NAMES;
#[cfg(target_os = "linux")]
pub use self::serial::Pty;
pub use self::{
    control::{Panel, answer_control},
    gateway::{Gateway, GatewayKind, answer_gateway},
    host::Host,
    pace::Pace,
    serial::{Baud, Flow, SerialSettings, Terminator, serve_serial},
    stream::serve,
    tcp::{Acknowledge, Clients, TcpOptions, answer_tcp, serve_tcp},
    usbtmc::{
        BULK_IN, BULK_OUT, INTERRUPT_IN, Setup, UsbError, UsbFunction, UsbIdentity, UsbOptions,
        UsbQuirks, UsbSpeed,
    },
};
