//! The ports of this computer, and why one cannot be opened.

use std::io;

use serde::{Deserialize, Serialize};
use tokio_serial::{Error, ErrorKind, SerialPortType};

/// A serial port of this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortInfo {
    /// Its device file, as `/dev/ttyUSB0`.
    pub path: String,
    /// What is known of it: the USB adapter's maker, product and serial number. May be empty.
    pub description: String,
}

/// The serial ports of this computer, in the order of their names. None when the system does not say.
#[must_use]
pub fn list() -> Vec<PortInfo> {
    let found = tokio_serial::available_ports().unwrap_or_default();
    let mut ports: Vec<_> = found
        .into_iter()
        .map(|port| PortInfo { path: port.port_name, description: description(port.port_type) })
        .collect();
    ports.sort_by(|a, b| a.path.cmp(&b.path));
    ports
}

fn description(kind: SerialPortType) -> String {
    match kind {
        SerialPortType::UsbPort(usb) => {
            let id = format!("USB {:04x}:{:04x}", usb.vid, usb.pid);
            let known = [usb.manufacturer, usb.product, usb.serial_number];
            std::iter::once(id).chain(known.into_iter().flatten()).collect::<Vec<_>>().join(" ")
        }
        SerialPortType::PciPort => "PCI".to_owned(),
        SerialPortType::BluetoothPort => "Bluetooth".to_owned(),
        SerialPortType::Unknown => String::new(),
    }
}

/// Why a port cannot be opened, and what to do about it.
pub(super) fn explained(error: &Error, path: &str, ports: &[PortInfo]) -> String {
    match error.kind {
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => format!(
            "permission denied; become a member of the device's group, on most systems by \
             `sudo usermod -aG dialout $USER` (see `ls -l {path}`), and log in again"
        ),
        ErrorKind::NoDevice => {
            format!("{error}; another program has it open, and a serial port carries one talk")
        }
        ErrorKind::Io(io::ErrorKind::NotFound) => {
            let paths: Vec<_> = ports.iter().map(|port| port.path.as_str()).collect();
            if paths.is_empty() {
                format!("{error}; this computer has no serial port")
            } else {
                format!("{error}; there are {}", paths.join(", "))
            }
        }
        _ => format!("{error}; check that it is a serial port"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(kind: io::ErrorKind, ports: &[&str]) -> String {
        let ports: Vec<_> = ports
            .iter()
            .map(|path| PortInfo { path: (*path).to_owned(), description: String::new() })
            .collect();
        explained(&Error::new(ErrorKind::Io(kind), "no"), "/dev/ttyUSB0", &ports)
    }

    #[test]
    fn who_may_not_open_a_port_learns_of_the_group() {
        let reason = why(io::ErrorKind::PermissionDenied, &[]);
        assert!(reason.contains("dialout"), "{reason}");
    }

    #[test]
    fn who_asks_for_no_port_learns_which_there_are() {
        let reason = why(io::ErrorKind::NotFound, &["/dev/ttyS0", "/dev/ttyUSB1"]);
        assert_eq!(reason, "no; there are /dev/ttyS0, /dev/ttyUSB1");
        assert_eq!(why(io::ErrorKind::NotFound, &[]), "no; this computer has no serial port");
    }
}
