//! Trigger lines between instruments: pulses with the simulated time at which they fall.
//!
//! Instruments that are joined by a cable run on clocks of their own. A pulse carries its time, and
//! whoever waits for it goes on at that time or at its own, whichever is later; so a hand-shake
//! keeps two clocks together without either waiting for the other.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

/// More pulses than this are never left waiting; the oldest are forgotten.
const WAITING: usize = 4096;

/// A falling edge on a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pulse {
    /// The number of the line, at the receiver.
    pub(crate) line: u32,
    /// Seconds of simulated time.
    pub(crate) at: f64,
}

/// The pulses that have reached one instrument, and the bell that wakes all who serve it.
#[derive(Default)]
pub(crate) struct Inbox {
    pulses: Mutex<VecDeque<Pulse>>,
    bell: watch::Sender<()>,
}

impl Inbox {
    fn put(&self, pulse: Pulse) {
        let mut pulses = self.pulses.lock().unwrap_or_else(PoisonError::into_inner);
        if pulses.len() == WAITING {
            pulses.pop_front();
        }
        pulses.push_back(pulse);
        drop(pulses);
        self.ring();
    }

    /// Wakes all who listen.
    pub(crate) fn ring(&self) {
        self.bell.send_replace(());
    }

    /// Changes whenever a pulse arrives.
    pub(crate) fn listen(&self) -> watch::Receiver<()> {
        self.bell.subscribe()
    }
}

/// The other end of a cable.
#[derive(Clone)]
struct Peer {
    inbox: Arc<Inbox>,
    /// Which line here is which there; `None`: each is the one of the same number.
    lines: Option<Vec<(u32, u32)>>,
}

impl Peer {
    /// The line there that is `line` here.
    fn line(&self, line: u32) -> Option<u32> {
        match &self.lines {
            None => Some(line),
            Some(pairs) => pairs.iter().find(|it| it.0 == line).map(|it| it.1),
        }
    }
}

/// An instrument's end of its cables.
#[derive(Clone, Default)]
pub(crate) struct Connector {
    inbox: Arc<Inbox>,
    peers: Vec<Peer>,
}

impl Connector {
    /// Joins the lines of two instruments, each to the one of the same number.
    pub(crate) fn join(&mut self, other: &mut Connector) {
        self.peers.push(Peer { inbox: other.inbox.clone(), lines: None });
        other.peers.push(Peer { inbox: self.inbox.clone(), lines: None });
    }

    /// Joins single lines: each pair is one here and the one there.
    pub(crate) fn join_lines(&mut self, other: &mut Connector, pairs: &[(u32, u32)]) {
        let back = pairs.iter().map(|it| (it.1, it.0)).collect();
        self.peers.push(Peer { inbox: other.inbox.clone(), lines: Some(pairs.to_vec()) });
        other.peers.push(Peer { inbox: self.inbox.clone(), lines: Some(back) });
    }

    /// The pulses that arrive here.
    pub(crate) fn inbox(&self) -> Arc<Inbox> {
        self.inbox.clone()
    }

    /// Pulls a line down for a moment, at `at` seconds of simulated time.
    pub(crate) fn pulse(&self, line: u32, at: f64) {
        for peer in &self.peers {
            if let Some(line) = peer.line(line) {
                peer.inbox.put(Pulse { line, at });
            }
        }
    }

    /// Takes the oldest pulse that has come on `line`; its time.
    pub(crate) fn take(&self, line: u32) -> Option<f64> {
        let mut pulses = self.inbox.pulses.lock().unwrap_or_else(PoisonError::into_inner);
        let index = pulses.iter().position(|it| it.line == line)?;
        pulses.remove(index).map(|it| it.at)
    }

    /// Whether a pulse has come on `line` and was not taken.
    pub(crate) fn has(&self, line: u32) -> bool {
        let pulses = self.inbox.pulses.lock().unwrap_or_else(PoisonError::into_inner);
        pulses.iter().any(|it| it.line == line)
    }

    /// The same for an input that holds one pulse: of those that had come by `now` only one
    /// counts, and the others are missed.
    pub(crate) fn take_latched(&self, line: u32, now: f64) -> Option<f64> {
        let first = self.take(line)?;
        if first <= now {
            let mut pulses = self.inbox.pulses.lock().unwrap_or_else(PoisonError::into_inner);
            pulses.retain(|it| it.line != line || it.at > now);
        }
        Some(first)
    }

    /// Forgets what has come.
    pub(crate) fn forget(&self) {
        self.inbox.pulses.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_reaches_the_other_end_with_its_time_and_only_once() {
        let (mut one, mut other) = (Connector::default(), Connector::default());
        one.join(&mut other);
        one.pulse(2, 0.5);
        assert_eq!(one.take(2), None);
        assert_eq!(other.take(1), None);
        assert!(other.has(2) && !other.has(1));
        assert_eq!(other.take(2), Some(0.5));
        assert!(!other.has(2));
        assert_eq!(other.take(2), None);
    }

    #[test]
    fn of_the_pulses_that_came_while_nobody_waited_one_counts() {
        let (mut one, mut other) = (Connector::default(), Connector::default());
        one.join(&mut other);
        for at in [0.1, 0.2, 0.3, 0.5] {
            one.pulse(1, at);
        }
        assert_eq!(other.take_latched(1, 0.4), Some(0.1));
        assert_eq!(other.take_latched(1, 0.45), Some(0.5));
        assert_eq!(other.take_latched(1, 0.6), None);
    }

    #[test]
    fn a_cable_may_lead_one_line_to_another_and_back() {
        let (mut one, mut other) = (Connector::default(), Connector::default());
        one.join_lines(&mut other, &[(2, 1)]);
        one.pulse(2, 0.5);
        one.pulse(1, 0.6);
        assert_eq!(other.take(1), Some(0.5));
        assert_eq!(other.take(1), None);
        other.pulse(1, 0.7);
        assert_eq!(one.take(2), Some(0.7));
    }
}
