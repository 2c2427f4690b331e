//! The message exchange of IEEE 488.2 where time matters: replies that come late, or piece by
//! piece, or in paced time, and clients who do not wait for them.
//!
//! A link that serves clients gives bytes to [`MessageLink::submit`], takes replies by
//! [`MessageLink::take`], and calls [`MessageLink::proceed`] when time has passed or the instrument's
//! bell has rung. While a reply is [`withheld`](MessageLink::withheld) what comes behind it waits,
//! as in an instrument that is busy; the link lets it go by [`MessageLink::release`].

use std::collections::VecDeque;

use super::{Delivery, Instrument, MessageLink};
use crate::engine::code::{GET_NOT_ALLOWED, QUERY_INTERRUPTED, QUERY_UNTERMINATED};

const MASTER_SUMMARY: u8 = 1 << 6;

/// What is known of time, replies and requests beyond a [`MessageLink`]'s output queue.
#[derive(Default)]
pub(super) struct Timing {
    /// A reply on its way into the output queue.
    coming: Option<(Vec<u8>, Delivery)>,
    /// What was written and is not looked at; whether an END is at its end.
    ahead: VecDeque<(Vec<u8>, bool)>,
    ahead_bytes: usize,
    /// A reply was formed that will never end.
    lost: bool,
    /// What is in the output queue is the end of a reply.
    ends: bool,
    /// Where, in the output queue, pieces end that are to be read one by one.
    pieces: VecDeque<usize>,
    /// The connection ends behind what is in the output queue.
    closing: bool,
    /// A reply was sent without being asked for, and is not known to have been read.
    pub(super) pushed: bool,
    /// Replies that were discarded before anything of them was taken.
    discarded: u64,
    /// Replies are queued instead of interrupted.
    overlapped: bool,
    power_cycles: Option<u64>,
    /// The master summary as it was seen last.
    summary: bool,
    /// Service is requested, and no poll has answered it.
    requests: bool,
    /// The request has not been told.
    untold: bool,
}

