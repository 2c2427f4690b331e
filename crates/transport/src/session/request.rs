//! What a session's handle asks of its task.

use std::time::Duration;

use tokio::sync::oneshot;

use crate::SessionError;

pub(super) type Answer = Result<Vec<u8>, SessionError>;
pub(super) type Reply = oneshot::Sender<Answer>;

/// What waits for its turn.
#[derive(Debug)]
pub(super) enum Request {
    Write { message: String, done: oneshot::Sender<()> },
    Query(Query),
    Batch(Batch),
    Trigger { done: oneshot::Sender<()> },
    Close,
}

#[derive(Debug)]
pub(super) struct Query {
    pub(super) message: String,
    /// Bytes of data of an indefinite block that the reply may be.
    pub(super) block: Option<usize>,
    pub(super) limit: Duration,
    /// Somebody wants to know when it has left.
    pub(super) sent: Option<oneshot::Sender<()>>,
    pub(super) reply: Reply,
}

/// Many queries of one caller, asked in one go: one hop there and one back.
#[derive(Debug)]
pub(super) struct Batch {
    /// All messages, one behind the other.
    pub(super) text: String,
    /// Where each ends in `text`, and its limit.
    pub(super) queries: Vec<(usize, Duration)>,
    /// How many have been sent, or have failed unsent.
    pub(super) begun: usize,
    /// Of the first so many, in order.
    pub(super) answers: Vec<Answer>,
    pub(super) reply: oneshot::Sender<Vec<Answer>>,
}

impl Batch {
    /// The next message to be sent, and its limit.
    pub(super) fn next(&self) -> Option<(&str, Duration)> {
        let (end, limit) = *self.queries.get(self.begun)?;
        let begin = self.begun.checked_sub(1).map_or(0, |before| self.queries[before].0);
        Some((&self.text[begin..end], limit))
    }

    pub(super) fn is_done(&self) -> bool {
        self.answers.len() == self.queries.len()
    }

    /// Hands out what there is; what was not answered fails with `error`.
    pub(super) fn finish(mut self, error: Option<&SessionError>) {
        if let Some(error) = error {
            self.answers.resize(self.queries.len(), Err(error.clone()));
        }
        // A caller that has gone leaves its replies here, and they are dropped.
        let _ = self.reply.send(self.answers);
    }
}

/// What does not wait for its turn.
#[derive(Debug)]
pub(super) enum Urgent {
    Write {
        message: String,
        done: oneshot::Sender<()>,
    },
    Clear {
        done: oneshot::Sender<()>,
    },
    StatusByte {
        reply: oneshot::Sender<Result<Option<u8>, SessionError>>,
    },
    /// Somebody wants to know when the instrument next asks for service.
    Listen {
        called: oneshot::Sender<()>,
    },
}
