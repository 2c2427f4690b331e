//! Sending: what may leave now, in as few writes as possible.

use tokio::{sync::oneshot, time::timeout};

use super::{
    request::{Batch, Request, Urgent},
    window::{Caller, IN_FLIGHT},
    worker::Worker,
};
use crate::{EndReason, SessionError, TranscriptLine, Transport, message};

impl<T: Transport> Worker<T> {
    /// Sends what may be sent now, in as few writes as possible.
    pub(super) async fn fill(&mut self) -> Result<(), EndReason> {
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
                        self.writers.extend(query.sent);
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
}

/// Whether a query may be sent.
enum May {
    Now,
    Wait,
    Never(SessionError),
}
