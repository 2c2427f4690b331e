//! The task that owns the link.

use std::{
    future::ready,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep_until, timeout},
};

use super::{
    SessionOptions,
    request::{Batch, Request, Urgent},
    step::{Step, UNASKED_PIECES},
    window::{Caller, IN_FLIGHT, Window},
};
use crate::{EndReason, LinkError, SessionError, TranscriptLine, Transport, message};

/// Where "for ever" ends: deadlines beyond it cannot be represented everywhere.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long the link is asked for one thing before it is asked for the other, while somebody waits
/// for a service request.
const TURN: Duration = Duration::from_millis(20);

/// The link is the first field: it is closed before the callers learn that the session has ended.
pub(super) struct Worker<T> {
    pub(super) link: T,
    requests: mpsc::Receiver<Request>,
    pub(super) urgent: mpsc::Receiver<Urgent>,
    pub(super) options: SessionOptions,
    /// Queries that may be on their way together.
    depth: usize,
    pub(super) step: Step,
    pub(super) window: Window,
    /// The batch that is being worked on.
    pub(super) batch: Option<Batch>,
    /// The request whose turn is next.
    next: Option<Request>,
    /// Whose writes are sent with what waits to be sent.
    writers: Vec<oneshot::Sender<()>>,
    /// Who waits for a service request.
    pub(super) listeners: Vec<oneshot::Sender<()>>,
    /// Something has come on this link.
    pub(super) has_spoken: bool,
    is_closing: bool,
    end: Arc<OnceLock<EndReason>>,
}

impl<T: Transport> Worker<T> {
    pub(super) fn new(
        link: T,
        requests: mpsc::Receiver<Request>,
        urgent: mpsc::Receiver<Urgent>,
        options: SessionOptions,
        end: Arc<OnceLock<EndReason>>,
    ) -> Self {
        let depth = options.depth.min(link.depth()).max(1);
        Worker {
            link,
            requests,
            urgent,
            options,
            depth,
            step: Step::In,
            window: Window::new(),
            batch: None,
            next: None,
            writers: Vec::new(),
            listeners: Vec::new(),
            has_spoken: false,
            is_closing: false,
            end,
        }
    }

    /// Callers that still wait when this returns find their answer's channel closed and read `end`.
    pub(super) async fn run(mut self) {
        let reason = match self.serve().await {
            Ok(()) => EndReason::Closed,
            Err(reason) => {
                tracing::warn!(%reason, "the session ends");
                reason
            }
        };
        let Worker { link, mut window, batch, end, requests, .. } = self;
        drop(link);
        // Nobody else sets it.
        let _ = end.set(reason.clone());
        window.abandon();
        if let Some(batch) = batch {
            batch.finish(Some(&SessionError::Ended(reason)));
        }
        drop(requests);
    }

    async fn serve(&mut self) -> Result<(), EndReason> {
        loop {
            self.fill().await?;
            if self.is_closing && self.window.is_empty() && self.batch.is_none() {
                return Ok(());
            }
            match self.event().await {
                Event::Urgent(urgent) => self.act(urgent).await?,
                Event::Request(request) => self.next = Some(request),
                Event::Closing => self.is_closing = true,
                Event::Came(Came::Reply(Ok(line))) => self.take(line),
                Event::Came(Came::Reply(Err(error @ LinkError::Endless { .. }))) => {
                    self.lose(Some(error));
                }
                Event::Came(Came::Noise(Ok(noise))) => self.report(&noise),
                Event::Came(Came::Service(Ok(()))) => {
                    for listener in self.listeners.drain(..) {
                        let _ = listener.send(());
                    }
                }
                Event::Came(
                    Came::Reply(Err(error)) | Came::Noise(Err(error)) | Came::Service(Err(error)),
                ) => return Err(EndReason::Link(error)),
                Event::TooLate => self.lose(None),
            }
        }
    }

