//! The message exchange with what the clock and bad days make of it.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::{MessageLink, QUERY_INTERRUPTED};
use crate::{
    engine::code::GET_NOT_ALLOWED,
    instrument::{Delivery, Instrument},
};

/// How long replies that are to leave together wait for each other.
const TOGETHER: Duration = Duration::from_millis(200);

/// A [`MessageLink`] whose replies are there when their time has come, end where they end, and
/// suffer the faults of the link.
///
/// `now` is everywhere the simulated time of a host that is paced.
#[derive(Default)]
pub(crate) struct TimedLink {
    link: MessageLink,
    /// Replies on their way to the output queue of `link`, in order.
    pending: VecDeque<Reply>,
    /// What is known of the reply in the output queue.
    current: Current,
    /// A fault has swallowed the reply: whoever waits for it waits in vain.
    swallowed: bool,
    /// The port hangs.
    hung: bool,
    /// What was not read is not lost to the next message, as it should be.
    keeps_unread: bool,
    /// All connections are to be closed.
    closed: bool,
    power_cycles: u64,
}

/// When a reply is there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    /// At a time of the clock on the wall.
    Real(Instant),
    /// At a simulated time since power-on; at once where time is virtual.
    Simulated(f64),
}

struct Reply {
    bytes: Vec<u8>,
    due: Due,
    current: Current,
}

#[derive(Clone, Copy, Default)]
struct Current {
    /// The connection is closed behind it.
    closes: bool,
    /// Where the segments end into which it is cut; zero: it is not.
    stride: usize,
    /// Its last byte is its end.
    whole: bool,
}

/// What an instrument does that is to talk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Talk {
    /// It sends bytes.
    Bytes {
        /// At least one.
        bytes: Vec<u8>,
        /// END came with the last.
        end: bool,
        /// All connections are closed behind them.
        closes: bool,
    },
    /// Nothing yet.
    Later,
    /// It has nothing to say, and has said so in its error queue (-420).
    Nothing,
}

impl TimedLink {
    /// Takes bytes of program messages, as [`MessageLink::write`] does.
    pub(crate) fn write(
        &mut self,
        instrument: &mut Instrument,
        now: Option<f64>,
        bytes: &[u8],
        end: bool,
    ) {
        self.attend(instrument, now, b"");
        if self.hung {
            return;
        }
        for piece in bytes.split_inclusive(|it| *it == b'\n') {
            if !self.link.in_message {
                self.interrupt(instrument);
            }
            self.link.in_message = !piece.ends_with(b"\n");
            self.attend(instrument, now, piece);
        }
        if end && self.link.in_message {
            self.link.in_message = false;
            self.link.session.input.end();
            self.attend(instrument, now, b"");
        }
    }

    /// A message begins: what has not been read of replies is lost.
    fn interrupt(&mut self, instrument: &mut Instrument) {
        self.swallowed = false;
        if self.keeps_unread {
            return;
        }
        if !self.link.output.is_empty() || !self.pending.is_empty() {
            self.forget_replies();
            instrument.firmware.raise(QUERY_INTERRUPTED);
        }
    }

    fn forget_replies(&mut self) {
        self.pending.clear();
        self.link.discard();
    }

    /// Lets what waits go on, takes note of what has happened, and puts replies in line.
    pub(crate) fn attend(&mut self, instrument: &mut Instrument, now: Option<f64>, bytes: &[u8]) {
        let mut bytes = bytes;
        loop {
            let session = &mut self.link.session;
            let held = session.reply_and_held().1.len();
            let replies = instrument.faults.replies();
            let mut out = Vec::new();
            let bytes = std::mem::take(&mut bytes);
            let delivery = match now {
                None => instrument.attend(session, bytes, &mut out),
                Some(now) => instrument.attend_at(now, session, bytes, &mut out),
            };
            let nothing_held = session.reply_and_held().1.is_empty();
            if std::mem::replace(&mut self.power_cycles, instrument.power_cycles())
                != instrument.power_cycles()
            {
                self.forget_replies();
                (self.link.in_message, self.swallowed, self.hung) = (false, false, false);
            }
            if out.is_empty() {
                self.swallowed |= instrument.faults.replies() > replies && nothing_held;
                self.closed |= delivery == Delivery::ThenClose;
            } else {
                let new = out.split_off(held.min(out.len()));
                for bytes in [out, new] {
                    self.put_in_line(bytes, delivery);
                }
            }
            if matches!(delivery, Delivery::Now | Delivery::ThenClose) {
                return self.queue(now);
            }
        }
    }

