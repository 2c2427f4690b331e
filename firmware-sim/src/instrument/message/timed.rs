//! The message exchange where time matters: replies that come late, or piece by piece, or in paced
//! time, and clients who do not wait for them.
//!
//! A link that serves clients gives bytes to [`MessageLink::submit`], takes replies by
//! [`MessageLink::take`], and calls [`MessageLink::proceed`] when time has passed or the instrument's
//! bell has rung. While a reply is [`withheld`](MessageLink::withheld) what comes behind it waits,
//! as in an instrument that is busy; the link lets it go by [`MessageLink::release`].

use std::collections::VecDeque;

use super::MessageLink;
use crate::{
    engine::code::GET_NOT_ALLOWED,
    instrument::{Delivery, Instrument},
};

/// What is on its way, in and out.
#[derive(Default)]
pub(super) struct Timing {
    /// Replies on their way into the output queue.
    pub(super) coming: Option<(Vec<Vec<u8>>, Delivery)>,
    /// What was written and is not looked at; whether an END is at its end.
    ahead: VecDeque<(Vec<u8>, bool)>,
    /// A message has begun whose end the instrument has not seen.
    in_message: bool,
    /// A reply was formed that will never end.
    pub(super) lost: bool,
    /// The port hangs: it listens no more.
    hangs: bool,
    /// The connection ends behind what is in the output queue.
    closing: bool,
    power_cycles: Option<u64>,
}

impl MessageLink {
    /// Takes bytes as [`write`](MessageLink::write) does, and does what can be done until so much
    /// simulated time has passed since power-on; without a time everything can.
    pub fn submit(
        &mut self,
        instrument: &mut Instrument,
        until: Option<f64>,
        bytes: &[u8],
        end: bool,
    ) {
        // No bytes are no message, but they can end one.
        let says = !bytes.is_empty() || end && self.is_open();
        if says && !self.timing.hangs {
            self.timing.ahead.push_back((bytes.to_vec(), end));
        }
        self.proceed(instrument, until);
    }

    /// Whether a message has begun and its end was not written.
    fn is_open(&self) -> bool {
        let Timing { ahead, in_message, .. } = &self.timing;
        ahead.back().map_or(*in_message, |it| !it.1 && !it.0.ends_with(b"\n"))
    }

    /// A trigger of the link's own (GET of IEEE 488.1): what `*TRG` does, in its place among the
    /// messages. In the middle of a message, which is forgotten, it is an error (-105, GET not
    /// allowed).
    pub fn trigger(&mut self, instrument: &mut Instrument, until: Option<f64>) {
        if self.timing.hangs {
            return;
        }
        if self.is_open() {
            instrument.firmware.raise(GET_NOT_ALLOWED);
            self.forget_unfinished();
        } else {
            self.submit(instrument, until, b"*TRG", true);
        }
    }

    /// The instrument is to talk: one that cannot do so in the middle of a message hangs.
    pub fn hang_if_unfinished(&mut self, instrument: &Instrument) {
        let silent = self.output.is_empty() && self.timing.coming.is_none();
        self.timing.hangs |= silent && self.is_open() && instrument.firmware.hangs_unterminated();
    }

    /// Interface clear: a port that hangs is free again, and its unfinished message forgotten.
    pub fn interface_clear(&mut self) {
        if std::mem::take(&mut self.timing.hangs) {
            self.forget_unfinished();
        }
    }

    /// Goes on: time has passed, or something has happened.
    pub fn proceed(&mut self, instrument: &mut Instrument, until: Option<f64>) {
        self.session.by_message = true;
        self.notice(instrument);
        loop {
            let blocked = matches!(&self.timing.coming, Some((_, it)) if *it != Delivery::Held);
            if blocked || self.output.is_full() || self.timing.closing {
                return;
            }
            if self.step(instrument, until) {
                continue;
            }
            if self.session.has_lines() {
                return;
            }
            let Some((bytes, end)) = self.next_piece() else { return };
            if !self.timing.in_message {
                self.timing.lost = false;
                self.interrupt(instrument);
            }
            self.timing.in_message = !(end || bytes.ends_with(b"\n"));
            self.session.input.extend(&bytes);
            if end {
                self.session.input.end();
            }
        }
    }

