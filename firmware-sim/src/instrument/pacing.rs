//! Time that is told from outside.

use std::time::Duration;

use super::{Delivery, Instrument, Session};

/// A run that a planned fault may strike goes on in steps, at most so many at once; more are
/// taken when it is asked again.
const STEPS: usize = 1_000_000;

impl Instrument {
    /// Lets simulated time pass until `until`, in seconds since power-on, and what runs go on to
    /// there and no further: from now on time passes as it is told to from outside.
    pub fn advance(&mut self, until: f64) {
        self.horizon = until;
        self.run();
        if !self.left.is_empty() {
            self.finish_left();
        }
        while !self.firmware.is_running() && self.firmware.now() < until {
            let next = self.faults.next_time().map_or(until, |it| it.min(until));
            self.firmware.pass((next - self.firmware.now()).max(0.0));
            self.suffer();
        }
    }

    /// Takes bytes that have come at `until`, in seconds since power-on: what came before them is
    /// done first, and time that nothing needed passes in idleness.
    ///
    /// A message is not begun before its time, and each reply is said to leave
    /// [`At`](Delivery::At) its own, which [`attend`](Instrument::attend) does not care for. While [`is_ahead`](Instrument::is_ahead) is true
    /// afterwards, more may be done when the time has come.
    pub fn attend_at(
        &mut self,
        until: f64,
        session: &mut Session,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Delivery {
        self.horizon = until;
        self.keeps_time = true;
        let mut delivery = self.attend(session, b"", out);
        let backlog = session.has_lines();
        session.input.extend(bytes);
        if delivery == Delivery::Now && !backlog {
            self.advance(until);
            delivery = self.attend(session, b"", out);
        }
        self.keeps_time = false;
        delivery
    }

    /// Lets time pass that the link takes; what runs goes on meanwhile.
    pub(crate) fn pass(&mut self, seconds: f64) {
        if self.firmware.is_running() {
            self.firmware.run(self.firmware.now() + seconds);
        } else {
            self.firmware.pass(seconds);
        }
    }

    /// Lets what needs no client go on: what pulses on trigger lines have set going, and what
    /// clients that have gone left to be done.
    pub(crate) fn tend(&mut self) {
        self.run();
        if !self.left.is_empty() {
            self.finish_left();
        }
    }

    /// Whether what has been done took longer than the time that has passed outside.
    pub fn is_ahead(&self) -> bool {
        self.firmware.now() > self.horizon
    }

    /// A reply leaves when the time has come at which it was formed.
    pub(super) fn paced(&self, delivery: Delivery) -> Delivery {
        if !self.keeps_time || delivery != Delivery::Now {
            return delivery;
        }
        Duration::try_from_secs_f64(self.firmware.now()).map_or(delivery, Delivery::At)
    }

    /// Lets what runs go on, or what waited for an event that has come, and faults strike in the
    /// middle of it. What runs without end and without a clock outside goes on with units only, so
    /// that it does not show how their bytes were cut.
    pub(super) fn run(&mut self) {
        let mut stepped = false;
        for _ in 0..STEPS {
            if !self.faults.watches_runs() {
                break;
            }
            self.suffer();
            if self.firmware.now() >= self.horizon {
                return;
            }
            // The smallest horizon ahead: one step. What waits for an event takes it only if the
            // event has come.
            let step = self.firmware.now().next_up();
            self.firmware.run(step);
            if !self.firmware.is_running() {
                self.suffer();
                return;
            }
            stepped = true;
        }
        let goes_on = stepped || self.horizon.is_finite() || !self.firmware.is_running();
        if goes_on && !self.faults.watches_runs() {
            self.firmware.run(self.horizon);
        }
    }
}
