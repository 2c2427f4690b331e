//! The queries that are on their way, and who gets which reply.
//!
//! Replies carry no name. With one query on its way, the next line is its answer or none comes. With
//! several, the loss of one shifts the others: the line that comes first may be the answer to the
//! second. So the queries that are on their way together make a *window*, and its replies are handed
//! out when there are as many as queries, not before. An instrument ends at most one line per query;
//! when k lines came for k queries none is missing, and the n-th, which begins behind the end of the
//! one before, holds only bytes of the n-th answer. When fewer came, a line may be missing, or two may
//! be glued to one where the end of the first got lost, and nothing says where: all fail.
//!
//! This holds for texts without line feeds of their own, as instruments send them, and where nobody
//! sends a line that was not asked for: one that comes while replies are awaited is taken for a reply,
//! as it would be with one query on its way.
//!
//! Binary data can hold line feeds, and so any number of lines; a query whose reply may be a block has
//! a window of its own.

use std::{ops::Range, time::Duration};

use tokio::time::Instant;

use super::request::{Answer, Batch, Reply};
use crate::{SessionError, message};

/// Bytes that may be on their way to the instrument while it has replies to deliver: one whose output
/// is stuck takes no input, and we do not read while we write. Sockets and ports buffer this much.
pub(super) const IN_FLIGHT: usize = 4096;

/// Who waits for a reply.
#[derive(Debug)]
pub(super) enum Caller {
    One(Reply),
    /// Whoever asked the batch that is being worked on.
    Batch,
}

#[derive(Debug)]
struct Asked {
    /// Where the message lies in what was sent.
    message: Range<usize>,
    limit: Duration,
    caller: Caller,
}

/// Queries on their way, in the order in which they were sent.
#[derive(Debug)]
pub(super) struct Window {
    /// What was sent since the window opened, and what waits to be sent, with line feeds.
    pub(super) text: Vec<u8>,
    /// How much of it has been sent.
    pub(super) sent: usize,
    asked: Vec<Asked>,
    /// Some of `asked` have been sent.
    is_open: bool,
    came: Vec<Vec<u8>>,
    /// When the one that is to be answered next was sent or became the next, whichever was later.
    turn: Instant,
    pub(super) block: Option<usize>,
}

/// What has become of a window that failed.
pub(super) struct Lost {
    /// The query that was to be answered next, shortened.
    pub(super) message: String,
    /// Queries in all messages of the window.
    pub(super) units: usize,
    /// Lines that may still come.
    pub(super) lines: usize,
    /// The longest limit among them.
    pub(super) limit: Duration,
    pub(super) block: bool,
}

impl Window {
    pub(super) fn new() -> Window {
        Window {
            text: Vec::new(),
            sent: 0,
            asked: Vec::new(),
            is_open: false,
            came: Vec::new(),
            turn: Instant::now(),
            block: None,
        }
    }

    /// Whether no reply is awaited.
    pub(super) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Whether one more query may join those on their way.
    pub(super) fn admits(&self, message: &str, depth: usize) -> bool {
        self.asked.len() < depth
            // Those whose replies have begun to come are not made to wait for a further one.
            && self.came.is_empty()
            // A reply that nobody waits for any more is likelier than others to be a lost one.
            && !self.asked.iter().any(|it| it.caller.is_gone())
            && self.admits_write(message)
    }

    /// Whether a message may be sent while replies are awaited.
    pub(super) fn admits_write(&self, message: &str) -> bool {
        self.block.is_none() && self.text.len() + message.len() < IN_FLIGHT
    }

    pub(super) fn put(&mut self, message: &str) -> Range<usize> {
        let begin = self.text.len();
        self.text.extend_from_slice(message.as_bytes());
        self.text.push(b'\n');
        begin..self.text.len() - 1
    }

    pub(super) fn ask(&mut self, message: &str, limit: Duration, caller: Caller) {
        let message = self.put(message);
        self.asked.push(Asked { message, limit, caller });
    }

    pub(super) fn unsent(&self) -> &[u8] {
        &self.text[self.sent..]
    }

    /// All that was put has been sent.
    pub(super) fn has_left(&mut self) {
        if self.asked.is_empty() {
            self.text.clear();
        } else if !self.is_open {
            self.is_open = true;
            self.turn = Instant::now();
        }
        self.sent = self.text.len();
    }

    /// When the next reply must have come.
    pub(super) fn deadline(&self) -> Instant {
        const FOR_EVER: Duration = super::worker::FOR_EVER;
        let limit = self.asked.get(self.came.len()).map_or(FOR_EVER, |next| next.limit);
        self.turn + limit.min(FOR_EVER)
    }

    /// Takes a line in. When it was the last, all are handed out.
    pub(super) fn take(&mut self, line: Vec<u8>, batch: &mut Option<Batch>) {
        self.came.push(line);
        if self.came.len() < self.asked.len() {
            self.turn = Instant::now();
            return;
        }
        for (asked, reply) in self.asked.drain(..).zip(self.came.drain(..)) {
            asked.caller.hear(Ok(reply), batch);
        }
        self.reset();
    }

    /// Every query of the window fails, with the error made from its message, its place and the
    /// number of lines that came.
    pub(super) fn fail(
        &mut self,
        batch: &mut Option<Batch>,
        error: impl Fn(String, usize, usize) -> SessionError,
    ) -> Lost {
        let came = self.came.len();
        let excerpt = |text: &[u8], range: &Range<usize>| message::excerpt(&text[range.clone()]);
        let next = self.asked.get(came.min(self.asked.len().saturating_sub(1)));
        let lost = Lost {
            message: next.map(|it| excerpt(&self.text, &it.message)).unwrap_or_default(),
            units: self.asked.iter().map(|it| units(&self.text[it.message.clone()])).sum(),
            lines: self.asked.len(),
            limit: self.asked.iter().map(|it| it.limit).max().unwrap_or_default(),
            block: self.block.is_some(),
        };
        for (place, asked) in self.asked.drain(..).enumerate() {
            let error = error(excerpt(&self.text, &asked.message), place, came);
            asked.caller.hear(Err(error), batch);
        }
        self.came.clear();
        self.reset();
        lost
    }

    /// How many queries are on their way together, and the limit of the one that is next.
    pub(super) fn size_and_limit(&self) -> (usize, Duration) {
        let next = self.asked.get(self.came.len());
        (self.asked.len(), next.map_or(Duration::ZERO, |it| it.limit))
    }

    /// Drops the callers: they learn from their closed channels that nothing will come.
    pub(super) fn abandon(&mut self) {
        self.asked.clear();
    }

    fn reset(&mut self) {
        self.text.drain(..self.sent);
        self.sent = 0;
        self.block = None;
        self.is_open = false;
    }
}

/// Response units of a message's reply.
fn units(message: &[u8]) -> usize {
    message::queries(message).max(1)
}

impl Caller {
    fn is_gone(&self) -> bool {
        matches!(self, Caller::One(reply) if reply.is_closed())
    }

    pub(super) fn hear(self, answer: Answer, batch: &mut Option<Batch>) {
        match self {
            // A caller that has gone leaves its reply here, and it is dropped.
            Caller::One(reply) => drop(reply.send(answer)),
            Caller::Batch => {
                if let Some(batch) = batch {
                    batch.answers.push(answer);
                }
            }
        }
    }
}
