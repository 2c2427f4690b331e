//! The bus behind a box: instruments at addresses.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::settings::Pad;
use crate::link::{
    desk::{Desk, Part},
    host::Host,
};

/// As much as is taken from an instrument at once.
const AT_ONCE: usize = 16 * 1024;

/// What comes from an instrument that never ends is cut here.
const LONGEST: usize = 64 << 20;

/// The instruments of a bus, by their primary addresses.
pub(super) struct Bus {
    stations: BTreeMap<u8, Arc<Desk>>,
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
        let stations = instruments.into_iter().map(|(at, host)| (at, Desk::new(host)));
        Bus { stations: stations.collect() }
    }

    /// An instrument listens where there is one at this address.
    pub(super) fn write(&self, at: Pad, bytes: &[u8], eoi: bool) {
        if let Some(desk) = self.station(at) {
            desk.with(|link, instrument, until| link.submit(instrument, until, bytes, eoi));
        }
    }

    /// An instrument talks; `patience` is for each of its bytes. Somebody has to keep the
    /// [`desks`](Bus::desks) going meanwhile.
    pub(super) async fn read(&self, at: Pad, until: Until, patience: Duration) -> Received {
        let mut received = Received::default();
        let stop = match until {
            Until::Timeout | Until::End => None,
            Until::Character(stop) => Some(stop),
            Until::Sequence(stop) => stop.last().copied(),
        };
        while received.bytes.len() < LONGEST {
            let deadline = Instant::now() + patience;
            let Some(desk) = self.station(at) else {
                sleep_until(deadline).await;
                break;
            };
            let mut asked = false;
            let part = desk.wait(deadline, |link, instrument| {
                link.hang_if_unfinished(instrument);
                Part::take(link, instrument, (AT_ONCE, stop), &mut asked)
            });
            let Some(part) = part.await else { break };
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
    pub(super) fn poll(&self, at: Pad) -> Option<u8> {
        self.station(at).map(|it| it.with(|link, instrument, _| link.serial_poll(instrument)))
    }

    /// Whether the SRQ line is asserted.
    pub(super) fn requests_service(&self) -> bool {
        self.stations.values().any(|it| it.with(|link, _, _| link.has_request()))
    }

    /// Selected device clear.
    pub(super) fn clear(&self, at: Pad) {
        if let Some(desk) = self.station(at) {
            desk.with(|link, instrument, _| link.clear(instrument));
        }
    }

    /// Device clear of all.
    pub(super) fn clear_all(&self) {
        self.desks().for_each(|it| it.with(|link, instrument, _| link.clear(instrument)));
    }

    /// Interface clear.
    pub(super) fn interface_clear(&self) {
        self.desks().for_each(|it| it.with(|link, _, _| link.interface_clear()));
    }

    /// Group execute trigger.
    pub(super) fn trigger(&self, at: Pad) {
        if let Some(desk) = self.station(at) {
            desk.with(|link, instrument, until| link.trigger(instrument, until));
        }
    }

    /// The addresses at which somebody listens.
    pub(super) fn listeners(&self) -> impl Iterator<Item = u8> {
        self.stations.keys().copied()
    }

    /// The message exchanges with all of them.
    pub(super) fn desks(&self) -> impl Iterator<Item = &Arc<Desk>> {
        self.stations.values()
    }

    /// No instrument here has a secondary address.
    fn station(&self, at: Pad) -> Option<&Desk> {
        if at.secondary.is_some() {
            return None;
        }
        self.stations.get(&at.primary).map(AsRef::as_ref)
    }
}
