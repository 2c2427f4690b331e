//! One client of a link that has messages: what carries its message exchange through time.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{host::Host, stream::lock};
use crate::instrument::{Delivery, Instrument, MessageLink, Taken};

/// What a client may have sent ahead of the instrument before it is read no further.
const AHEAD: usize = 128 * 1024;

/// How long replies that are to leave together wait for each other.
const TOGETHER: Duration = Duration::from_millis(200);

/// Where the message exchange of one client stands, and when it goes on by itself.
pub(super) struct Desk {
    host: Arc<Host>,
    seat: Mutex<Seat>,
    changed: watch::Sender<()>,
}

struct Seat {
    link: MessageLink,
    /// When the reply that is withheld comes.
    due: Option<Instant>,
    /// When the instrument has come further by itself.
    wake: Option<Instant>,
}

/// What has been read.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// At least one, unless the connections are to be closed.
    pub(super) bytes: Vec<u8>,
    /// END came with the last.
    pub(super) end: bool,
    /// The connections over which the instrument is reached are to be closed behind them.
    pub(super) closes: bool,
}

impl Part {
    /// The instrument is to talk: at most `most` bytes, and none behind one that is `stop`. `None`
    /// while there are none; then `asked` keeps that it has complained, which it does once.
    pub(super) fn take(
        link: &mut MessageLink,
        instrument: &mut Instrument,
        (most, stop): (usize, Option<u8>),
        asked: &mut bool,
    ) -> Option<Part> {
        let taken = link.take(most, stop);
        let closes = link.hangs_up();
        if taken.is_none() && !closes {
            *asked = *asked || link.wait(instrument);
            return None;
        }
        let Taken { bytes, end, .. } = taken.unwrap_or_default();
        Some(Part { bytes, end, closes })
    }
}

/// What others can see of an exchange.
type Glance = (bool, bool, bool, bool, u64, bool);

impl Desk {
    pub(super) fn new(host: Arc<Host>) -> Arc<Desk> {
        host.clients.fetch_add(1, Ordering::Relaxed);
        let seat = Mutex::new(Seat { link: MessageLink::default(), due: None, wake: None });
        let desk = Arc::new(Desk { host, seat, changed: watch::Sender::new(()) });
        desk.tend();
        desk
    }

    pub(super) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Does something with the exchange and the instrument, both as they are by now.
    pub(super) fn with<T>(
        &self,
        act: impl FnOnce(&mut MessageLink, &mut Instrument, Option<f64>) -> T,
    ) -> T {
        let mut seat = lock(&self.seat);
        let mut instrument = self.host.instrument();
        let glance = seat.glance();
        let messages = instrument.messages();
        self.settle(&mut seat, &mut instrument);
        seat.link.observe(&instrument);
        let until = self.host.pace.map(|it| it.now());
        let result = act(&mut seat.link, &mut instrument, until);
        self.settle(&mut seat, &mut instrument);
        seat.link.observe(&instrument);
        let wake = self.wake(&seat, &instrument);
        let before = std::mem::replace(&mut seat.wake, wake);
        // Whoever keeps the exchange going sleeps for too long now.
        let sooner = wake.is_some_and(|wake| before.is_none_or(|before| wake < before));
        if instrument.messages() != messages && self.host.clients.load(Ordering::Relaxed) > 1 {
            instrument.inbox().ring();
        }
        if sooner || seat.glance() != glance {
            self.changed.send_replace(());
        }
        result
    }

    /// Lets the exchange go on.
    pub(super) fn tend(&self) {
        self.with(|_, _, _| ());
    }

    /// Lets replies come whose time has come, and what waited behind them go on.
    fn settle(&self, seat: &mut Seat, instrument: &mut Instrument) {
        loop {
            seat.link.proceed(instrument, self.host.pace.map(|it| it.now()));
            let Some(delivery) = seat.link.withheld() else {
                seat.due = None;
                return;
            };
            let now = Instant::now();
            let due = *seat.due.get_or_insert_with(|| match delivery {
                Delivery::After(time) => now.checked_add(time).unwrap_or(now),
                Delivery::At(time) => {
                    self.host.pace.map_or(now, |it| it.instant(time.as_secs_f64()))
                }
                Delivery::Held => now + TOGETHER,
                Delivery::Now | Delivery::InPieces(_) | Delivery::ThenClose => now,
            });
            if due > now {
                return;
            }
            seat.due = None;
            seat.link.release(instrument);
        }
    }

    fn wake(&self, seat: &Seat, instrument: &Instrument) -> Option<Instant> {
        let waits = instrument.is_running() || instrument.is_ahead() && seat.link.has_work();
        // Not at once: the clock that wakes a task is no finer than this.
        let soonest = Instant::now() + Duration::from_millis(1);
        let further =
            self.host.pace.filter(|_| waits).map(|it| it.instant(instrument.time()).max(soonest));
        [seat.due, further].into_iter().flatten().min()
    }

    /// Whether the connections over which it is reached are to be closed now; said once.
    pub(super) fn hangs_up(&self) -> bool {
        self.with(|link, _, _| link.hangs_up())
    }

    /// Whether more may be written: not too much is ahead of the instrument.
    pub(super) fn is_hungry(&self) -> bool {
        lock(&self.seat).link.backlog() < AHEAD
    }

    /// Waits until more may be written, but not beyond the deadline; whether it may.
    pub(super) async fn is_hungry_by(&self, deadline: Instant) -> bool {
        self.wait(deadline, |link, _| (link.backlog() < AHEAD).then_some(())).await.is_some()
    }

    /// Rings when something has changed that a client may wait for.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Keeps the exchange going, for ever: in its time, and when the instrument's bell rings.
    pub(super) async fn keep(&self) -> Infallible {
        let mut bell = self.host.instrument().inbox().listen();
        let mut changed = self.listen();
        loop {
            self.tend();
            let wake = lock(&self.seat).wake;
            tokio::select! {
                // The senders live as long as the instrument and the desk.
                _ = bell.changed() => {}
                _ = changed.changed() => {}
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
    }

    /// Waits until `look` finds something, but not beyond the deadline. Somebody has to
    /// [`keep`](Desk::keep) the exchange going.
    pub(super) async fn wait<T>(
        &self,
        deadline: Instant,
        mut look: impl FnMut(&mut MessageLink, &mut Instrument) -> Option<T>,
    ) -> Option<T> {
        let mut changed = self.listen();
        loop {
            if let Some(found) = self.with(|link, instrument, _| look(link, instrument)) {
                return Some(found);
            }
            tokio::select! {
                _ = changed.changed() => {}
                () = sleep_until(deadline) => {
                    return self.with(|link, instrument, _| look(link, instrument));
                }
            }
        }
    }
}

impl Seat {
    fn glance(&self) -> Glance {
        let link = &self.link;
        let hungry = link.backlog() < AHEAD;
        let (available, closing) = (link.message_available(), link.is_closing());
        let (requests, untold) = (link.has_request(), link.has_untold());
        (available, closing, requests, untold, link.discarded(), hungry)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.host.clients.fetch_sub(1, Ordering::Relaxed);
        let mut instrument = self.host.instrument();
        lock(&self.seat).link.leave(&mut instrument);
        instrument.inbox().ring();
    }
}

/// A point in time so many milliseconds from now.
pub(super) fn deadline(milliseconds: u32) -> Instant {
    Instant::now() + Duration::from_millis(milliseconds.into())
}
