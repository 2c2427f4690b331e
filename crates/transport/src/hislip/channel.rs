//! One of the two connections, as messages.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::message::{self, Message, kind};
use crate::LinkError;

/// Room made for each read.
const READ_SIZE: usize = 16 << 10;
/// Bytes that may wait when another Error is lined up.
const MOST_OBJECTIONS: usize = 64 << 10;

/// Both directions of a connection. They are apart so that one can be awaited beside the other.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) incoming: Incoming,
    pub(super) outgoing: Outgoing,
}

/// What the instrument sends.
#[derive(Debug)]
pub(super) struct Incoming {
    stream: OwnedReadHalf,
    received: Vec<u8>,
}

/// What is sent to the instrument.
#[derive(Debug)]
pub(super) struct Outgoing {
    stream: OwnedWriteHalf,
    bytes: Vec<u8>,
    sent: usize,
}

impl Channel {
    pub(super) fn new(stream: TcpStream) -> Channel {
        let (read, write) = stream.into_split();
        Channel {
            incoming: Incoming { stream: read, received: Vec::new() },
            outgoing: Outgoing { stream: write, bytes: Vec::new(), sent: 0 },
        }
    }
}

impl Incoming {
    /// The next message. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Message, LinkError> {
        loop {
            if let Some(message) = message::decode(&mut self.received)? {
                return Ok(message);
            }
            self.received.reserve(READ_SIZE);
            match self.stream.read_buf(&mut self.received).await {
                Ok(0) => return Err(LinkError::Closed),
                Ok(_) => {}
                Err(reason) => return Err(LinkError::Read { reason: Arc::new(reason) }),
            }
        }
    }
}

impl Outgoing {
    /// Lines a message up; [`Outgoing::flush`] sends it.
    pub(super) fn push(&mut self, kind: u8, control: u8, parameter: u32, payload: &[u8]) {
        message::encode(kind, control, parameter, payload, &mut self.bytes);
    }

    /// Lines up an answer to a message that is not known here, unless so much waits already that
    /// the other side seems to send without reading.
    pub(super) fn object(&mut self, code: u8) {
        if self.bytes.len() < MOST_OBJECTIONS {
            self.push(kind::ERROR, code, 0, b"unrecognized message");
        }
    }

    /// Whether something is lined up.
    pub(super) fn waits(&self) -> bool {
        self.sent < self.bytes.len()
    }

    /// Sends what leaves without waiting. For the end: errors no longer matter.
    pub(super) fn flush_now(&mut self) {
        while self.waits() {
            match self.stream.try_write(&self.bytes[self.sent..]) {
                Ok(sent) if sent > 0 => self.sent += sent,
                _ => return,
            }
        }
    }

    /// Sends what is lined up. Cancel-safe: what has not left stays lined up.
    pub(super) async fn flush(&mut self) -> Result<(), LinkError> {
        let failed = |reason| LinkError::Write { reason: Arc::new(reason) };
        while self.sent < self.bytes.len() {
            match self.stream.write(&self.bytes[self.sent..]).await.map_err(failed)? {
                0 => return Err(LinkError::Closed),
                sent => self.sent += sent,
            }
        }
        self.bytes.clear();
        self.sent = 0;
        Ok(())
    }
}
