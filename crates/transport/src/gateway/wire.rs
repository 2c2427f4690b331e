//! The stream to a gateway: commands, lines, and the proof that it has done what it was told.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout, timeout_at},
};

use super::PROTOCOL;
use crate::{LinkError, message};

const READ_SIZE: usize = 4096;
/// How many answer limits a gateway may pass on what an instrument says before it answers itself.
const TALK: u32 = 6;

#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    /// Come, not yet looked at.
    pub(super) received: Vec<u8>,
    /// The whole answer to `++ver`, line end included, once it is known.
    pub(super) version: Vec<u8>,
    answer_limit: Duration,
    longest: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(stream: S, answer_limit: Duration, longest: usize) -> Wire<S> {
        Wire { stream, received: Vec::new(), version: Vec::new(), answer_limit, longest }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let written = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(self.answer_limit, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(reason)) => Err(LinkError::Write { reason: Arc::new(reason) }),
            Err(_) => {
                let reason = std::io::Error::new(
                    std::io::ErrorKind::TimedOut,
                    "the gateway takes no more; an instrument on its bus may hold the lines",
                );
                Err(LinkError::Write { reason: Arc::new(reason) })
            }
        }
    }

    /// Waits for more bytes. Cancel-safe.
    pub(super) async fn read(&mut self) -> Result<(), LinkError> {
        self.received.reserve(READ_SIZE);
        match self.stream.read_buf(&mut self.received).await {
            Ok(0) => Err(LinkError::Closed),
            Ok(_) => Ok(()),
            Err(reason) => Err(LinkError::Read { reason: Arc::new(reason) }),
        }
    }

    /// Waits for more bytes; false when none came in time.
    pub(super) async fn read_until(&mut self, deadline: Instant) -> Result<bool, LinkError> {
        timeout_at(deadline, self.read()).await.map_or(Ok(false), |read| read.map(|()| true))
    }

    /// The next line with its line feed; nothing when none came in time.
    pub(super) async fn line(&mut self, deadline: Instant) -> Result<Option<Vec<u8>>, LinkError> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let rest = self.received.split_off(end + 1);
                return Ok(Some(std::mem::replace(&mut self.received, rest)));
            }
            if self.received.len() > self.longest {
                return Err(LinkError::Endless { limit: self.longest });
            }
            if !self.read_until(deadline).await? {
                return Ok(None);
            }
        }
    }

    /// Asks the gateway for its version and waits for the answer: a gateway does one thing after the
    /// other, so nothing that it was told before is still going on, and nothing that an instrument
    /// said is still on its way. Returns what came before the answer.
    ///
    /// # Errors
    /// It does not answer: it is not known any more whose words come next.
    pub(super) async fn settle(&mut self) -> Result<Vec<u8>, LinkError> {
        self.write(b"++ver\n").await?;
        let give_up = Instant::now() + self.answer_limit * TALK;
        while !self.received.ends_with(&self.version) {
            // What is too long to be a reply is dropped, but for what may be the answer's begin.
            if self.received.len() > self.longest {
                self.received.drain(..self.received.len() - self.version.len());
            }
            let deadline = give_up.min(Instant::now() + self.answer_limit);
            if !self.read_until(deadline).await? {
                return Err(LinkError::Protocol {
                    protocol: PROTOCOL,
                    expected: "its version, as the answer to ++ver",
                    found: match self.received.as_slice() {
                        [] => format!("nothing within {:?}", self.answer_limit),
                        bytes => message::excerpt(bytes),
                    },
                });
            }
        }
        let before = self.received.len() - self.version.len();
        self.received.truncate(before);
        Ok(std::mem::take(&mut self.received))
    }
}
