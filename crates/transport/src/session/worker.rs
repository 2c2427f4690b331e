//! The task that owns the link.

use std::{
    future::ready,
    pin::pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    task::unconstrained,
    time::{Instant, sleep_until, timeout},
};

use super::{
    SessionOptions,
    proof::{Proof, SWEEPER},
};
use crate::{EndReason, LinkError, SessionError, TranscriptLine, Transport, message};

/// Unasked bytes that are dropped ahead of one query, or of one proof, before the link is given up.
const MOST_NOISE: usize = 1 << 20;
/// Response units that an unasked line may have: nobody knows; a banner or an event has one.
const UNASKED_UNITS: usize = 8;
/// Where "for ever" ends: deadlines beyond it cannot be represented everywhere.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// What waits for its turn.
#[derive(Debug)]
pub(super) enum Request {
    Write { message: String, done: oneshot::Sender<()> },
    Query { message: String, limit: Duration, reply: Reply },
    Close,
}

type Reply = oneshot::Sender<Result<Vec<u8>, SessionError>>;

/// What does not wait for its turn.
#[derive(Debug)]
pub(super) struct Urgent {
    pub(super) message: String,
    pub(super) done: oneshot::Sender<()>,
}

/// Whether the next line from the instrument answers the next query.
enum Step {
    In,
    Out(Doubt),
    /// The instrument did not prove that it is in step again. Only writes are left.
    Mistrusted(SessionError),
}

/// Why the next line may be something else than the next answer.
struct Doubt {
    /// What queries fail with when the instrument does not dispel it.
    error: SessionError,
    /// Response units that a line on its way may have.
    units: usize,
    /// How long that line may still take.
    limit: Duration,
}

