//! One instrument that several links share.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::sleep,
};

use super::{
    locks::Locks,
    pace::Pace,
    stream::{Manner, converse, lock},
};
use crate::instrument::Instrument;

/// How often time passes for an instrument that nobody talks to, where it is paced.
const TICK: Duration = Duration::from_millis(20);

/// An instrument, and the clock that it follows. Whoever has it can talk to the instrument: each
/// client has a session of its own, and between messages they take turns.
pub struct Host {
    instrument: Mutex<Instrument>,
    pub(super) pace: Option<Pace>,
    pub(super) clients: AtomicUsize,
    /// Who keeps others from the instrument, on the links that know locks.
    pub(super) locks: Locks,
}

/// One client more, as long as it lives.
struct Present<'h>(&'h AtomicUsize);

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Host {
    /// Takes in an instrument; without a pace its time is virtual.
    pub fn new(instrument: Instrument, pace: Option<Pace>) -> Arc<Host> {
        let instrument = Mutex::new(instrument);
        Arc::new(Host { instrument, pace, clients: AtomicUsize::new(0), locks: Locks::default() })
    }

    /// Does something with the instrument as it is now; whoever waits for it looks again.
    pub fn with<T>(&self, act: impl FnOnce(&mut Instrument) -> T) -> T {
        let mut instrument = lock(&self.instrument);
        if let Some(pace) = self.pace {
            instrument.advance(pace.now());
        }
        let result = act(&mut instrument);
        instrument.inbox().ring();
        result
    }

    /// Joins the trigger lines of two instruments: each pair is a line here and the line there;
    /// without pairs each line is joined to the one of the same number. False for a host and itself.
    pub fn join(&self, other: &Host, pairs: Option<&[(u32, u32)]>) -> bool {
        if std::ptr::eq(self, other) {
            return false;
        }
        let (mut one, mut other) = (lock(&self.instrument), lock(&other.instrument));
        match pairs {
            None => one.join(&mut other),
            Some(pairs) => one.join_lines(&mut other, pairs),
        }
        true
    }

    /// Lets the instrument go on while nobody talks to it: pulses on its trigger lines act, and, where
    /// it is paced, time passes. Never ends.
    pub async fn keep(&self) {
        let mut bell = lock(&self.instrument).inbox().listen();
        loop {
            tokio::select! {
                // The sender lives as long as the instrument, which this host holds.
                _ = bell.changed() => {}
                () = sleep(TICK), if self.pace.is_some() => {}
            }
            let mut instrument = lock(&self.instrument);
            match self.pace {
                Some(pace) => instrument.advance(pace.now()),
                None => instrument.tend(),
            }
        }
    }

    /// Answers one client of several, as [`serve`](super::serve) does the only one.
    ///
    /// # Errors
    /// Reading or writing the stream failed.
    pub async fn serve<S>(&self, stream: S) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.clients.fetch_add(1, Ordering::Relaxed);
        let present = Present(&self.clients);
        let manner = Manner { pace: self.pace, clients: Some(present.0) };
        converse(stream, &self.instrument, manner).await
    }

    /// The instrument, as long as nobody else has it.
    pub(super) fn instrument(&self) -> MutexGuard<'_, Instrument> {
        lock(&self.instrument)
    }

    /// Whether a connection that is made now is to be refused.
    pub(super) fn refuses_connection(&self) -> bool {
        lock(&self.instrument).refuses_connection()
    }
}
