//! The handle to the task that owns a link.

mod options;
mod proof;
mod request;
mod resync;
mod sending;
mod step;
mod window;
mod worker;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tracing::Instrument;

use crate::{EndReason, SessionError, Transport, message};
pub use options::SessionOptions;
use request::{Batch, Query, Request, Urgent};
pub(crate) use worker::FOR_EVER;
use worker::Worker;

/// Urgent messages that may wait for one that is being sent.
const URGENT_QUEUE: usize = 16;

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
        self.heard(sent).await
    }

    /// Sends a message and waits for its reply, a text, at most `limit` from when it has been sent
    /// and all that was asked before has been answered. Returns the reply without its terminator.
    ///
    /// Given up before its turn, it is never sent; given up later, its reply is still awaited by the
    /// session, and dropped.
    ///
    /// # Errors
    /// No reply; a reply that cannot be told from others; replies that can no longer be trusted; a
    /// message that cannot be sent as one; a session that has ended.
    pub async fn query(&self, message: &str, limit: Duration) -> Result<Vec<u8>, SessionError> {
        self.ask_for(message, None, limit).await
    }

    /// As [`Session::query`], for a reply that may be an indefinite-length block (`#0`) of `bytes`
    /// bytes of data. It is never on its way together with another query.
    ///
    /// For every binary reply, of definite length too: what is left of a lost one may look like any
    /// answer. On a link without a device clear nothing proves that it is gone, and after its loss
    /// only writes are left.
    ///
    /// # Errors
    /// As for [`Session::query`].
    pub async fn query_block(
        &self,
        message: &str,
        bytes: usize,
        limit: Duration,
    ) -> Result<Vec<u8>, SessionError> {
        self.ask_for(message, Some(bytes), limit).await
    }

    /// Sends a query, and returns when the link has taken it; its reply, which may be an
    /// indefinite-length block of so many `block` bytes, is had from [`Asked::reply`].
    ///
    /// # Errors
    /// A message that cannot be sent as one; a session that has ended. All else is the reply's.
    pub async fn begin(
        &self,
        message: &str,
        block: Option<usize>,
        limit: Duration,
    ) -> Result<Asked, SessionError> {
        let (done, sent) = oneshot::channel();
        let asked = self.put(message, block, limit, Some(done)).await?;
        // A query that is never sent has an answer all the same: why.
        let _ = sent.await;
        Ok(asked)
    }

    /// Asks many queries, each with its limit, in order, several on their way together where the link
    /// allows it. Returns the replies in the same order, as [`Session::query`] would each. Requests of
    /// others wait until all are through; urgent ones do not.
    ///
    /// After a loss the later ones are asked all the same, once the instrument is in step again.
    /// Given up, what has not been sent is never sent.
    ///
    /// # Errors
    /// A message cannot be sent as one, or the session has ended: nothing was sent.
    pub async fn query_all<M: AsRef<str>>(
        &self,
        queries: impl IntoIterator<Item = (M, Duration)>,
    ) -> Result<Vec<Result<Vec<u8>, SessionError>>, SessionError> {
        let (mut text, mut asked) = (String::new(), Vec::new());
        for (message, limit) in queries {
            let message = message.as_ref();
            message::check(message.as_bytes()).map_err(SessionError::Unsendable)?;
            text.push_str(message);
            asked.push((text.len(), limit));
        }
        let (reply, received) = oneshot::channel();
        let answers = Vec::with_capacity(asked.len());
        self.ask(Request::Batch(Batch { text, queries: asked, begun: 0, answers, reply })).await?;
        self.heard(received).await
    }

    /// Triggers the instrument, after everything that was asked before: group execute trigger where
    /// the link has it, `*TRG` where it has not. Returns when it has left.
    ///
    /// # Errors
    /// A session that has ended.
    pub async fn trigger(&self) -> Result<(), SessionError> {
        let (done, sent) = oneshot::channel();
        self.ask(Request::Trigger { done }).await?;
        self.heard(sent).await
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
        self.act(Urgent::Write { message, done }).await?;
        self.heard(sent).await
    }

    /// Clears the link, ahead of everything that waits: a device clear where it has one; else what
    /// has arrived is dropped. Outstanding queries fail; the instrument must prove that it is in step
    /// before the next one, and may try again where it had failed to.
    ///
    /// # Errors
    /// A session that has ended.
    pub async fn clear(&self) -> Result<(), SessionError> {
        let (done, cleared) = oneshot::channel();
        self.act(Urgent::Clear { done }).await?;
        self.heard(cleared).await
    }

    /// The instrument's status byte by serial poll, ahead of everything that waits, also while a
    /// reply is outstanding; `None` where the link has no such thing.
    ///
    /// # Errors
    /// Nothing within `limit`, or the instrument declined; a session that has ended.
    pub async fn status_byte(&self, limit: Duration) -> Result<Option<u8>, SessionError> {
        let (reply, polled) = oneshot::channel();
        let poll = async {
            self.act(Urgent::StatusByte { reply }).await?;
            self.heard(polled).await?
        };
        let late = || SessionError::TimedOut { message: "a serial poll".into(), limit, why: None };
        timeout(limit.min(worker::FOR_EVER), poll).await.unwrap_or_else(|_| Err(late()))
    }

    /// Waits until the instrument asks for service. All who wait hear of the same request; one that
    /// came while nobody waited is heard of by the next who does, as far as the link remembers it.
    /// Where the link has no such thing, this waits until the session ends.
    ///
    /// # Errors
    /// A session that has ended.
    pub async fn service_request(&self) -> Result<(), SessionError> {
        let (called, heard) = oneshot::channel();
        self.act(Urgent::Listen { called }).await?;
        self.heard(heard).await
    }

    /// Ends the session after everything that was asked before, for all handles, and waits until its
    /// task has ended and the link is closed.
    pub async fn close(self) {
        // A refusal means that the task has ended already.
        let _ = self.requests.send(Request::Close).await;
        self.requests.closed().await;
    }

    async fn ask_for(
        &self,
        message: &str,
        block: Option<usize>,
        limit: Duration,
    ) -> Result<Vec<u8>, SessionError> {
        self.put(message, block, limit, None).await?.reply().await
    }

    async fn put(
        &self,
        message: &str,
        block: Option<usize>,
        limit: Duration,
        sent: Option<oneshot::Sender<()>>,
    ) -> Result<Asked, SessionError> {
        message::check(message.as_bytes()).map_err(SessionError::Unsendable)?;
        let (reply, received) = oneshot::channel();
        let message = message.to_owned();
        self.ask(Request::Query(Query { message, block, limit, sent, reply })).await?;
        Ok(Asked { session: self.clone(), received })
    }

    async fn act(&self, urgent: Urgent) -> Result<(), SessionError> {
        match self.urgent.send(urgent).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.ended().await),
        }
    }

    /// What the task has to say; its silence means that it has ended.
    async fn heard<A>(&self, answer: oneshot::Receiver<A>) -> Result<A, SessionError> {
        match answer.await {
            Ok(answer) => Ok(answer),
            Err(_) => Err(self.ended().await),
        }
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

/// A query that was sent. Dropped, its reply is still awaited by the session, and dropped.
#[derive(Debug)]
pub struct Asked {
    session: Session,
    received: oneshot::Receiver<Result<Vec<u8>, SessionError>>,
}

impl Asked {
    /// Waits for the reply, as [`Session::query`] does.
    ///
    /// # Errors
    /// As for [`Session::query`].
    pub async fn reply(self) -> Result<Vec<u8>, SessionError> {
        self.session.heard(self.received).await?
    }
}

fn without_reply(message: &str) -> Result<String, SessionError> {
    message::check(message.as_bytes()).map_err(SessionError::Unsendable)?;
    if message::queries(message.as_bytes()) > 0 {
        return Err(SessionError::Unanswered { message: message::excerpt(message.as_bytes()) });
    }
    Ok(message.to_owned())
}
