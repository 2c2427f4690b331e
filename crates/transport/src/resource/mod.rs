//! VISA resource strings: the addresses of instruments.

mod error;
mod parse;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use error::ResourceError;

/// The port of a HiSLIP server that says nothing else (IVI-6.1, section 2).
pub const HISLIP_PORT: u16 = 4880;
/// The port of a GPIB gateway that says nothing else (Prologix GPIB-ETHERNET manual, section 6).
pub const GATEWAY_PORT: u16 = 1234;

/// The address of an instrument, or of a GPIB gateway.
///
/// Written and read as a string, also by serde. Two strings that mean the same address print the
/// same: `tcpip::192.0.2.7::5025::socket` is `TCPIP0::192.0.2.7::5025::SOCKET`.
///
/// The grammar is that of VPP-4.3 (section 4.3.1) with PyVISA's forms for serial paths and GPIB
/// gateways; `SIM::` and `USBTMC::` are memloop's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Resource {
    /// `TCPIP0::host::5025::SOCKET`: a raw TCP socket.
    TcpSocket {
        /// VISA's number of the network adapter; says nothing here.
        board: u16,
        /// Name, IPv4 address, or IPv6 address (without the brackets it is written in).
        host: String,
        /// TCP port.
        port: u16,
    },
    /// `TCPIP0::host::inst0::INSTR`: VXI-11. The device may be one behind a LAN/GPIB box: `gpib0,24`.
    Vxi11 {
        /// VISA's number of the network adapter; says nothing here.
        board: u16,
        /// As for a socket.
        host: String,
        /// The core channel's TCP port, as in `TCPIP0::host,1024::inst0::INSTR`; the portmapper is
        /// asked where it is absent.
        port: Option<u16>,
        /// The LAN device name.
        device: String,
    },
    /// `TCPIP0::host::hislip0::INSTR`: HiSLIP; another port than 4880 as in `hislip0,5001`.
    Hislip {
        /// VISA's number of the network adapter; says nothing here.
        board: u16,
        /// As for a socket.
        host: String,
        /// `hislip0`.
        sub_address: String,
        /// TCP port of both channels.
        port: u16,
    },
    /// `ASRL/dev/ttyUSB0::INSTR`, `ASRLCOM3::INSTR`, `ASRL1::INSTR`: a serial line.
    Serial {
        /// What stands behind ASRL: a path, `COM3`, or VISA's number of the line.
        port: String,
    },
    /// `GPIB0::24::INSTR`, `GPIB0::24::1::INSTR`: an instrument on GPIB.
    Gpib {
        /// Which bus: a gateway is declared for it.
        board: u16,
        /// Primary address, 0 to 30.
        primary: u8,
        /// Secondary address, 0 to 30; 0 is not the same as none.
        secondary: Option<u8>,
    },
    /// `GPIB0::INTFC`: the bus itself. It can be named, not opened: a gateway has its own address.
    GpibInterface {
        /// Which bus.
        board: u16,
    },
    /// `USB0::0x05E6::0x2450::04012345::0::INSTR`: USBTMC.
    Usb {
        /// VISA's number of the controller; says nothing here.
        board: u16,
        /// Vendor.
        vendor: u16,
        /// Product.
        product: u16,
        /// Serial number.
        serial: String,
        /// USB interface number.
        interface: u8,
    },
    /// `USBTMC::/dev/usbtmc0`: USBTMC through Linux's own driver. Our own spelling: VISA has none.
    UsbFile {
        /// The device file.
        path: String,
    },
    /// `PRLGX-TCPIP0::host::1234::INTFC`: a Prologix-like gateway on the network.
    GatewayTcp {
        /// The GPIB board whose instruments it reaches.
        board: u16,
        /// As for a socket.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// `PRLGX-ASRL0::/dev/ttyUSB0::INTFC`: a Prologix-like gateway on a serial line.
    GatewaySerial {
        /// The GPIB board whose instruments it reaches.
        board: u16,
        /// The serial line: a path, or `COM3`.
        path: String,
    },
    /// `SIM::name`: a simulated instrument of the bench.
    Simulated {
        /// Its name in the bench.
        name: String,
    },
}

impl Resource {
    /// What carries the bytes, in a word or two, for tables and errors.
    pub fn link(&self) -> &'static str {
        match self {
            Resource::TcpSocket { .. } => "raw socket",
            Resource::Vxi11 { .. } => "VXI-11",
            Resource::Hislip { .. } => "HiSLIP",
            Resource::Serial { .. } => "serial",
            Resource::Gpib { .. } => "GPIB",
            Resource::GpibInterface { .. } => "GPIB bus",
            Resource::Usb { .. } => "USBTMC",
            Resource::UsbFile { .. } => "USBTMC file",
            Resource::GatewayTcp { .. } => "GPIB gateway",
            Resource::GatewaySerial { .. } => "serial GPIB gateway",
            Resource::Simulated { .. } => "simulated",
        }
    }
}

impl FromStr for Resource {
    type Err = ResourceError;

    fn from_str(text: &str) -> Result<Resource, ResourceError> {
        parse::resource(text.trim()).map_err(|reason| error::explained(text, reason))
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::TcpSocket { board, host, port } => {
                write!(f, "TCPIP{board}::{}::{port}::SOCKET", Host(host))
            }
            Resource::Vxi11 { board, host, port: None, device } => {
                write!(f, "TCPIP{board}::{}::{device}::INSTR", Host(host))
            }
            Resource::Vxi11 { board, host, port: Some(port), device } => {
                write!(f, "TCPIP{board}::{},{port}::{device}::INSTR", Host(host))
            }
            Resource::Hislip { board, host, sub_address, port: HISLIP_PORT } => {
                write!(f, "TCPIP{board}::{}::{sub_address}::INSTR", Host(host))
            }
            Resource::Hislip { board, host, sub_address, port } => {
                write!(f, "TCPIP{board}::{}::{sub_address},{port}::INSTR", Host(host))
            }
            Resource::Serial { port } => write!(f, "ASRL{port}::INSTR"),
            Resource::Gpib { board, primary, secondary: None } => {
                write!(f, "GPIB{board}::{primary}::INSTR")
            }
            Resource::Gpib { board, primary, secondary: Some(secondary) } => {
                write!(f, "GPIB{board}::{primary}::{secondary}::INSTR")
            }
            Resource::GpibInterface { board } => write!(f, "GPIB{board}::INTFC"),
            Resource::Usb { board, vendor, product, serial, interface } => write!(
                f,
                "USB{board}::0x{vendor:04X}::0x{product:04X}::{serial}::{interface}::INSTR"
            ),
            Resource::UsbFile { path } => write!(f, "USBTMC::{path}"),
            Resource::GatewayTcp { board, host, port } => {
                write!(f, "PRLGX-TCPIP{board}::{}::{port}::INTFC", Host(host))
            }
            Resource::GatewaySerial { board, path } => {
                write!(f, "PRLGX-ASRL{board}::{path}::INTFC")
            }
            Resource::Simulated { name } => write!(f, "SIM::{name}"),
        }
    }
}

/// A host as it is written in a resource string.
struct Host<'a>(&'a str);

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains(':') { write!(f, "[{}]", self.0) } else { f.write_str(self.0) }
    }
}

impl TryFrom<String> for Resource {
    type Error = ResourceError;

    fn try_from(text: String) -> Result<Resource, ResourceError> {
        text.parse()
    }
}

impl From<Resource> for String {
    fn from(resource: Resource) -> String {
        resource.to_string()
    }
}
