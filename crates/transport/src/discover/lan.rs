//! VXI-11's broadcast.

use std::time::Duration;

use super::{Found, Source};
use crate::{Resource, vxi11::broadcast};

pub(super) async fn look(limit: Duration) -> Result<Vec<Found>, String> {
    let found = broadcast(limit).await.into_iter().map(|address| Found {
        resource: Resource::Vxi11 {
            board: 0,
            host: address.ip().to_string(),
            port: None,
            device: "inst0".to_owned(),
        },
        source: Source::Vxi11,
        description: format!("its core channel is at port {}", address.port()),
    });
    Ok(found.collect())
}