    /// Waits for what happens next.
    async fn event(&mut self) -> Event {
        let idle = self.window.is_empty();
        let wants = self.next.is_none() && self.batch.is_none() && !self.is_closing;
        self.listeners.retain(|it| !it.is_closed());
        let link = incoming(&mut self.link, !idle, !self.listeners.is_empty());
        let requested = |request| match request {
            None | Some(Request::Close) => Event::Closing,
            Some(request) => Event::Request(request),
        };
        if idle {
            // Requests first: an endless flood of unasked bytes must not keep them waiting.
            return tokio::select! {
                biased;
                Some(urgent) = self.urgent.recv() => Event::Urgent(urgent),
                request = self.requests.recv(), if wants => requested(request),
                came = link => Event::Came(came),
            };
        }
        tokio::select! {
            biased;
            Some(urgent) = self.urgent.recv() => Event::Urgent(urgent),
            came = link => Event::Came(came),
            request = self.requests.recv(), if wants => requested(request),
            () = sleep_until(self.window.deadline()) => Event::TooLate,
        }
    }

    /// Sends what may be sent now, in as few writes as possible.
    async fn fill(&mut self) -> Result<(), EndReason> {
        loop {
            // Output-off overtakes what waits here, however much that is.
            while let Ok(urgent) = self.urgent.try_recv() {
                if matches!(urgent, Urgent::Clear { .. }) {
                    self.flush().await?;
                }
                self.act(urgent).await?;
            }
            if !self.gather().await? {
                return self.flush().await;
            }
        }
    }

    /// Moves on by one message; false when the next has to wait, or there is none.
    async fn gather(&mut self) -> Result<bool, EndReason> {
        if let Some(mut batch) = self.batch.take() {
            if batch.is_done() {
                batch.finish(None);
                return Ok(true);
            }
            if batch.reply.is_closed() && self.window.is_empty() {
                return Ok(true);
            }
            let went_on = self.gather_from(&mut batch).await;
            self.batch = Some(batch);
            return went_on;
        }
        if self.is_closing {
            return Ok(false);
        }
        let Some(request) = self.next.take().or_else(|| self.requests.try_recv().ok()) else {
            return Ok(false);
        };
        match request {
            Request::Write { message, done } => {
                if done.is_closed() {
                    return Ok(true);
                }
                let waits = !self.window.is_empty()
                    && (self.depth == 1 || !self.window.admits_write(&message));
                if waits {
                    self.next = Some(Request::Write { message, done });
                    return Ok(false);
                }
                self.window.put(&message);
                self.writers.push(done);
                if self.window.unsent().len() >= IN_FLIGHT {
                    self.flush().await?;
                }
            }
            Request::Query(query) => {
                if query.reply.is_closed() {
                    return Ok(true);
                }
                match self.may_ask(&query.message, query.block).await? {
                    May::Wait => {
                        self.next = Some(Request::Query(query));
                        return Ok(false);
                    }
                    May::Never(error) => drop(query.reply.send(Err(error))),
                    May::Now => {
                        self.window.ask(&query.message, query.limit, Caller::One(query.reply));
                        self.window.block = query.block;
                    }
                }
            }
            Request::Batch(batch) => self.batch = Some(batch),
            Request::Trigger { done } => {
                if !self.window.is_empty() {
                    self.next = Some(Request::Trigger { done });
                    return Ok(false);
                }
                if !done.is_closed() {
                    self.trigger(done).await?;
                }
            }
            Request::Close => self.is_closing = true,
        }
        Ok(!self.is_closing)
    }

    async fn gather_from(&mut self, batch: &mut Batch) -> Result<bool, EndReason> {
        let Some((message, limit)) = batch.next() else {
            return Ok(false);
        };
        if batch.reply.is_closed() {
            return Ok(false);
        }
        match self.may_ask(message, None).await? {
            May::Wait => return Ok(false),
            May::Never(error) => batch.answers.push(Err(error)),
            May::Now => self.window.ask(message, limit, Caller::Batch),
        }
        batch.begun += 1;
        Ok(true)
    }

    /// Whether a query may be sent now. The first of a window waits until what nobody asked for is
    /// off the link and doubts are settled.
    async fn may_ask(&mut self, message: &str, block: Option<usize>) -> Result<May, EndReason> {
        if !self.window.is_empty() {
            let joins = block.is_none() && self.window.admits(message, self.depth);
            return Ok(if joins { May::Now } else { May::Wait });
        }
        self.settle().await?;
        Ok(match self.step.distrust() {
            Some(error) => May::Never(error.clone()),
            None => May::Now,
        })
    }

