//! Instruments behind streams, sockets and serial lines.

mod control;
mod desk;
mod door;
mod gateway;
mod hislip;
mod host;
mod locks;
mod pace;
mod serial;
mod socket;
mod stream;
mod tcp;
mod usbtmc;
mod vxi11;

pub(crate) use self::control::NAMES;
#[cfg(target_os = "linux")]
pub use self::serial::Pty;
pub use self::{
    control::{Panel, answer_control},
    gateway::{Gateway, GatewayKind, answer_gateway},
    hislip::{HislipOptions, answer_hislip},
    host::Host,
    pace::Pace,
    serial::{Baud, Flow, SerialSettings, Terminator, serve_serial},
    stream::serve,
    tcp::{Acknowledge, Clients, TcpOptions, answer_tcp, serve_tcp},
    usbtmc::{
        BULK_IN, BULK_OUT, INTERRUPT_IN, Setup, UsbError, UsbFunction, UsbIdentity, UsbOptions,
        UsbQuirks, UsbSpeed,
    },
    vxi11::{Services, Vxi11Options, answer_portmapper, answer_vxi11},
};
