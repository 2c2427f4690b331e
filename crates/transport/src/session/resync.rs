//! Out of step and back.

use std::{future::ready, pin::pin, time::Duration};

use tokio::{
    task::unconstrained,
    time::{Instant, sleep_until, timeout},
};

use super::{
    proof::{Proof, SWEEPER},
    request::Urgent,
    step::{Doubt, Step},
    window::Lost,
    worker::{FOR_EVER, Worker},
};
use crate::{EndReason, LinkError, SessionError, TranscriptLine, Transport};

/// Unasked bytes that are dropped ahead of one query, or of one proof, before the link is given up.
const MOST_NOISE: usize = 1 << 20;

impl<T: Transport> Worker<T> {
    /// The queries on their way got no reply, or one without end: all of them fail.
    pub(super) fn lose(&mut self, endless: Option<LinkError>) {
        let (asked, limit) = self.window.size_and_limit();
        let why = if self.has_spoken { None } else { self.link.why_mute() };
        let lost = self.window.fail(&mut self.batch, |message, place, came| match &endless {
            Some(reason) if place == came => {
                SessionError::Unusable { message, reason: reason.clone() }
            }
            None if place == 0 && came == 0 => SessionError::TimedOut { message, limit, why },
            _ => SessionError::Unattributed { message, asked, came, limit },
        });
        self.fall_out(lost);
    }

    fn fall_out(&mut self, lost: Lost) {
        tracing::warn!(lost = lost.message, replies = lost.lines, "out of step");
        let pieces = Doubt::pieces(lost.units);
        self.step = if lost.block && !self.link.clears_device() {
            let error = SessionError::BlockLost { lost: lost.message };
            Step::Mistrusted(Doubt { error, pieces: None, lines: lost.lines, limit: lost.limit })
        } else {
            let error = SessionError::OutOfStep { lost: lost.message };
            // A device clear has the block forgotten.
            Step::Out(Doubt { error, pieces: Some(pieces), lines: lost.lines, limit: lost.limit })
        };
    }

    /// Takes what nobody asked for off the link and has doubts dispelled, ahead of a query.
    pub(super) async fn settle(&mut self) -> Result<(), EndReason> {
        if matches!(self.step, Step::Mistrusted(_)) {
            return Ok(());
        }
        self.drain().await?;
        if !matches!(self.step, Step::Out(_)) {
            return Ok(());
        }
        self.flush().await?;
        let attempts = if self.link.clears_device() { 2 } else { 1 };
        for _ in 0..attempts {
            if self.is_proven().await? {
                self.step.settled(true);
                return Ok(());
            }
        }
        self.step.settled(false);
        Ok(())
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
        self.step.settled(false);
        Ok(())
    }

    /// Asks for a proof, once.
    async fn is_proven(&mut self) -> Result<bool, EndReason> {
        let Step::Out(Doubt { pieces: Some(pieces), limit, lines, .. }) = &mut self.step else {
            return Ok(false);
        };
        let proof = Proof::beyond(*pieces);
        let (limit, mut lines_left) = (*limit, *lines + 1);
        // When this proof fails, its own answers may be on their way at the next.
        *pieces += 1 + proof.units();
        *lines += 2;
        // What the instrument was made to forget is not waited for.
        let late = if self.link.clears_device() { Duration::ZERO } else { limit };
        let limit = late.max(self.options.proof_limit).min(FOR_EVER);
        if !self.clear_link().await? {
            return Ok(false);
        }
        self.send(SWEEPER).await?;
        // When nothing comes, what did come may look like the begin of a longer message: it goes.
        let swept = self.line(Instant::now() + limit).await?;
        if !matches!(swept, Line::Whole(_)) && !self.clear_link().await? {
            return Ok(false);
        }
        self.send(&proof.message()).await?;
        let mut deadline = Instant::now() + limit;
        let mut noise = 0;
        while noise <= MOST_NOISE && Instant::now() < deadline {
            match self.line(deadline).await? {
                Line::Whole(line) if proof.is_met_by(&line) => return Ok(true),
                Line::Whole(line) => {
                    noise += line.len() + 1;
                    // An instrument that works off what it was asked gets the time for each.
                    if lines_left > 1 {
                        lines_left -= 1;
                        deadline = Instant::now() + limit;
                    }
                }
                Line::None | Line::Endless => return Ok(false),
            }
        }
        Ok(false)
    }

    /// Whether the link could be cleared; a flood has no end.
    async fn clear_link(&mut self) -> Result<bool, EndReason> {
        let limit = self.options.write_limit;
        match timeout(limit, self.link.clear()).await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(LinkError::Endless { .. })) => Ok(false),
            Ok(Err(error)) => Err(EndReason::Link(error)),
            Err(_) => Err(EndReason::Stalled { message: "a device clear".to_owned(), limit }),
        }
    }

    /// Waits for one line; what is urgent is done meanwhile.
    async fn line(&mut self, deadline: Instant) -> Result<Line, EndReason> {
        let mut too_late = pin!(sleep_until(deadline));
        loop {
            tokio::select! {
                biased;
                Some(urgent) = self.urgent.recv() => self.act(urgent).await?,
                received = self.link.receive() => return match received {
                    Ok(line) => {
                        self.show(TranscriptLine::Received(&line));
                        self.has_spoken = true;
                        Ok(Line::Whole(line))
                    }
                    Err(LinkError::Endless { .. }) => Ok(Line::Endless),
                    Err(error) => Err(EndReason::Link(error)),
                },
                () = &mut too_late => return Ok(Line::None),
            }
        }
    }

    /// Does what does not wait for its turn.
    pub(super) async fn act(&mut self, urgent: Urgent) -> Result<(), EndReason> {
        // Each is done whether its caller still wants to know or not.
        match urgent {
            Urgent::Write { message, done } => {
                self.send(&message).await?;
                let _ = done.send(());
            }
            Urgent::Clear { done } => {
                self.clear().await?;
                let _ = done.send(());
            }
            Urgent::StatusByte { reply } => {
                let limit = self.options.write_limit;
                let answer = match timeout(limit, self.link.status_byte()).await {
                    Ok(Ok(status)) => Ok(status),
                    Ok(Err(error @ LinkError::Declined { .. })) => {
                        Err(SessionError::Declined(error))
                    }
                    Ok(Err(error)) => return Err(EndReason::Link(error)),
                    Err(_) => {
                        let message = "a serial poll".to_owned();
                        return Err(EndReason::Stalled { message, limit });
                    }
                };
                let _ = reply.send(answer);
            }
            Urgent::Listen { called } => self.listeners.push(called),
        }
        Ok(())
    }

    /// Clears the link because somebody asked for it.
    async fn clear(&mut self) -> Result<(), EndReason> {
        if self.window.is_empty() {
            // What is there already is told of, and doubted, not swallowed.
            self.drain().await?;
        } else {
            let lost = self
                .window
                .fail(&mut self.batch, |message, _, _| SessionError::Cleared { message });
            self.fall_out(lost);
        }
        let cleared = self.clear_link().await?;
        if cleared && self.link.clears_device() {
            self.step.hope();
        }
        Ok(())
    }
}

enum Line {
    Whole(Vec<u8>),
    None,
    Endless,
}
