//! A connection to one RPC server.

use std::{sync::Arc, time::Duration};

use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Handle,
    time::timeout,
};

use super::{
    record::Records,
    rpc::{self, Procedure, Reply},
};
use crate::LinkError;

/// Room made for each read.
const READ_SIZE: usize = 16 << 10;

/// Calls go out, replies come in; they are matched by their number.
#[derive(Debug)]
pub(super) struct Channel {
    stream: TcpStream,
    records: Records,
    outgoing: Vec<u8>,
    sent: usize,
    xid: u32,
}

impl Channel {
    pub(super) fn new(stream: TcpStream) -> Channel {
        let (records, outgoing, sent, xid) = (Records::default(), Vec::new(), 0, rpc::first_xid());
        Channel { stream, records, outgoing, sent, xid }
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Lines up a call, which [`Channel::next_reply`] sends first. Returns its number.
    pub(super) fn push(&mut self, procedure: Procedure, arguments: &[u8]) -> u32 {
        self.xid = self.xid.wrapping_add(1);
        self.outgoing.extend_from_slice(&rpc::call(self.xid, procedure, arguments));
        self.xid
    }

    /// Sends what is lined up. Cancel-safe: what has not left stays lined up.
    pub(super) async fn flush(&mut self) -> Result<(), LinkError> {
        let failed = |reason| LinkError::Write { reason: Arc::new(reason) };
        while self.sent < self.outgoing.len() {
            match self.stream.write(&self.outgoing[self.sent..]).await.map_err(failed)? {
                0 => return Err(LinkError::Closed),
                sent => self.sent += sent,
            }
        }
        self.outgoing.clear();
        self.sent = 0;
        Ok(())
    }

    /// Sends what leaves without waiting. For the end: errors no longer matter.
    pub(super) fn flush_now(&mut self) {
        while self.sent < self.outgoing.len() {
            match self.stream.try_write(&self.outgoing[self.sent..]) {
                Ok(sent) if sent > 0 => self.sent += sent,
                _ => return,
            }
        }
    }

    /// Keeps the connection for at most `limit` after it was given up here, until the call `xid` is
    /// answered: closed at once, what was sent last could be lost with it. Without a runtime the
    /// connection just closes.
    pub(super) fn linger(&mut self, xid: u32, limit: Duration) {
        let Ok(runtime) = Handle::try_current() else { return };
        // Clones: what is being dropped cannot be moved out of.
        let Ok(stream) = SockRef::from(&self.stream).try_clone() else { return };
        let _context = runtime.enter();
        let Ok(stream) = TcpStream::from_std(stream.into()) else { return };
        let mut rest = Channel {
            stream,
            records: std::mem::take(&mut self.records),
            outgoing: std::mem::take(&mut self.outgoing),
            sent: self.sent,
            xid: self.xid,
        };
        runtime.spawn(timeout(limit, async move {
            while rest.next_reply().await.is_ok_and(|reply| reply.xid != xid) {}
        }));
    }

    /// Lines up bytes that are a record already and sends what leaves without waiting. When the
    /// other side does not read, it is left out: nothing may pile up.
    pub(super) fn offer_record(&mut self, record: &[u8]) {
        self.flush_now();
        if self.outgoing.len() == self.sent {
            self.outgoing.clear();
            self.sent = 0;
            self.outgoing.extend_from_slice(record);
            self.flush_now();
        }
    }

    /// The next record, as one fragment. Sends nothing. Cancel-safe.
    pub(super) async fn next_record(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            if let Some(record) = self.records.next()? {
                return Ok(record);
            }
            let buffer = self.records.buffer();
            buffer.reserve(READ_SIZE);
            match self.stream.read_buf(buffer).await {
                Ok(0) => return Err(LinkError::Closed),
                Ok(_) => {}
                Err(reason) => return Err(LinkError::Read { reason: Arc::new(reason) }),
            }
        }
    }

    /// The next reply, to whichever call. Sends first what is lined up. Cancel-safe.
    pub(super) async fn next_reply(&mut self) -> Result<Reply, LinkError> {
        self.flush().await?;
        rpc::reply(&self.next_record().await?)
    }

    /// Calls and waits for the answer; other replies are dropped.
    pub(super) async fn exchange(
        &mut self,
        procedure: Procedure,
        arguments: &[u8],
    ) -> Result<Vec<u8>, LinkError> {
        let xid = self.push(procedure, arguments);
        loop {
            let reply = self.next_reply().await?;
            if reply.xid == xid {
                return reply.outcome.map_err(|refusal| refusal.of(procedure));
            }
            tracing::debug!(xid = reply.xid, "dropped the reply to another call");
        }
    }
}
