//! The serial lines of this computer.

use tokio::task::spawn_blocking;
use tokio_serial::SerialPortType;

use super::{Found, Source};
use crate::Resource;

pub(super) async fn look() -> Result<Vec<Found>, String> {
    let ports = spawn_blocking(tokio_serial::available_ports).await.map_err(|it| it.to_string())?;
    let ports = ports.map_err(|error| error.to_string())?;
    Ok(ports
        .into_iter()
        .map(|port| Found {
            resource: Resource::Serial { port: port.port_name },
            source: Source::Serial,
            description: description(&port.port_type),
        })
        .collect())
}

fn description(kind: &SerialPortType) -> String {
    match kind {
        SerialPortType::UsbPort(usb) => {
            let told: Vec<_> = [&usb.manufacturer, &usb.product, &usb.serial_number]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            format!("USB adapter {:04x}:{:04x} {}", usb.vid, usb.pid, told.join(", "))
        }
        SerialPortType::BluetoothPort => "Bluetooth".to_owned(),
        SerialPortType::PciPort => "on the mainboard or a card".to_owned(),
        SerialPortType::Unknown => "a serial line".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tokio_serial::UsbPortInfo;

    use super::*;

    #[test]
    fn an_adapter_is_told_by_its_maker() {
        let usb = UsbPortInfo {
            vid: 0x067b,
            pid: 0x2303,
            serial_number: None,
            manufacturer: Some("Prolific".to_owned()),
            product: Some("USB-Serial".to_owned()),
        };
        let told = description(&SerialPortType::UsbPort(usb));
        assert_eq!(told, "USB adapter 067b:2303 Prolific, USB-Serial");
    }
}
