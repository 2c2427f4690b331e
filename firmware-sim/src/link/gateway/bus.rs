//! The bus behind a box: instruments at addresses.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::time::timeout;

use super::settings::Pad;
use crate::link::{host::Host, port::Port};

/// As much as is taken from an instrument at once.
const AT_ONCE: usize = 16 * 1024;

/// What comes from an instrument that never ends is cut here.
const LONGEST: usize = 64 << 20;

/// The instruments of a bus, by their primary addresses.
pub(super) struct Bus {
    stations: BTreeMap<u8, Port>,
}

/// Where a read ends, unless nothing comes for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Only there.
    Timeout,
    /// EOI.
    End,
    /// This character.
    Character(u8),
    /// These characters.
    Sequence(&'static [u8]),
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) bytes: Vec<u8>,
    /// EOI came somewhere on the way; where the bytes before it end.
    pub(super) ends: Vec<usize>,
    /// All connections are closed now.
    pub(super) closes: bool,
}

impl Bus {
    pub(super) fn new(instruments: impl IntoIterator<Item = (u8, Arc<Host>)>) -> Bus {
        let stations = instruments.into_iter().map(|(at, host)| (at, Port::new(host)));
        Bus { stations: stations.collect() }
    }

    /// An instrument listens where there is one at this address.
    pub(super) fn write(&mut self, at: Pad, bytes: &[u8], eoi: bool) {
        if let Some(port) = self.station(at) {
            port.write(bytes, eoi);
        }
    }

    /// An instrument talks; `patience` is for each of its bytes.
    pub(super) async fn read(&mut self, at: Pad, until: Until, patience: Duration) -> Received {
        let mut received = Received::default();
        let stop = match until {
            Until::Timeout | Until::End => None,
            Until::Character(stop) => Some(stop),
            Until::Sequence(stop) => stop.last().copied(),
        };
        while received.bytes.len() < LONGEST {
            let mut asked = false;
            let part = match self.station(at) {
                Some(port) => timeout(patience, port.read(AT_ONCE, stop, &mut asked)).await,
                None => timeout(patience, std::future::pending()).await,
            };
            let Ok(part) = part else { break };
            received.bytes.extend(part.bytes);
            received.closes = part.closes;
            if part.end {
                received.ends.push(received.bytes.len());
            }
            let over = match until {
                Until::Timeout => false,
                Until::End => part.end,
                Until::Character(stop) => received.bytes.last() == Some(&stop),
                Until::Sequence(stop) => received.bytes.ends_with(stop),
            };
            if over || part.closes {
                break;
            }
        }
        received
    }

    /// Serial poll; `None` where nobody answers.
    pub(super) fn poll(&mut self, at: Pad) -> Option<u8> {
        self.station(at).map(Port::poll)
    }

    /// Whether the SRQ line is asserted.
    pub(super) fn requests_service(&mut self) -> bool {
        self.stations.values_mut().any(Port::requests_service)
    }

    /// Selected device clear.
    pub(super) fn clear(&mut self, at: Pad) {
        if let Some(port) = self.station(at) {
            port.clear();
        }
    }

    /// Device clear of all.
    pub(super) fn clear_all(&mut self) {
        self.stations.values_mut().for_each(Port::clear);
    }

    /// Interface clear.
    pub(super) fn interface_clear(&mut self) {
        self.stations.values_mut().for_each(Port::interface_clear);
    }

    /// Group execute trigger.
    pub(super) fn trigger(&mut self, at: Pad) {
        if let Some(port) = self.station(at) {
            port.trigger();
        }
    }

    /// The addresses at which somebody listens.
    pub(super) fn listeners(&self) -> impl Iterator<Item = u8> {
        self.stations.keys().copied()
    }

    pub(super) fn ports(&mut self) -> impl Iterator<Item = &mut Port> {
        self.stations.values_mut()
    }

    /// No instrument here has a secondary address.
    fn station(&mut self, at: Pad) -> Option<&mut Port> {
        if at.secondary.is_some() {
            return None;
        }
        self.stations.get_mut(&at.primary)
    }
}
