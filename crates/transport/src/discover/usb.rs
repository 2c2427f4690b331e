//! USBTMC interfaces.

use super::{Found, Source};
use crate::usbtmc::list;

pub(super) async fn look() -> Result<Vec<Found>, String> {
    let found = list().await.into_iter().filter_map(|device| {
        // Without a serial number there is no address: the system may not read the device.
        let resource = device.resource().parse().ok()?;
        Some(Found { resource, source: Source::Usb, description: device.description })
    });
    Ok(found.collect())
}
