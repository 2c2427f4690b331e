//! Locks: who keeps others from an instrument, on the links that know of locks (VXI-11, section
//! B.4.2; IVI-6.1, section 6.5). They are the instrument's, so a client of one link keeps off those
//! of another.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::stream::lock;

/// The locks of one instrument.
pub(super) struct Locks {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    newcomers: AtomicU64,
}

#[derive(Default)]
struct State {
    exclusive: Option<u64>,
    /// Those who share a lock, and its name.
    sharers: BTreeSet<u64>,
    key: Vec<u8>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Granted,
    /// Others have it; waiting may help.
    Taken,
    /// The asker has it already; waiting does not help.
    Held,
}

/// What was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Released {
    Exclusive,
    Shared,
}

impl Default for Locks {
    fn default() -> Self {
        Locks {
            state: Mutex::default(),
            changed: watch::Sender::new(()),
            newcomers: AtomicU64::new(0),
        }
    }
}

impl Locks {
    /// A number for one who may hold a lock.
    pub(super) fn newcomer(&self) -> u64 {
        self.newcomers.fetch_add(1, Ordering::Relaxed)
    }

    /// Asks for the lock that keeps off everybody else.
    pub(super) fn exclusive(&self, who: u64) -> Request {
        let mut state = lock(&self.state);
        match state.exclusive {
            Some(holder) if holder == who => Request::Held,
            Some(_) => Request::Taken,
            None if !state.sharers.is_empty() && !state.sharers.contains(&who) => Request::Taken,
            None => {
                state.exclusive = Some(who);
                self.changed.send_replace(());
                Request::Granted
            }
        }
    }

    /// Asks for the lock of this name that several may share.
    pub(super) fn shared(&self, who: u64, key: &[u8]) -> Request {
        let mut state = lock(&self.state);
        if state.sharers.contains(&who) || state.exclusive == Some(who) {
            return Request::Held;
        }
        let free = state.sharers.is_empty() && state.exclusive.is_none();
        if !free && (state.sharers.is_empty() || state.key != key) {
            return Request::Taken;
        }
        state.key = key.to_vec();
        state.sharers.insert(who);
        self.changed.send_replace(());
        Request::Granted
    }

    /// Gives a lock back, the exclusive one first; `None` where there is none.
    pub(super) fn release(&self, who: u64) -> Option<Released> {
        let mut state = lock(&self.state);
        let released = if state.exclusive == Some(who) {
            state.exclusive = None;
            Released::Exclusive
        } else if state.sharers.remove(&who) {
            Released::Shared
        } else {
            return None;
        };
        self.changed.send_replace(());
        Some(released)
    }

    /// One who may have held locks has gone.
    pub(super) fn forget(&self, who: u64) {
        while self.release(who).is_some() {}
    }

    /// Whether nobody's lock keeps this one off.
    pub(super) fn admits(&self, who: u64) -> bool {
        let state = lock(&self.state);
        match state.exclusive {
            Some(holder) => holder == who,
            None => state.sharers.is_empty() || state.sharers.contains(&who),
        }
    }

    /// Whether there is an exclusive lock, and how many hold any.
    pub(super) fn holders(&self) -> (bool, usize) {
        let state = lock(&self.state);
        let alone = state.exclusive.is_some_and(|it| !state.sharers.contains(&it));
        (state.exclusive.is_some(), state.sharers.len() + usize::from(alone))
    }

    /// Rings when a lock was given or given back.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Waits until `look` finds something, but not beyond the deadline.
    pub(super) async fn wait<T>(
        &self,
        deadline: Instant,
        mut look: impl FnMut(&Locks) -> Option<T>,
    ) -> Option<T> {
        let mut changed = self.listen();
        loop {
            if let Some(found) = look(self) {
                return Some(found);
            }
            tokio::select! {
                _ = changed.changed() => {}
                () = sleep_until(deadline) => return look(self),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_keeps_off_all_but_those_who_hold_it() {
        let locks = Locks::default();
        let [a, b, c] = [0, 1, 2].map(|_| locks.newcomer());
        assert_eq!(locks.exclusive(a), Request::Granted);
        assert_eq!(locks.exclusive(a), Request::Held);
        assert_eq!((locks.exclusive(b), locks.shared(b, b"k")), (Request::Taken, Request::Taken));
        assert_eq!((locks.admits(a), locks.admits(b)), (true, false));
        assert_eq!((locks.release(b), locks.release(a)), (None, Some(Released::Exclusive)));
        assert_eq!(locks.shared(a, b"k"), Request::Granted);
        assert_eq!(locks.shared(b, b"other"), Request::Taken);
        assert_eq!(locks.shared(b, b"k"), Request::Granted);
        assert_eq!((locks.admits(b), locks.admits(c), locks.holders()), (true, false, (false, 2)));
        // One of those who share may have it alone for a while.
        assert_eq!((locks.exclusive(c), locks.exclusive(a)), (Request::Taken, Request::Granted));
        assert_eq!((locks.admits(b), locks.holders()), (false, (true, 2)));
        assert_eq!(locks.release(a), Some(Released::Exclusive));
        assert_eq!(locks.release(a), Some(Released::Shared));
        locks.forget(b);
        assert_eq!((locks.admits(c), locks.holders()), (true, (false, 0)));
    }
}
