//! The handle to the task that owns a link.

mod proof;
mod worker;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

use crate::{EndReason, SessionError, Transcript, Transport, message};
use worker::{Request, Urgent, Worker};

/// Urgent messages that may wait for one that is being sent.
const URGENT_QUEUE: usize = 16;

/// How a session behaves.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// Requests that may wait; further callers wait to be let in.
    pub queue: usize,
    /// How long the link may take to accept one message. When it takes longer, half a message may
    /// have left and the session ends.
    pub write_limit: Duration,
    /// How long at least the instrument may take to prove that it is in step again after a lost
    /// reply; the lost query's own limit if that is longer.
    pub proof_limit: Duration,
    /// Is shown every message.
    pub transcript: Option<Transcript>,
}

impl Default for SessionOptions {
    /// 64 requests, 10 s to write, 2 s to prove, no transcript.
    fn default() -> SessionOptions {
        SessionOptions {
            queue: 64,
            write_limit: Duration::from_secs(10),
            proof_limit: Duration::from_secs(2),
            transcript: None,
        }
    }
}

/// A conversation with one instrument: a handle to the task that owns the link. Clones speak to the
/// same task.
///
/// The task ends when it is closed, when the last handle is dropped (after what was asked before), or
/// when the link breaks.
#[derive(Clone, Debug)]
pub struct Session {
    requests: mpsc::Sender<Request>,
    urgent: mpsc::Sender<Urgent>,
    end: Arc<OnceLock<EndReason>>,
}

impl Session {
    /// Gives `transport` to a task of its own on the current tokio runtime.
    ///
    /// The task logs inside the span that is current now.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn spawn<T: Transport>(transport: T, options: SessionOptions) -> Session {
        let (requests, waiting) = mpsc::channel(options.queue.max(1));
        let (urgent, waiting_urgent) = mpsc::channel(URGENT_QUEUE);
        let end = Arc::new(OnceLock::new());
        let worker = Worker::new(transport, waiting, waiting_urgent, options, Arc::clone(&end));
        tokio::spawn(worker.run().instrument(tracing::Span::current()));
        Session { requests, urgent, end }
    }

    /// Sends a message that makes no reply, after everything that was asked before. Returns when the
    /// link has taken it. Given up before its turn, it is never sent.
    ///
    /// Works also while the session is out of step.
    ///
    /// # Errors
    /// A message that asks for a reply or cannot be sent as one; a session that has ended.
    pub async fn write(&self, message: &str) -> Result<(), SessionError> {
        let message = without_reply(message)?;
        let (done, sent) = oneshot::channel();
        self.ask(Request::Write { message, done }).await?;
        match sent.await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.ended().await),
        }
    }

    /// Sends a message and waits for its reply, at most `limit` after it has been sent (not counting
    /// the time it waits for its turn). Returns the reply without its terminator.
    ///
    /// Given up before its turn, it is never sent; given up later, its reply is still awaited by the
    /// session, and dropped.
    ///
    /// # Errors
    /// No reply; replies that can no longer be trusted; a message that cannot be sent as one; a
    /// session that has ended.
    pub async fn query(&self, message: &str, limit: Duration) -> Result<Vec<u8>, SessionError> {
        message::check(message.as_bytes()).map_err(SessionError::Unsendable)?;
        let (reply, received) = oneshot::channel();
        self.ask(Request::Query { message: message.to_owned(), limit, reply }).await?;
        match received.await {
            Ok(answer) => answer,
            Err(_) => Err(self.ended().await),
        }
    }

    /// Sends a message ahead of everything that waits, also while a reply is outstanding and while
    /// the session is out of step; only a message that is just leaving is let finish. Never awaits a
    /// reply. For output-off.
    ///
    /// # Errors
    /// As for [`Session::write`].
    pub async fn write_urgent(&self, message: &str) -> Result<(), SessionError> {
        let message = without_reply(message)?;
        let (done, sent) = oneshot::channel();
        if self.urgent.send(Urgent { message, done }).await.is_err() {
            return Err(self.ended().await);
        }
        match sent.await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.ended().await),
        }
    }

    /// Ends the session after everything that was asked before, for all handles, and waits until its
    /// task has ended and the link is closed.
    pub async fn close(self) {
        // A refusal means that the task has ended already.
        let _ = self.requests.send(Request::Close).await;
        self.requests.closed().await;
    }

    async fn ask(&self, request: Request) -> Result<(), SessionError> {
        match self.requests.send(request).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.ended().await),
        }
    }

    /// Why the task ended. It may still be on its way out: the reason is there when its queue is gone.
    async fn ended(&self) -> SessionError {
        self.requests.closed().await;
        SessionError::Ended(self.end.get().cloned().unwrap_or(EndReason::Gone))
    }
}

fn without_reply(message: &str) -> Result<String, SessionError> {
    message::check(message.as_bytes()).map_err(SessionError::Unsendable)?;
    if message::queries(message.as_bytes()) > 0 {
        return Err(SessionError::Unanswered { message: message::excerpt(message.as_bytes()) });
    }
    Ok(message.to_owned())
}
