//! The USBTMC instruments at this computer.

use std::{io, time::Duration};

use nusb::DeviceInfo;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{UsbPipes, UsbtmcOptions, UsbtmcTransport, quirks};
use crate::LinkError;

/// `bInterfaceClass` and `bInterfaceSubClass` (USBTMC 1.0, 5.5).
const USBTMC: (u8, u8) = (0xFE, 0x03);

/// A USBTMC interface of a device at this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsbtmcInfo {
    /// The maker's number.
    pub vendor: u16,
    /// The model's number.
    pub product: u16,
    /// The serial number, where the system knows it.
    pub serial: Option<String>,
    /// The maker's name and the model's, as far as they are known.
    pub description: String,
    /// The interface's number.
    pub interface: u8,
    /// Whether it is of the USB488 subclass.
    pub usb488: bool,
}

impl UsbtmcInfo {
    /// The VISA resource string.
    #[must_use]
    pub fn resource(&self) -> String {
        resource(self.vendor, self.product, self.serial.as_deref(), Some(self.interface))
    }
}

fn resource(vendor: u16, product: u16, serial: Option<&str>, interface: Option<u8>) -> String {
    let serial = serial.map(|serial| format!("::{serial}")).unwrap_or_default();
    let interface = interface.map(|number| format!("::{number}")).unwrap_or_default();
    format!("USB0::0x{vendor:04X}::0x{product:04X}{serial}{interface}::INSTR")
}

/// The USBTMC interfaces at this computer. None where it has no USB, or does not show it.
pub async fn list() -> Vec<UsbtmcInfo> {
    found().await.iter().flat_map(interfaces).collect()
}

async fn found() -> Vec<DeviceInfo> {
    match nusb::list_devices().await {
        Ok(devices) => devices.collect(),
        Err(error) => {
            tracing::debug!(%error, "USB devices cannot be listed");
            Vec::new()
        }
    }
}

fn interfaces(device: &DeviceInfo) -> Vec<UsbtmcInfo> {
    let names = [device.manufacturer_string(), device.product_string()];
    let description = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    device
        .interfaces()
        .filter(|interface| (interface.class(), interface.subclass()) == USBTMC)
        .map(|interface| UsbtmcInfo {
            vendor: device.vendor_id(),
            product: device.product_id(),
            serial: device.serial_number().map(str::to_owned),
            description: description.clone(),
            interface: interface.interface_number(),
            usb488: interface.protocol() == 1,
        })
        .collect()
}

/// Opens a USB instrument: the first that fits, on its first USBTMC interface unless one is named.
///
/// # Errors
/// [`LinkError::NoDevice`] when there is none (with those that there are) or it may not be opened, and
/// what [`UsbtmcTransport::over`] refuses, within `limit`.
pub async fn open(
    vendor: u16,
    product: u16,
    serial: Option<&str>,
    interface: Option<u8>,
    options: &UsbtmcOptions,
    limit: Duration,
) -> Result<UsbtmcTransport<UsbPipes>, LinkError> {
    let resource = resource(vendor, product, serial, interface);
    let opening = async {
        let pipes = claim(vendor, product, serial, interface).await.map_err(|reason| {
            let device = format!("the USB device {vendor:04x}:{product:04x}");
            LinkError::NoDevice { resource: resource.clone(), device, reason }
        })?;
        UsbtmcTransport::over(pipes, vendor, product, options).await
    };
    match timeout(limit, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(LinkError::NoAnswer { resource: resource.clone(), limit }),
    }
}

async fn claim(
    vendor: u16,
    product: u16,
    serial: Option<&str>,
    interface: Option<u8>,
) -> Result<UsbPipes, String> {
    let devices = found().await;
    let fits = |device: &&DeviceInfo| {
        (device.vendor_id(), device.product_id()) == (vendor, product)
            && serial.is_none_or(|serial| device.serial_number() == Some(serial))
    };
    let Some(device) = devices.iter().find(fits) else {
        let there: Vec<_> = devices.iter().flat_map(interfaces).map(|at| at.resource()).collect();
        return Err(match there.as_slice() {
            [] => "there is no USBTMC instrument at this computer".to_owned(),
            there => format!("there is none; there are {}", there.join(", ")),
        });
    };
    let numbers: Vec<_> = interfaces(device).iter().map(|at| at.interface).collect();
    let number = match interface {
        Some(number) => numbers.contains(&number).then_some(number),
        None => numbers.first().copied(),
    };
    let Some(number) = number else {
        return Err(if quirks::of(vendor, product).boots {
            "it is in its boot mode; start it once with its maker's software".to_owned()
        } else {
            format!("it has no such USBTMC interface; it has {numbers:?}")
        });
    };
    let opened = device.open().await.map_err(|error| explained(&error))?;
    let claimed = opened.detach_and_claim_interface(number).await;
    UsbPipes::new(claimed.map_err(|error| explained(&error))?)
}

fn explained(error: &nusb::Error) -> String {
    match error.kind() {
        nusb::ErrorKind::PermissionDenied => format!(
            "{error}; allow it by a udev rule, as SUBSYSTEM==\"usb\", ATTR{{idVendor}}==\"...\", \
             MODE=\"0660\", GROUP=\"plugdev\""
        ),
        nusb::ErrorKind::Busy => format!("{error}; another program has it open"),
        _ => io::Error::from(error.clone()).to_string(),
    }
}
