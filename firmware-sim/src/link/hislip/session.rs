//! What the two channels of a session share.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{mpsc, watch};

use super::message::{Header, Kind};
use crate::link::{desk::Desk, host::Host, stream::lock};

/// MessageIDs begin here (IVI-6.1, section 3.1.2) and go up by two.
pub(super) const FIRST: u32 = 0xffff_ff00;
pub(super) const STEP: u32 = 2;

/// Replies are cut into messages of this payload until the client has said what it takes.
/// UNVERIFIED: whether the standard has a default for it.
const UNTIL_AGREED: u64 = 1 << 20;

const MESSAGE_AVAILABLE: u8 = 1 << 4;

/// One client.
pub(super) struct Session {
    pub(super) id: u16,
    pub(super) desk: Arc<Desk>,
    /// What it is called among those who hold locks.
    pub(super) holder: u64,
    state: Mutex<State>,
    /// The most bytes of a payload that the client takes.
    largest: AtomicU64,
    notices: mpsc::UnboundedSender<Vec<u8>>,
    unopened: Mutex<Option<mpsc::UnboundedReceiver<Vec<u8>>>>,
    progress: watch::Sender<Progress>,
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(super) enum Progress {
    Begun,
    Established,
    Ended,
}

#[derive(Clone, Copy)]
struct State {
    overlapped: bool,
    /// A device clear has begun: messages are ignored until DeviceClearComplete.
    clearing: bool,
    /// The MessageID of the last message that came.
    received: u32,
    /// The MessageID of the last message that was sent in overlapped mode.
    sent: u32,
}

impl Session {
    pub(super) fn new(id: u16, host: &Arc<Host>, overlapped: bool) -> Session {
        let (notices, unopened) = mpsc::unbounded_channel();
        let desk = Desk::new(Arc::clone(host));
        desk.with(|it, _, _| it.overlap(overlapped));
        Session {
            id,
            desk,
            holder: host.locks.newcomer(),
            state: Mutex::new(State::new(overlapped)),
            largest: AtomicU64::new(UNTIL_AGREED),
            notices,
            unopened: Mutex::new(Some(unopened)),
            progress: watch::Sender::new(Progress::Begun),
        }
    }

    pub(super) fn host(&self) -> &Arc<Host> {
        self.desk.host()
    }

    /// What is to be sent on the asynchronous channel; `None` when there is one already.
    pub(super) fn open_asynchronous(&self) -> Option<mpsc::UnboundedReceiver<Vec<u8>>> {
        lock(&self.unopened).take()
    }

    /// Both channels are there.
    pub(super) fn established(&self) {
        self.progress.send_if_modified(|it| {
            let begun = *it == Progress::Begun;
            if begun {
                *it = Progress::Established;
            }
            begun
        });
    }

    pub(super) fn is_established(&self) -> bool {
        *self.progress.borrow() == Progress::Established
    }

    /// Both channels end.
    pub(super) fn end(&self) {
        self.progress.send_replace(Progress::Ended);
        self.host().locks.forget(self.holder);
    }

    /// Waits for the end.
    pub(super) async fn ended(&self) {
        let mut progress = self.progress.subscribe();
        // The sender lives as long as the session.
        let _ = progress.wait_for(|it| *it == Progress::Ended).await;
    }

    /// Sends on the asynchronous channel.
    pub(super) fn notify(&self, message: Vec<u8>) {
        // Where it has gone the session ends.
        let _ = self.notices.send(message);
    }

    /// The client takes payloads of so many bytes.
    pub(super) fn agree(&self, largest: u64) {
        self.largest.store(largest.max(1), Ordering::Relaxed);
    }

    /// The most bytes of one payload. Some count the header in.
    pub(super) fn largest(&self) -> usize {
        let largest = self.largest.load(Ordering::Relaxed);
        let without = largest.saturating_sub(super::message::HEADER as u64).max(1);
        usize::try_from(without).unwrap_or(usize::MAX)
    }

    pub(super) fn is_clearing(&self) -> bool {
        lock(&self.state).clearing
    }

    /// A device clear begins (section 6.12): everything on its way is forgotten.
    pub(super) fn begin_clear(&self) {
        lock(&self.state).clearing = true;
        self.desk.with(|it, instrument, _| it.clear(instrument));
    }

    /// It ends, and with it begins the mode that the client wants.
    pub(super) fn end_clear(&self, overlapped: bool) {
        self.desk.with(|it, instrument, _| {
            it.clear(instrument);
            it.overlap(overlapped);
        });
        *lock(&self.state) = State::new(overlapped);
    }

    /// A message with this MessageID has come; `delivered` where the client has read the reply that
    /// was sent last (section 3.1.1).
    pub(super) fn received(&self, id: u32, delivered: bool) {
        lock(&self.state).received = id;
        if delivered {
            self.desk.with(|it, _, _| it.delivered());
        }
    }

    /// The MessageID of what is sent now: that of the message that it answers, or, in overlapped
    /// mode, the server's own (section 3.2.1).
    pub(super) fn stamp(&self) -> u32 {
        let mut state = lock(&self.state);
        if state.overlapped {
            state.sent = state.sent.wrapping_add(STEP);
            return state.sent;
        }
        state.received
    }

    /// The MessageID of the last message that came.
    pub(super) fn last_received(&self) -> u32 {
        lock(&self.state).received
    }

    /// The status byte for an AsyncStatusQuery (sections 6.14.1 and 6.14.2): no message is available
    /// where the client has said more, or read more, than has come here.
    pub(super) fn status(&self, id: u32, delivered: bool) -> u8 {
        let state = *lock(&self.state);
        self.desk.with(|it, instrument, _| {
            if delivered {
                it.delivered();
            }
            let status = it.serial_poll(instrument);
            let available = if state.overlapped {
                id != state.sent || it.message_available()
            } else {
                // Some clients name the message that they will send next.
                let current = id == state.received || id == state.received.wrapping_add(STEP);
                current && it.message_available()
            };
            let bit = if available { MESSAGE_AVAILABLE } else { 0 };
            status & !MESSAGE_AVAILABLE | bit
        })
    }

    /// Tells the client of a service request, where there is one.
    pub(super) fn request_service(&self) {
        const REQUEST: u8 = 1 << 6;
        let status = self.desk.with(|it, instrument, _| {
            it.take_request().then(|| it.status_byte(instrument) | REQUEST)
        });
        if let Some(status) = status {
            self.notify(Header::new(Kind::ASYNC_SERVICE_REQUEST, status, 0).with(b""));
        }
    }
}

impl State {
    fn new(overlapped: bool) -> State {
        let before = FIRST.wrapping_sub(STEP);
        State { overlapped, clearing: false, received: before, sent: before }
    }
}
