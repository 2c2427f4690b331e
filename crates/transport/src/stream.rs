//! Messages over a stream of bytes, each ended by a terminator.

use std::{future::ready, io, sync::Arc};

use scpi_parser::reply::Framer;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    task::unconstrained,
};

use crate::{LinkError, Terminator, Transport, message};

/// The longest reply that is accepted, in bytes: the 2400's whole trace buffer as text is 175 kB.
pub(crate) const LONGEST_REPLY: usize = 16 << 20;
/// Room made for each read from the stream.
const READ_SIZE: usize = 4096;

/// How messages lie on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamOptions {
    /// What ends a message that is sent.
    pub send: Terminator,
    /// What ends a message that is received.
    pub accept: Terminator,
    /// The longest message that is accepted, in bytes, terminator included.
    pub longest: usize,
    /// Queries that may be on their way at once, at least 1.
    pub depth: usize,
}

impl Default for StreamOptions {
    /// Line feeds, 16 MiB, 64 queries.
    fn default() -> StreamOptions {
        StreamOptions {
            send: Terminator::Lf,
            accept: Terminator::Lf,
            longest: LONGEST_REPLY,
            depth: 64,
        }
    }
}

/// A link over any stream of bytes: a TCP socket, a serial port, `tokio::io::duplex` to a simulator.
///
/// A sent message gets exactly one terminator. A received message ends at the first terminator that is
/// neither inside a definite-length block nor inside a quoted string, nor inside an indefinite block
/// whose length was told by [`Transport::expect_block`]; it may be torn over any number of reads and
/// several may come in one. Nothing is sent but messages: a stream of this kind has no device clear.
///
/// A dropped `receive` leaves the bytes that came for the next one.
#[derive(Debug)]
pub struct StreamTransport<S> {
    stream: S,
    options: StreamOptions,
    /// Received.
    received: Vec<u8>,
    /// How much of it has been handed out.
    begin: usize,
    /// How much behind that the framer has seen.
    framed: usize,
    framer: Framer,
    outgoing: Vec<u8>,
    why_mute: Option<&'static str>,
    /// Messages sent since something was read.
    unanswered: usize,
    has_read: bool,
    /// Called after each read while several replies may be on their way.
    acknowledge: Option<fn(&S)>,
}

impl<S> StreamTransport<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// A link over `stream`, which nobody else reads or writes; every message ends with a line feed.
    pub fn new(stream: S) -> Self {
        StreamTransport::with_options(stream, StreamOptions::default())
    }

    /// A link that accepts replies of at most `longest` bytes.
    pub fn with_longest_reply(stream: S, longest: usize) -> Self {
        StreamTransport::with_options(stream, StreamOptions { longest, ..StreamOptions::default() })
    }

    /// A link with terminators and limits of its own.
    pub fn with_options(stream: S, options: StreamOptions) -> Self {
        StreamTransport {
            stream,
            options,
            received: Vec::new(),
            begin: 0,
            framed: 0,
            framer: Framer::ended_by(options.longest, options.accept.last()),
            outgoing: Vec::new(),
            why_mute: None,
            unanswered: 0,
            has_read: false,
            acknowledge: None,
        }
    }

    /// The stream, to be used for something else.
    pub(crate) fn into_stream(self) -> S {
        self.stream
    }

    /// The same link, which calls `acknowledge` after each read while several replies may be on their
    /// way.
    pub(crate) fn acknowledged_by(self, acknowledge: fn(&S)) -> Self {
        StreamTransport { acknowledge: Some(acknowledge), ..self }
    }

    /// The same link, which knows why an instrument that has never answered on it may be silent.
    pub(crate) fn mute_because(self, why: &'static str) -> Self {
        StreamTransport { why_mute: Some(why), ..self }
    }

    pub(crate) fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Drops what was received.
    pub(crate) fn forget(&mut self) {
        self.received.clear();
        self.begin = 0;
        self.frame_again();
    }

    fn frame_again(&mut self) {
        self.framed = 0;
        self.framer = Framer::ended_by(self.options.longest, self.options.accept.last());
    }

    /// Takes the first whole message off what was received.
    fn next_message(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        let fresh = &self.received[self.begin + self.framed..];
        let Ok(found) = self.framer.push(fresh) else {
            self.forget();
            return Err(self.endless());
        };
        let Some(consumed) = found else {
            self.framed += fresh.len();
            return Ok(None);
        };
        let end = self.begin + self.framed + consumed;
        self.framed = 0;
        let is_all = end == self.received.len();
        // The buffer is kept for the many short ones, and goes along with a long one.
        let mut message = if is_all && self.begin == 0 && end > READ_SIZE {
            std::mem::take(&mut self.received)
        } else {
            self.received[self.begin..end].to_vec()
        };
        self.begin = end;
        if is_all {
            self.received.clear();
            self.begin = 0;
        }
        self.options.accept.strip(&mut message);
        Ok(Some(message))
    }

    /// Makes room for what is read next.
    fn make_room(&mut self) {
        self.received.drain(..self.begin);
        self.begin = 0;
        self.received.reserve(READ_SIZE);
    }

    async fn read(&mut self) -> Result<(), LinkError> {
        self.make_room();
        let read = self.stream.read_buf(&mut self.received).await;
        self.has_read = true;
        if let Some(acknowledge) = self.acknowledge
            && self.unanswered > 1
        {
            acknowledge(&self.stream);
        }
        read_result(read)
    }

    /// Reads what is there already; whether there was anything.
    async fn read_now(&mut self) -> Result<bool, LinkError> {
        self.make_room();
        tokio::select! {
            biased;
            read = unconstrained(self.stream.read_buf(&mut self.received)) => read_result(read).map(|()| true),
            () = ready(()) => Ok(false),
        }
    }

    fn endless(&self) -> LinkError {
        LinkError::Endless { limit: self.options.longest }
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
        self.send_lines(message).await
    }

    async fn send_lines(&mut self, lines: &[u8]) -> Result<(), LinkError> {
        self.outgoing.clear();
        if std::mem::take(&mut self.has_read) {
            self.unanswered = 0;
        }
        for line in lines.strip_suffix(b"\n").unwrap_or(lines).split(|byte| *byte == b'\n') {
            message::check_for(line, self.options.send)?;
            self.outgoing.extend_from_slice(line);
            self.outgoing.extend_from_slice(self.options.send.bytes());
            self.unanswered += 1;
        }
        // One write, so that a message leaves as one segment, and many leave in few.
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
        while dropped <= self.options.longest {
            self.forget();
            if !self.read_now().await? {
                return Ok(());
            }
            dropped += self.received.len();
        }
        self.forget();
        Err(self.endless())
    }

    async fn unsolicited(&mut self) -> Result<Vec<u8>, LinkError> {
        if self.received.is_empty() {
            self.read().await?;
        }
        let bytes = self.received.split_off(self.begin);
        self.forget();
        Ok(bytes)
    }

    fn why_mute(&self) -> Option<&'static str> {
        self.why_mute
    }

    fn depth(&self) -> usize {
        self.options.depth.max(1)
    }

    /// The message's first bytes may be here already: it is framed from its begin again.
    fn expect_block(&mut self, bytes: usize) {
        self.frame_again();
        self.framer.expect_block(bytes);
    }
}