/// Bytes of a reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The last of them is the end of the reply (END).
    pub end: bool,
    /// The last of them is the character that was looked for.
    pub matched: bool,
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
        if !bytes.is_empty() || end && self.is_open() {
            self.timing.ahead_bytes += bytes.len();
            self.timing.ahead.push_back((bytes.to_vec(), end));
        }
        self.proceed(instrument, until);
    }

    /// Whether a message has begun and its end was not written.
    fn is_open(&self) -> bool {
        self.timing.ahead.back().map_or(self.in_message, |it| !it.1 && !it.0.ends_with(b"\n"))
    }

    /// A trigger of the link's own (GET of IEEE 488.1): what `*TRG` does, in its place among the
    /// messages. In the middle of a message it is an error (-105, GET not allowed).
    pub fn trigger(&mut self, instrument: &mut Instrument, until: Option<f64>) {
        if self.is_open() {
            instrument.firmware.raise(GET_NOT_ALLOWED);
        } else {
            self.submit(instrument, until, b"*TRG", true);
        }
    }

    /// Goes on: time has passed, or something has happened.
    pub fn proceed(&mut self, instrument: &mut Instrument, until: Option<f64>) {
        self.session.by_message = true;
        self.notice(instrument);
        loop {
            let blocked = matches!(&self.timing.coming, Some((_, it)) if *it != Delivery::Held);
            let full = self.timing.overlapped && !self.output.is_empty();
            if blocked || full || self.timing.closing {
                return;
            }
            if self.step(instrument, until) {
                continue;
            }
            if self.session.has_lines() {
                return;
            }
            let Some((bytes, end)) = self.next_piece() else { return };
            if !self.in_message {
                self.begin(instrument);
            }
            self.in_message = !(end || bytes.ends_with(b"\n"));
            self.session.input.extend(&bytes);
            if end {
                self.session.input.end();
            }
        }
    }

    /// A message begins: what was not read of a reply is discarded (-410, Query INTERRUPTED).
    fn begin(&mut self, instrument: &mut Instrument) {
        self.timing.lost = false;
        if !self.output.is_empty() || std::mem::take(&mut self.timing.pushed) {
            self.discard_unread();
            instrument.firmware.raise(QUERY_INTERRUPTED);
        }
    }

    fn discard_unread(&mut self) {
        if !self.output.is_empty() && !self.timing.overlapped {
            self.timing.discarded += 1;
        }
        self.timing.pieces.clear();
        self.discard();
    }

    /// The next line that was written, or what there is of it.
    fn next_piece(&mut self) -> Option<(Vec<u8>, bool)> {
        let (mut bytes, end) = self.timing.ahead.pop_front()?;
        if let Some(feed) = bytes.iter().position(|it| *it == b'\n')
            && feed + 1 < bytes.len()
        {
            let rest = bytes.split_off(feed + 1);
            self.timing.ahead.push_front((rest, end));
            self.timing.ahead_bytes -= bytes.len();
            return Some((bytes, false));
        }
        self.timing.ahead_bytes -= bytes.len();
        Some((bytes, end))
    }

    /// Lets the instrument work on until a reply comes; whether one has.
    fn step(&mut self, instrument: &mut Instrument, until: Option<f64>) -> bool {
        let replies = instrument.faults.replies();
        let mut reply = Vec::new();
        let delivery = match until {
            None => instrument.attend(&mut self.session, b"", &mut reply),
            Some(until) => instrument.attend_at(until, &mut self.session, b"", &mut reply),
        };
        self.notice(instrument);
        self.timing.closing |= delivery == Delivery::ThenClose;
        if reply.is_empty() {
            // Swallowed, or late: somebody who waits for it has asked for something.
            self.timing.lost |= instrument.faults.replies() != replies;
            return false;
        }
        if let Some((mut held, _)) = self.timing.coming.take() {
            held.append(&mut reply);
            reply = held;
        }
        let has_come = match delivery {
            Delivery::Now | Delivery::ThenClose => true,
            Delivery::At(time) => until.is_none_or(|until| time.as_secs_f64() <= until),
            Delivery::After(_) | Delivery::InPieces(_) | Delivery::Held => false,
        };
        if has_come {
            self.arrive(instrument, reply, 1);
        } else {
            self.timing.coming = Some((reply, delivery));
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
            self.in_message = false;
        }
    }

    /// Forgets all replies and what was written.
    pub(super) fn forget(&mut self) {
        let Timing { overlapped, power_cycles, discarded, summary, requests, untold, .. } =
            self.timing;
        let closing = self.timing.closing;
        self.timing = Timing {
            overlapped,
            power_cycles,
            discarded,
            summary,
            requests,
            untold,
            closing,
            ..Timing::default()
        };
        self.discard();
    }

    fn arrive(&mut self, instrument: &mut Instrument, reply: Vec<u8>, pieces: u64) {
        if !self.output.is_empty() {
            self.discard_unread();
            instrument.firmware.raise(QUERY_INTERRUPTED);
        }
        let pieces = usize::try_from(pieces).unwrap_or(usize::MAX).clamp(1, reply.len());
        self.timing.pieces = (1..pieces).map(|it| reply.len() * it / pieces).collect();
        self.timing.ends = reply.ends_with(b"\n");
        self.timing.lost = !self.timing.ends;
        self.output = reply;
    }

    /// How the reply is to come that has been formed and is not in the output queue yet; what was
    /// written behind it waits for it, but for [`Held`](Delivery::Held).
    pub fn withheld(&self) -> Option<Delivery> {
        self.timing.coming.as_ref().map(|it| it.1)
    }

    /// The withheld reply comes.
    pub fn release(&mut self, instrument: &mut Instrument) {
        if let Some((reply, delivery)) = self.timing.coming.take() {
            let pieces = if let Delivery::InPieces(pieces) = delivery { pieces } else { 1 };
            self.arrive(instrument, reply, pieces);
        }
    }

    /// Somebody waits for a reply. When nothing has been asked that is an error (-420, Query
    /// UNTERMINATED), and nothing will come.
    pub fn wait(&mut self, instrument: &mut Instrument) {
        let expects = !self.output.is_empty()
            || self.timing.coming.is_some()
            || self.timing.lost
            || self.session.has_work()
            || self.timing.ahead.iter().any(|it| it.1 || it.0.contains(&b'\n'));
        if !expects {
            instrument.firmware.raise(QUERY_UNTERMINATED);
            // What has come of an unfinished message is no query.
            self.session.input.clear();
            self.timing.ahead.clear();
            self.timing.ahead_bytes = 0;
            self.in_message = false;
        }
    }

    /// Takes at most `most` bytes of the reply, up to the end of a piece or to the first `stop`;
    /// `None` while there are none.
    pub fn take(&mut self, most: usize, stop: Option<u8>) -> Option<Taken> {
        if self.output.is_empty() {
            return None;
        }
        let piece = self.timing.pieces.front().copied().unwrap_or(self.output.len());
        let mut end = self.read.saturating_add(most).min(piece);
        let found = stop.and_then(|it| self.output[self.read..end].iter().position(|at| *at == it));
        if let Some(at) = found {
            end = self.read + at + 1;
        }
        let bytes = self.output[self.read..end].to_vec();
        self.read = end;
        if end == piece {
            self.timing.pieces.pop_front();
        }
        let all = end == self.output.len();
        if all {
            self.discard();
        }
        Some(Taken { bytes, end: all && self.timing.ends, matched: found.is_some() })
    }

    /// The same for a link that sends replies without being asked for them: the reply counts as
    /// unread until it is [`delivered`](MessageLink::delivered).
    pub fn push(&mut self, most: usize) -> Option<Taken> {
        let taken = self.take(most, None)?;
        self.timing.pushed = taken.end && !self.timing.overlapped;
        Some(taken)
    }

    /// The next message has come although it is not written yet: a reply that waits is discarded
    /// (-410, Query INTERRUPTED), but for overlapped ones. Whether there was one.
    pub fn interrupted(&mut self, instrument: &mut Instrument) -> bool {
        let waits = !self.output.is_empty() && !self.timing.overlapped;
        if waits {
            self.discard_unread();
            instrument.firmware.raise(QUERY_INTERRUPTED);
        }
        waits
    }

    /// The client has read the reply that was pushed.
    pub fn delivered(&mut self) {
        self.timing.pushed = false;
    }

    /// From now on replies are queued where messages come before they are read, instead of
    /// discarded; or no more.
    pub fn overlap(&mut self, overlapped: bool) {
        self.timing.overlapped = overlapped;
    }

    /// Whether a reply waits to be read.
    pub fn message_available(&self) -> bool {
        !self.output.is_empty() || self.timing.pushed
    }

    /// How many replies were discarded before all of them was taken, since the beginning.
    pub fn discarded(&self) -> u64 {
        self.timing.discarded
    }

    /// Whether the connection is to be closed: behind what there is of a reply, or at once.
    pub fn is_closing(&self) -> bool {
        self.timing.closing
    }

    /// How many bytes were written and are not done.
    pub fn backlog(&self) -> usize {
        self.session.backlog() + self.timing.ahead_bytes
    }

    /// Whether something was written that is not done.
    pub fn has_work(&self) -> bool {
        self.session.has_work() || !self.timing.ahead.is_empty()
    }

    /// Looks whether the master summary has risen: then service is requested, once for each time.
    pub fn observe(&mut self, instrument: &Instrument) {
        let summary = self.status_byte(instrument) & MASTER_SUMMARY != 0;
        let before = std::mem::replace(&mut self.timing.summary, summary);
        if !summary {
            self.timing.requests = false;
        } else if !before {
            self.timing.requests = true;
            self.timing.untold = true;
        }
    }

    /// Whether service is requested that nobody has been told of.
    pub fn has_untold(&self) -> bool {
        self.timing.untold
    }

    /// Whether service is requested that nobody has been told of; then somebody has.
    pub fn take_request(&mut self) -> bool {
        std::mem::take(&mut self.timing.untold)
    }

    /// A serial poll: the status byte whose bit 6 says whether this link requests service (RQS),
    /// which ends with it (IEEE 488.2, section 11.3).
    pub fn serial_poll(&mut self, instrument: &Instrument) -> u8 {
        self.observe(instrument);
        let rest = self.status_byte(instrument) & !MASTER_SUMMARY;
        if std::mem::take(&mut self.timing.requests) { rest | MASTER_SUMMARY } else { rest }
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