    /// Sends what was gathered, in one go.
    pub(super) async fn flush(&mut self) -> Result<(), EndReason> {
        let lines = self.window.unsent();
        if !lines.is_empty() {
            for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                self.show(TranscriptLine::Sent(line));
            }
            let limit = self.options.write_limit;
            match timeout(limit, self.link.send_lines(lines)).await {
                Ok(sent) => sent.map_err(EndReason::Link)?,
                Err(_) => {
                    let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
                    return Err(EndReason::Stalled { message: message::excerpt(lines), limit });
                }
            }
            self.window.has_left();
            if let Some(bytes) = self.window.block {
                self.link.expect_block(bytes);
            }
        }
        // A caller that has gone meanwhile does not want to know.
        for writer in self.writers.drain(..) {
            let _ = writer.send(());
        }
        Ok(())
    }

    async fn trigger(&mut self, done: oneshot::Sender<()>) -> Result<(), EndReason> {
        self.flush().await?;
        let limit = self.options.write_limit;
        let triggered = timeout(limit, self.link.trigger()).await;
        let stalled = || EndReason::Stalled { message: "a trigger".to_owned(), limit };
        if !triggered.map_err(|_| stalled())?.map_err(EndReason::Link)? {
            self.send("*TRG").await?;
        }
        let _ = done.send(());
        Ok(())
    }

    fn take(&mut self, line: Vec<u8>) {
        self.show(TranscriptLine::Received(&line));
        self.has_spoken = true;
        self.window.take(line, &mut self.batch);
    }

    /// Sends one message ahead of what waits.
    pub(super) async fn send(&mut self, message: &str) -> Result<(), EndReason> {
        let limit = self.options.write_limit;
        self.show(TranscriptLine::Sent(message.as_bytes()));
        match timeout(limit, self.link.send(message.as_bytes())).await {
            Ok(sent) => sent.map_err(EndReason::Link),
            Err(_) => {
                Err(EndReason::Stalled { message: message::excerpt(message.as_bytes()), limit })
            }
        }
    }

    /// Bytes came that nobody asked for. While a reply is missing they are probably that; else there
    /// is no telling whether more are on their way.
    pub(super) fn report(&mut self, noise: &[u8]) {
        self.show(TranscriptLine::Received(noise));
        self.has_spoken = true;
        tracing::warn!(
            bytes = noise.len(),
            text = message::excerpt(noise),
            "dropped what nobody asked for"
        );
        self.step.doubt(SessionError::Unasked { bytes: noise.len() }, UNASKED_PIECES);
    }

    pub(super) fn show(&self, line: TranscriptLine<'_>) {
        tracing::trace!(%line);
        if let Some(transcript) = &self.options.transcript {
            transcript.show(line);
        }
    }
}

/// Whether a query may be sent.
enum May {
    Now,
    Wait,
    Never(SessionError),
}

enum Event {
    Urgent(Urgent),
    Request(Request),
    Closing,
    Came(Came),
    TooLate,
}

enum Came {
    Reply(Result<Vec<u8>, LinkError>),
    Noise(Result<Vec<u8>, LinkError>),
    Service(Result<(), LinkError>),
}

/// What the link has to say. It does one thing at a time: while somebody listens for service
/// requests, it is asked for these in turn with the others. Cancel-safe, as each of them is.
async fn incoming<T: Transport>(link: &mut T, awaited: bool, listening: bool) -> Came {
    loop {
        match (awaited, listening) {
            (true, false) => return Came::Reply(link.receive().await),
            (false, false) => return Came::Noise(link.unsolicited().await),
            (true, true) => {
                if let Ok(reply) = timeout(TURN, link.receive()).await {
                    return Came::Reply(reply);
                }
                tokio::select! {
                    biased;
                    called = link.service_request() => return Came::Service(called),
                    () = ready(()) => {}
                }
            }
            (false, true) => {
                if let Ok(called) = timeout(TURN, link.service_request()).await {
                    return Came::Service(called);
                }
                tokio::select! {
                    biased;
                    noise = link.unsolicited() => return Came::Noise(noise),
                    () = ready(()) => {}
                }
            }
        }
    }
}
