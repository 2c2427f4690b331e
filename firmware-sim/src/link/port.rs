//! An instrument's end of a link that has messages, on the clock of its host.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::host::Host;
use crate::instrument::{Due, Instrument, Talk, TimedLink};

const REQUEST_SERVICE: u8 = 1 << 6;

/// The interface of one instrument: GPIB or USB.
pub(super) struct Port {
    host: Arc<Host>,
    link: TimedLink,
    bell: watch::Receiver<()>,
    /// When the instrument has come further by itself.
    wake: Option<Instant>,
    /// The master summary, when it was looked at last.
    summary: bool,
    /// The instrument asks for service, and was not polled since.
    requests: bool,
}

/// What has been read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// At least one, unless the connection is closed.
    pub(super) bytes: Vec<u8>,
    /// END came with the last.
    pub(super) end: bool,
    /// All connections are closed behind them.
    pub(super) closes: bool,
}

impl Port {
    pub(super) fn new(host: Arc<Host>) -> Port {
        let bell = host.instrument().inbox().listen();
        let link = TimedLink::default();
        Port { host, link, bell, wake: None, summary: false, requests: false }
    }

    /// The instrument listens.
    pub(super) fn write(&mut self, bytes: &[u8], end: bool) {
        self.with(|link, instrument, now| link.write(instrument, now, bytes, end));
    }

    /// The instrument talks: at most `most` bytes, and none behind one that is `stop`. Waits until
    /// there is something, for ever where nothing was asked; then `asked` keeps that it has complained.
    ///
    /// Dropping the future loses nothing.
    pub(super) async fn read(&mut self, most: usize, stop: Option<u8>, asked: &mut bool) -> Part {
        loop {
            if let Some(part) = self.try_read(most, stop, asked) {
                return part;
            }
            self.change().await;
        }
    }

    /// The same, without waiting.
    pub(super) fn try_read(
        &mut self,
        most: usize,
        stop: Option<u8>,
        asked: &mut bool,
    ) -> Option<Part> {
        let again = *asked;
        match self.with(|link, it, now| link.read(it, now, most, stop, again)) {
            Talk::Bytes { bytes, end, closes } => {
                *asked = false;
                return Some(Part { bytes, end, closes });
            }
            Talk::Later if self.link.has_hung_up() => {
                return Some(Part { bytes: Vec::new(), end: false, closes: true });
            }
            Talk::Later => {}
            Talk::Nothing => *asked = true,
        }
        None
    }

    /// Something may have changed: a pulse, a fault, a client, or time.
    async fn change(&mut self) {
        let wake = self.wake;
        tokio::select! {
            // The sender lives as long as the instrument, which the host holds.
            _ = self.bell.changed() => {}
            () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
        }
    }

    /// Rings when something may have changed.
    pub(super) fn bell(&self) -> watch::Receiver<()> {
        self.bell.clone()
    }

    /// Lets what waits go on.
    pub(super) fn attend(&mut self) {
        self.with(|link, instrument, now| link.attend(instrument, now, b""));
    }

    /// When it may have come further without a bell.
    pub(super) fn wake(&self) -> Option<Instant> {
        self.wake
    }

    /// From now on replies that were not read wait, and are not lost to the next message.
    pub(super) fn keep_unread(&mut self) {
        self.link.keep_unread();
    }

    /// Serial poll: the status byte, with the request for service in bit 6, which that ends.
    pub(super) fn poll(&mut self) -> u8 {
        let status = self.status();
        let requests = std::mem::take(&mut self.requests);
        status & !REQUEST_SERVICE | if requests { REQUEST_SERVICE } else { 0 }
    }

    /// The status byte, with the master summary in bit 6.
    pub(super) fn status(&mut self) -> u8 {
        self.with(|link, instrument, now| {
            link.attend(instrument, now, b"");
            link.status_byte(instrument)
        })
    }

    /// Whether the instrument asks for service and was not polled since.
    pub(super) fn requests_service(&mut self) -> bool {
        self.attend();
        self.requests
    }

    /// Device clear.
    pub(super) fn clear(&mut self) {
        self.with(|link, instrument, _| link.clear(instrument));
    }

    /// Interface clear.
    pub(super) fn interface_clear(&mut self) {
        self.link.interface_clear();
    }

    /// Group execute trigger.
    pub(super) fn trigger(&mut self) {
        self.with(|link, instrument, now| link.trigger(instrument, now));
    }

    /// Whether all connections are to be closed; said once.
    pub(super) fn hangs_up(&mut self) -> bool {
        self.link.hangs_up()
    }

    /// Whether a connection that is made now is to be refused.
    pub(super) fn refuses_connection(&self) -> bool {
        self.host.refuses_connection()
    }

    fn with<T>(
        &mut self,
        act: impl FnOnce(&mut TimedLink, &mut Instrument, Option<f64>) -> T,
    ) -> T {
        let pace = self.host.pace;
        let mut instrument = self.host.instrument();
        let before = instrument.messages();
        let result = act(&mut self.link, &mut instrument, pace.map(|it| it.now()));
        let works = instrument.is_running() || instrument.is_ahead() && self.link.has_work();
        let works = pace.filter(|_| works).map(|pace| pace.instant(instrument.time()));
        let due = self.link.next_due().and_then(|it| match it {
            Due::Real(time) => Some(time),
            Due::Simulated(time) => pace.map(|pace| pace.instant(time)),
        });
        // The clock that wakes a task is no finer than this.
        let soonest = Instant::now() + Duration::from_millis(1);
        self.wake = [works, due].into_iter().flatten().min().map(|it| it.max(soonest));
        let summary = self.link.status_byte(&instrument) & REQUEST_SERVICE != 0;
        self.requests = summary && (self.requests || !self.summary);
        self.summary = summary;
        if instrument.messages() != before {
            instrument.inbox().ring();
        }
        result
    }
}