    /// The next line that was written, or what there is of it.
    fn next_piece(&mut self) -> Option<(Vec<u8>, bool)> {
        let (mut bytes, end) = self.timing.ahead.pop_front()?;
        if let Some(feed) = bytes.iter().position(|it| *it == b'\n')
            && feed + 1 < bytes.len()
        {
            let rest = bytes.split_off(feed + 1);
            self.timing.ahead.push_front((rest, end));
            return Some((bytes, false));
        }
        Some((bytes, end))
    }

    /// Lets the instrument work on until a reply comes; whether one has.
    fn step(&mut self, instrument: &mut Instrument, until: Option<f64>) -> bool {
        let count = instrument.faults.replies();
        let held = self.session.reply_and_held().1.clone();
        let mut reply = Vec::new();
        let delivery = match until {
            None => instrument.attend(&mut self.session, b"", &mut reply),
            Some(until) => instrument.attend_at(until, &mut self.session, b"", &mut reply),
        };
        self.notice(instrument);
        self.timing.closing |= delivery == Delivery::ThenClose;
        if reply.is_empty() {
            // Swallowed, or late: somebody who waits for it has asked for something.
            self.timing.lost |= instrument.faults.replies() != count;
            return false;
        }
        let mut replies = self.timing.coming.take().map(|it| it.0).unwrap_or_default();
        // One that left in front of another is one of its own, with an end of its own.
        let own = if reply.starts_with(&held) { reply.split_off(held.len()) } else { Vec::new() };
        replies.extend([reply, own].into_iter().filter(|it| !it.is_empty()));
        let has_come = match delivery {
            Delivery::Now | Delivery::ThenClose => true,
            Delivery::At(time) => until.is_none_or(|until| time.as_secs_f64() <= until),
            Delivery::After(_) | Delivery::InPieces(_) | Delivery::Held => false,
        };
        if has_come {
            self.arrive(instrument, &replies, 1);
        } else {
            self.timing.coming = Some((replies, delivery));
        }
        true
    }

    /// Takes note of what has happened to the instrument since.
    fn notice(&mut self, instrument: &Instrument) {
        if instrument.has_hung_up_on(&mut self.session) {
            self.forget();
            self.timing.closing = true;
        }
        let now = instrument.power_cycles();
        if self.timing.power_cycles.replace(now).is_some_and(|before| before != now) {
            self.forget();
        }
    }

    /// Forgets all replies and what was written.
    pub(super) fn forget(&mut self) {
        let Timing { power_cycles, closing, .. } = self.timing;
        self.timing = Timing { power_cycles, closing, ..Timing::default() };
        self.output.forget();
    }

    /// Forgets the message whose end was not written.
    pub(super) fn forget_unfinished(&mut self) {
        let Timing { ahead, in_message, .. } = &mut self.timing;
        while let Some((bytes, end)) = ahead.back_mut()
            && !*end
        {
            let whole = bytes.iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
            bytes.truncate(whole);
            if whole > 0 {
                return;
            }
            ahead.pop_back();
        }
        if ahead.is_empty() {
            *in_message = false;
            self.session.forget_line();
        }
    }

    /// Whether something was asked that may be answered.
    pub(super) fn expects(&self) -> bool {
        let Timing { ahead, lost, hangs, .. } = &self.timing;
        let whole = ahead.iter().any(|it| it.1 || it.0.contains(&b'\n'));
        whole || *lost || *hangs || self.session.has_work()
    }

    /// Whether the connection is to be closed: behind what there is of a reply, or at once.
    pub fn is_closing(&self) -> bool {
        self.timing.closing
    }

    /// Whether all connections are to be closed now. Said once: the next finds the link open, and
    /// nothing left of what was said before.
    pub fn hangs_up(&mut self) -> bool {
        let over = self.timing.closing && !self.message_available();
        if over {
            self.timing.closing = false;
            self.forget();
        }
        over
    }

    /// How many bytes were written and are not done.
    pub fn backlog(&self) -> usize {
        let ahead: usize = self.timing.ahead.iter().map(|it| it.0.len()).sum();
        self.session.backlog() + ahead
    }

    /// Whether something was written that is not done.
    pub fn has_work(&self) -> bool {
        self.session.has_work() || !self.timing.ahead.is_empty()
    }

    /// What the client has left to be done goes on without it.
    pub(crate) fn leave(&mut self, instrument: &mut Instrument) {
        for (bytes, end) in std::mem::take(&mut self.timing.ahead) {
            self.session.input.extend(&bytes);
            if end {
                self.session.input.end();
            }
        }
        self.session.by_message = false;
        instrument.leave(std::mem::take(&mut self.session));
    }
}
