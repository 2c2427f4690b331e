//! Messages over a stream of bytes, each ended by a line feed.

use std::{future::ready, io, sync::Arc};

use scpi_parser::reply::Framer;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    task::unconstrained,
};

use crate::{LinkError, Transport, message};

/// The longest reply that is accepted, in bytes: the 2400's whole trace buffer as text is 175 kB.
const LONGEST_REPLY: usize = 16 << 20;
/// Room made for each read from the stream.
const READ_SIZE: usize = 4096;

/// A link over any stream of bytes: a TCP socket, a serial port, `tokio::io::duplex` to a simulator.
///
/// A sent message gets exactly one line feed. A received message ends at the first line feed that is
/// neither inside a definite-length block nor inside a quoted string; it may be torn over any number
/// of reads and several may come in one.
#[derive(Debug)]
pub struct StreamTransport<S> {
    stream: S,
    /// Received, not yet handed out.
    received: Vec<u8>,
    /// How much of `received` the framer has seen.
    framed: usize,
    framer: Framer,
    outgoing: Vec<u8>,
    longest: usize,
}

impl<S> StreamTransport<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// A link over `stream`, which nobody else reads or writes.
    pub fn new(stream: S) -> Self {
        StreamTransport::with_longest_reply(stream, LONGEST_REPLY)
    }

    /// A link that accepts replies of at most `longest` bytes.
    pub fn with_longest_reply(stream: S, longest: usize) -> Self {
        StreamTransport {
            stream,
            received: Vec::new(),
            framed: 0,
            framer: Framer::new(longest),
            outgoing: Vec::new(),
            longest,
        }
    }

    fn forget(&mut self) {
        self.received.clear();
        self.framed = 0;
        self.framer = Framer::new(self.longest);
    }

    /// Takes the first whole message off what was received.
    fn next_message(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        let fresh = &self.received[self.framed..];
        let Ok(found) = self.framer.push(fresh) else {
            self.forget();
            return Err(LinkError::Endless { limit: self.longest });
        };
        let Some(consumed) = found else {
            self.framed = self.received.len();
            return Ok(None);
        };
        let rest = self.received.split_off(self.framed + consumed);
        let mut message = std::mem::replace(&mut self.received, rest);
        message.pop();
        self.framed = 0;
        Ok(Some(message))
    }

    async fn read(&mut self) -> Result<(), LinkError> {
        self.received.reserve(READ_SIZE);
        read_result(self.stream.read_buf(&mut self.received).await)
    }

    /// Reads what is there already; whether there was anything.
    async fn read_now(&mut self) -> Result<bool, LinkError> {
        self.received.reserve(READ_SIZE);
        tokio::select! {
            biased;
            read = unconstrained(self.stream.read_buf(&mut self.received)) => read_result(read).map(|()| true),
            () = ready(()) => Ok(false),
        }
    }
}

fn read_result(read: io::Result<usize>) -> Result<(), LinkError> {
    match read {
        Ok(0) => Err(LinkError::Closed),
        Ok(_) => Ok(()),
        Err(reason) => Err(LinkError::Read { reason: Arc::new(reason) }),
    }
}

impl<S> Transport for StreamTransport<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    async fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        message::check(message)?;
        self.outgoing.clear();
        self.outgoing.extend_from_slice(message);
        self.outgoing.push(b'\n');
        // One write, so that a message leaves as one segment.
        let written = async {
            self.stream.write_all(&self.outgoing).await?;
            self.stream.flush().await
        };
        written.await.map_err(|reason| LinkError::Write { reason: Arc::new(reason) })
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            if let Some(message) = self.next_message()? {
                return Ok(message);
            }
            self.read().await?;
        }
    }

    async fn clear(&mut self) -> Result<(), LinkError> {
        let mut dropped = 0;
        while dropped <= self.longest {
            self.forget();
            if !self.read_now().await? {
                return Ok(());
            }
            dropped += self.received.len();
        }
        self.forget();
        Err(LinkError::Endless { limit: self.longest })
    }

    async fn unsolicited(&mut self) -> Result<Vec<u8>, LinkError> {
        if self.received.is_empty() {
            self.read().await?;
        }
        let bytes = std::mem::take(&mut self.received);
        self.forget();
        Ok(bytes)
    }
}