    fn put_in_line(&mut self, bytes: Vec<u8>, delivery: Delivery) {
        if bytes.is_empty() {
            return;
        }
        let due = match delivery {
            Delivery::After(time) => Due::Real(Instant::now() + time),
            Delivery::Held => Due::Real(Instant::now() + TOGETHER),
            Delivery::At(time) => Due::Simulated(time.as_secs_f64()),
            Delivery::Now | Delivery::InPieces(_) | Delivery::ThenClose => Due::Simulated(0.0),
        };
        let pieces = match delivery {
            Delivery::InPieces(pieces) => usize::try_from(pieces).unwrap_or(usize::MAX).max(1),
            _ => 1,
        };
        if delivery == Delivery::Now {
            self.pending.iter_mut().for_each(|it| it.due = due);
        }
        let current = Current {
            closes: delivery == Delivery::ThenClose,
            stride: if pieces > 1 { bytes.len().div_ceil(pieces) } else { 0 },
            whole: bytes.ends_with(b"\n"),
        };
        self.pending.push_back(Reply { bytes, due, current });
    }

    /// Moves the next reply into the output queue when that is empty and its time has come.
    fn queue(&mut self, now: Option<f64>) {
        let is_due = |reply: &Reply| match reply.due {
            Due::Real(time) => Instant::now() >= time,
            Due::Simulated(time) => now.is_none_or(|now| now >= time),
        };
        if self.link.output.is_empty()
            && self.pending.front().is_some_and(is_due)
            && let Some(reply) = self.pending.pop_front()
        {
            self.current = reply.current;
            self.link.output = reply.bytes;
        }
    }

    /// The instrument is to talk: at most `most` bytes, and none behind one that is `stop`. With
    /// `again` it was asked before, and does not complain a second time.
    pub(crate) fn read(
        &mut self,
        instrument: &mut Instrument,
        now: Option<f64>,
        most: usize,
        stop: Option<u8>,
        again: bool,
    ) -> Talk {
        self.attend(instrument, now, b"");
        if !self.link.output.is_empty() {
            return self.take(instrument, most, stop);
        }
        if self.link.in_message && instrument.firmware.hangs_unterminated() {
            self.hung = true;
        }
        let comes = !self.pending.is_empty() || self.link.session.has_work();
        if again || comes || self.hung || self.swallowed {
            return Talk::Later;
        }
        self.link.in_message = false;
        // It says so in its error queue.
        let none = self.link.read(instrument, most);
        debug_assert_eq!(none, None);
        Talk::Nothing
    }

    fn take(&mut self, instrument: &mut Instrument, most: usize, stop: Option<u8>) -> Talk {
        let MessageLink { output, read, .. } = &self.link;
        let unread = &output[*read..];
        let mut most = most.max(1);
        if let Some(after) = read.checked_rem(self.current.stride) {
            most = most.min(self.current.stride - after);
        }
        if let Some(index) = stop.and_then(|stop| unread.iter().position(|it| *it == stop)) {
            most = most.min(index + 1);
        }
        let bytes = self.link.read(instrument, most).unwrap_or_default();
        let over = self.link.output.is_empty();
        let Current { closes, whole, .. } = self.current;
        Talk::Bytes { bytes, end: over && whole, closes: over && closes }
    }

    /// From now on replies that were not read wait, and are not lost to the next message.
    pub(crate) fn keep_unread(&mut self) {
        self.keeps_unread = true;
    }

    /// When the next reply is there.
    pub(crate) fn next_due(&self) -> Option<Due> {
        self.pending.front().map(|it| it.due)
    }

    /// Whether messages have come that are not done.
    pub(crate) fn has_work(&self) -> bool {
        self.link.session.has_work()
    }

    /// The status byte, with the master summary in bit 6.
    pub(crate) fn status_byte(&self, instrument: &Instrument) -> u8 {
        self.link.status_byte(instrument)
    }

    /// Device clear.
    pub(crate) fn clear(&mut self, instrument: &mut Instrument) {
        self.pending.clear();
        (self.swallowed, self.hung) = (false, false);
        self.link.clear(instrument);
    }

    /// Interface clear: a port that hangs is free again, and its unfinished message forgotten.
    pub(crate) fn interface_clear(&mut self) {
        if std::mem::take(&mut self.hung) {
            self.link.session.forget_line();
            self.link.in_message = false;
        }
    }

    /// Group execute trigger: the same as `*TRG` between two messages (IEEE 488.2, section 10.37), an
    /// error in the middle of one.
    pub(crate) fn trigger(&mut self, instrument: &mut Instrument, now: Option<f64>) {
        self.attend(instrument, now, b"");
        if self.hung {
            return;
        }
        if self.link.in_message {
            instrument.firmware.raise(GET_NOT_ALLOWED);
            self.link.session.forget_line();
            self.link.in_message = false;
        } else {
            self.attend(instrument, now, b"*TRG\n");
        }
    }

    /// Whether all connections are to be closed.
    pub(crate) fn has_hung_up(&self) -> bool {
        self.closed
    }

    /// The same, said once.
    pub(crate) fn hangs_up(&mut self) -> bool {
        std::mem::take(&mut self.closed)
    }
}
