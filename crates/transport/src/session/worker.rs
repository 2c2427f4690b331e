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
    window::Window,
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
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) urgent: mpsc::Receiver<Urgent>,
    pub(super) options: SessionOptions,
    /// Queries that may be on their way together.
    pub(super) depth: usize,
    pub(super) step: Step,
    pub(super) window: Window,
    /// The batch that is being worked on.
    pub(super) batch: Option<Batch>,
    /// The request whose turn is next.
    pub(super) next: Option<Request>,
    /// Who waits for what is sent with the next flush to have left.
    pub(super) writers: Vec<oneshot::Sender<()>>,
    /// Who waits for a service request.
    pub(super) listeners: Vec<oneshot::Sender<()>>,
    /// Something has come on this link.
    pub(super) has_spoken: bool,
    pub(super) is_closing: bool,
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

    fn take(&mut self, line: Vec<u8>) {
        self.show(TranscriptLine::Received(&line));
        self.has_spoken = true;
        self.window.take(line, &mut self.batch);
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
