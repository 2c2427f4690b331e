//! What instruments are within reach. Never needed: an address that is known is used directly.

mod lan;
mod mdns;
mod serial;
mod usb;

use std::{collections::BTreeSet, fmt, time::Duration};

use serde::Serialize;
use tokio::task::JoinSet;

use crate::Resource;

/// Where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Source {
    /// DNS-SD over multicast DNS: what LXI instruments announce (LXI Device Specification,
    /// section 10).
    Mdns,
    /// A broadcast to the portmapper for VXI-11's core channel.
    Vxi11,
    /// USBTMC interfaces.
    Usb,
    /// Serial lines of this computer; whether an instrument is on one is not asked.
    Serial,
}

impl Source {
    /// All of them.
    pub const ALL: [Source; 4] = [Source::Mdns, Source::Vxi11, Source::Usb, Source::Serial];
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Mdns => "mDNS",
            Source::Vxi11 => "VXI-11 broadcast",
            Source::Usb => "USB",
            Source::Serial => "serial ports",
        })
    }
}

/// Something that may be an instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Its address.
    pub resource: Resource,
    /// Who said so.
    pub source: Source,
    /// What was told about it: a service's name, maker and product, the adapter's name.
    pub description: String,
}

/// What [`discover`] came back with.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Discovery {
    /// Ordered by source and address; one address of two sources stands once, under the first.
    pub found: Vec<Found>,
    /// Sources that could not look, and why.
    pub failed: Vec<(Source, String)>,
}

/// Looks everywhere at once, for at most `limit`. Sends nothing to any instrument but the questions
/// of the discovery protocols themselves.
pub async fn discover(sources: &[Source], limit: Duration) -> Discovery {
    let mut looking = JoinSet::new();
    for &source in sources {
        looking.spawn(async move {
            // A source that does not keep to the limit is left behind, not waited for.
            let found = match tokio::time::timeout(limit + limit / 4, look(source, limit)).await {
                Ok(found) => found,
                Err(_) => Err(format!("it did not come back within {limit:?}")),
            };
            (source, found)
        });
    }
    let mut discovery = Discovery::default();
    while let Some(looked) = looking.join_next().await {
        match looked {
            Ok((_, Ok(found))) => discovery.found.extend(found),
            Ok((source, Err(reason))) => discovery.failed.push((source, reason)),
            Err(error) => tracing::warn!(%error, "a source of discovery ended early"),
        }
    }
    discovery.failed.sort();
    discovery.found.sort_by_key(|it| (it.source, it.resource.to_string()));
    let mut seen = BTreeSet::new();
    discovery.found.retain(|it| seen.insert(it.resource.to_string()));
    discovery
}

async fn look(source: Source, limit: Duration) -> Result<Vec<Found>, String> {
    match source {
        Source::Mdns => mdns::look(limit).await,
        Source::Vxi11 => lan::look(limit).await,
        Source::Usb => usb::look().await,
        Source::Serial => serial::look().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_looked_for_where_nobody_asked() {
        let discovery = discover(&[], Duration::from_secs(3)).await;
        assert!(discovery.found.is_empty() && discovery.failed.is_empty());
    }

    #[tokio::test]
    async fn serial_lines_and_usb_are_listed_without_a_failure() {
        let discovery = discover(&[Source::Serial, Source::Usb], Duration::from_secs(60)).await;
        assert!(discovery.failed.is_empty(), "{:?}", discovery.failed);
        let sources: Vec<_> = discovery.found.iter().map(|it| it.source).collect();
        assert!(sources.is_sorted(), "{sources:?}");
    }
}