/// The link is the first field: it is closed before the callers learn that the session has ended.
pub(super) struct Worker<T> {
    link: T,
    requests: mpsc::Receiver<Request>,
    urgent: mpsc::Receiver<Urgent>,
    options: SessionOptions,
    step: Step,
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
        Worker { link, requests, urgent, options, step: Step::In, end }
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
        // Nobody else sets it.
        let _ = self.end.set(reason);
    }

    async fn serve(&mut self) -> Result<(), EndReason> {
        loop {
            tokio::select! {
                biased;
                Some(urgent) = self.urgent.recv() => self.send_urgent(urgent).await?,
                request = self.requests.recv() => match request {
                    None | Some(Request::Close) => return Ok(()),
                    Some(Request::Write { message, done }) => self.answer_write(&message, done).await?,
                    Some(Request::Query { message, limit, reply }) => {
                        self.answer_query(&message, limit, reply).await?;
                    }
                },
                noise = self.link.unsolicited() => {
                    let noise = noise.map_err(EndReason::Link)?;
                    self.report(&noise);
                }
            }
        }
    }

    async fn answer_write(
        &mut self,
        message: &str,
        done: oneshot::Sender<()>,
    ) -> Result<(), EndReason> {
        if !done.is_closed() {
            self.send(message).await?;
            // A caller that has gone meanwhile does not want to know.
            let _ = done.send(());
        }
        Ok(())
    }

    async fn answer_query(
        &mut self,
        message: &str,
        limit: Duration,
        reply: Reply,
    ) -> Result<(), EndReason> {
        if reply.is_closed() {
            return Ok(());
        }
        if !matches!(self.step, Step::Mistrusted(_)) {
            self.drain().await?;
        }
        if let Step::Out(doubt) = &self.step {
            let (proof, limit) =
                (Proof::after(doubt.units), doubt.limit.max(self.options.proof_limit));
            let proven = self.proves(&proof, limit.min(FOR_EVER)).await?;
            self.judge(proven);
        }
        let answer = match &self.step {
            Step::Mistrusted(error) => Err(error.clone()),
            _ => self.exchange(message, limit).await?,
        };
        // A caller that has gone leaves its reply here, and it is dropped.
        let _ = reply.send(answer);
        Ok(())
    }

    async fn exchange(
        &mut self,
        message: &str,
        limit: Duration,
    ) -> Result<Result<Vec<u8>, SessionError>, EndReason> {
        self.send(message).await?;
        let error = match self.receive(Instant::now() + limit.min(FOR_EVER)).await? {
            Received::Message(reply) => return Ok(Ok(reply)),
            Received::Nothing => {
                SessionError::TimedOut { message: message::excerpt(message.as_bytes()), limit }
            }
            Received::Endless(reason) => {
                SessionError::Unusable { message: message::excerpt(message.as_bytes()), reason }
            }
        };
        tracing::warn!(%error, "out of step");
        self.step = Step::Out(Doubt {
            error: SessionError::OutOfStep { lost: message::excerpt(message.as_bytes()) },
            units: message::queries(message.as_bytes()).max(1),
            limit,
        });
        Ok(Err(error))
    }

    /// Takes what nobody asked for off the link, as far as it has arrived.
    async fn drain(&mut self) -> Result<(), EndReason> {
        let mut noise = 0;
        while noise <= MOST_NOISE {
            let bytes = tokio::select! {
                biased;
                bytes = unconstrained(self.link.unsolicited()) => bytes.map_err(EndReason::Link)?,
                () = ready(()) => return Ok(()),
            };
            noise += bytes.len();
            self.report(&bytes);
        }
        self.judge(false);
        Ok(())
    }

    /// Settles a doubt.
    fn judge(&mut self, proven: bool) {
        self.step = match std::mem::replace(&mut self.step, Step::In) {
            Step::Out(_) if proven => {
                tracing::info!("in step again");
                Step::In
            }
            Step::Out(Doubt { error, .. }) => {
                tracing::warn!(%error, "not in step again");
                Step::Mistrusted(error)
            }
            settled => settled,
        };
    }

    async fn proves(&mut self, proof: &Proof, limit: Duration) -> Result<bool, EndReason> {
        if !self.clear().await? {
            return Ok(false);
        }
        self.send(SWEEPER).await?;
        // When nothing comes, what did come may look like the begin of a longer message: it goes.
        let swept = self.receive(Instant::now() + limit).await?;
        if !matches!(swept, Received::Message(_)) && !self.clear().await? {
            return Ok(false);
        }
        self.send(&proof.message()).await?;
        let deadline = Instant::now() + limit;
        let mut noise = 0;
        while noise <= MOST_NOISE && Instant::now() < deadline {
            match self.receive(deadline).await? {
                Received::Message(line) if proof.is_met_by(&line) => return Ok(true),
                Received::Message(line) => noise += line.len() + 1,
                Received::Nothing | Received::Endless(_) => return Ok(false),
            }
        }
        Ok(false)
    }

    /// Whether the link could be cleared; a flood has no end.
    async fn clear(&mut self) -> Result<bool, EndReason> {
        match self.link.clear().await {
            Ok(()) => Ok(true),
            Err(LinkError::Endless { .. }) => Ok(false),
            Err(error) => Err(EndReason::Link(error)),
        }
    }

    /// Waits for one line; urgent messages leave meanwhile.
    async fn receive(&mut self, deadline: Instant) -> Result<Received, EndReason> {
        let mut too_late = pin!(sleep_until(deadline));
        loop {
            tokio::select! {
                biased;
                Some(urgent) = self.urgent.recv() => self.send_urgent(urgent).await?,
                received = self.link.receive() => return match received {
                    Ok(line) => {
                        self.show(TranscriptLine::Received(&line));
                        Ok(Received::Message(line))
                    }
                    Err(error @ LinkError::Endless { .. }) => Ok(Received::Endless(error)),
                    Err(error) => Err(EndReason::Link(error)),
                },
                () = &mut too_late => return Ok(Received::Nothing),
            }
        }
    }

    async fn send_urgent(&mut self, urgent: Urgent) -> Result<(), EndReason> {
        self.send(&urgent.message).await?;
        // It has left, whether the caller still wants to know or not.
        let _ = urgent.done.send(());
        Ok(())
    }

    async fn send(&mut self, message: &str) -> Result<(), EndReason> {
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
    fn report(&mut self, noise: &[u8]) {
        self.show(TranscriptLine::Received(noise));
        tracing::warn!(
            bytes = noise.len(),
            text = message::excerpt(noise),
            "dropped what nobody asked for"
        );
        if matches!(self.step, Step::In) {
            let error = SessionError::Unasked { bytes: noise.len() };
            self.step = Step::Out(Doubt { error, units: UNASKED_UNITS, limit: Duration::ZERO });
        }
    }

    fn show(&self, line: TranscriptLine<'_>) {
        tracing::trace!(%line);
        if let Some(transcript) = &self.options.transcript {
            transcript.show(line);
        }
    }
}

enum Received {
    Message(Vec<u8>),
    Nothing,
    Endless(LinkError),
}
