//! The output queue: replies on their way to a client, until they are read.

use std::collections::VecDeque;

use super::MessageLink;
use crate::{
    engine::code::{QUERY_INTERRUPTED, QUERY_UNTERMINATED},
    instrument::{Delivery, Instrument},
};

/// Where replies are queued, no message is executed while so much waits to be read.
const FULL: usize = 64 * 1024;

/// Replies, and what of them was read.
#[derive(Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    /// How much of them was read.
    read: usize,
    /// Where reads end; the last is the end of all bytes.
    cuts: VecDeque<Cut>,
    /// Replies are queued instead of interrupted.
    overlapped: bool,
    /// A reply was sent without being asked for, and is not known to have been read.
    pushed: bool,
    /// Replies that were discarded before all of them was taken.
    discarded: u64,
}

/// A place in the output queue that no read goes beyond.
#[derive(Clone, Copy)]
struct Cut {
    at: usize,
    /// It is the end of a reply.
    end: bool,
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

impl Output {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether nothing more is to be executed before something was read.
    pub(super) fn is_full(&self) -> bool {
        self.overlapped && self.bytes.len() >= FULL
    }

    /// Forgets the replies.
    pub(super) fn forget(&mut self) {
        self.bytes.clear();
        self.cuts.clear();
        self.read = 0;
        self.pushed = false;
    }

    /// Another message or reply has come: one that is unread is discarded, unless they are queued.
    /// Whether there was one.
    fn interrupt(&mut self) -> bool {
        if self.overlapped || self.is_empty() && !self.pushed {
            return false;
        }
        self.discarded += u64::from(!self.is_empty());
        self.forget();
        true
    }

    /// Takes in a reply; whether its end is there.
    fn append(&mut self, reply: &[u8], pieces: usize) -> bool {
        let start = self.bytes.len();
        self.bytes.extend(reply);
        let end = reply.ends_with(b"\n");
        let pieces = pieces.clamp(1, reply.len().max(1));
        let inner = (1..pieces).map(|it| start + reply.len() * it / pieces);
        self.cuts.extend(inner.map(|at| Cut { at, end: false }));
        self.cuts.push_back(Cut { at: self.bytes.len(), end });
        end
    }

    fn take(&mut self, most: usize, stop: Option<u8>) -> Option<Taken> {
        let cut = *self.cuts.front()?;
        let mut to = self.read.saturating_add(most).min(cut.at);
        let found = stop.and_then(|it| self.bytes[self.read..to].iter().position(|at| *at == it));
        if let Some(at) = found {
            to = self.read + at + 1;
        }
        let bytes = self.bytes[self.read..to].to_vec();
        self.read = to;
        if to == cut.at {
            self.cuts.pop_front();
        }
        if self.cuts.is_empty() {
            self.bytes.clear();
            self.read = 0;
        }
        Some(Taken { bytes, end: to == cut.at && cut.end, matched: found.is_some() })
    }
}

impl MessageLink {
    /// A message begins, or a reply comes: what is unread of another is discarded (-410, Query
    /// INTERRUPTED).
    pub(super) fn interrupt(&mut self, instrument: &mut Instrument) {
        if self.output.interrupt() {
            instrument.firmware.raise(QUERY_INTERRUPTED);
        }
    }

    /// Replies that were on their way are there; the last can be read in so many pieces only.
    pub(super) fn arrive(
        &mut self,
        instrument: &mut Instrument,
        replies: &[Vec<u8>],
        pieces: usize,
    ) {
        if !self.output.is_empty() {
            self.interrupt(instrument);
        }
        for (index, reply) in replies.iter().enumerate() {
            let pieces = if index + 1 == replies.len() { pieces } else { 1 };
            self.timing.lost = !self.output.append(reply, pieces);
        }
    }

    /// How the reply is to come that has been formed and is not in the output queue yet; what was
    /// written behind it waits for it, but for [`Held`](Delivery::Held).
    pub fn withheld(&self) -> Option<Delivery> {
        self.timing.coming.as_ref().map(|it| it.1)
    }

    /// The withheld reply comes.
    pub fn release(&mut self, instrument: &mut Instrument) {
        if let Some((replies, delivery)) = self.timing.coming.take() {
            let pieces = if let Delivery::InPieces(pieces) = delivery { pieces } else { 1 };
            self.arrive(instrument, &replies, usize::try_from(pieces).unwrap_or(usize::MAX));
        }
    }

    /// Somebody waits for a reply. When nothing has been asked that is an error (-420, Query
    /// UNTERMINATED), and nothing will come; whether it was said.
    pub fn wait(&mut self, instrument: &mut Instrument) -> bool {
        if !self.output.is_empty() || self.timing.coming.is_some() || self.expects() {
            return false;
        }
        instrument.firmware.raise(QUERY_UNTERMINATED);
        // What has come of an unfinished message is no query.
        self.forget_unfinished();
        true
    }

    /// Takes at most `most` bytes of the reply, up to the end of a piece or to the first `stop`;
    /// `None` while there are none.
    pub fn take(&mut self, most: usize, stop: Option<u8>) -> Option<Taken> {
        self.output.take(most, stop)
    }

    /// The same for a link that sends replies without being asked for them: the reply counts as
    /// unread until it is [`delivered`](MessageLink::delivered).
    pub fn push(&mut self, most: usize) -> Option<Taken> {
        let taken = self.take(most, None)?;
        self.output.pushed = taken.end && !self.output.overlapped;
        Some(taken)
    }

    /// The next message has come although it is not written yet: a reply that waits is discarded
    /// (-410, Query INTERRUPTED), but for overlapped ones. Whether there was one.
    pub fn interrupted(&mut self, instrument: &mut Instrument) -> bool {
        let waits = !self.output.is_empty() && !self.output.overlapped;
        if waits {
            self.interrupt(instrument);
        }
        waits
    }

    /// The client has read the reply that was pushed.
    pub fn delivered(&mut self) {
        self.output.pushed = false;
    }

    /// From now on replies are queued where messages come before they are read, instead of
    /// discarded; or no more.
    pub fn overlap(&mut self, overlapped: bool) {
        self.output.overlapped = overlapped;
    }

    /// Whether a reply waits to be read.
    pub fn message_available(&self) -> bool {
        !self.output.is_empty() || self.output.pushed
    }

    /// How many replies were discarded before all of them was taken, since the beginning.
    pub fn discarded(&self) -> u64 {
        self.output.discarded
    }
}
