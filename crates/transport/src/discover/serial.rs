//! The serial lines of this computer.

use tokio::task::spawn_blocking;

use super::{Found, Source};
use crate::{Resource, serial::list};

pub(super) async fn look() -> Result<Vec<Found>, String> {
    let ports = spawn_blocking(list).await.map_err(|error| error.to_string())?;
    let found = ports.into_iter().map(|port| Found {
        resource: Resource::Serial { port: port.path },
        source: Source::Serial,
        description: port.description,
    });
    Ok(found.collect())
}
