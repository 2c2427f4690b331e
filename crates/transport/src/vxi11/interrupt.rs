//! The interrupt channel: the instrument calls us to ask for service (VXI-11, B.4.3 and B.6.13).

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use tokio::net::{TcpListener, TcpStream};

use super::{
    calls::{DEVICE_INTR_SRQ, INTERRUPT, VERSION},
    channel::Channel,
    rpc,
    xdr::Reader,
};
use crate::LinkError;

/// A server for one link.
#[derive(Debug)]
pub(super) struct Interrupts {
    listener: TcpListener,
    connection: Option<Channel>,
    handle: [u8; 8],
    waiting: u32,
}

impl Interrupts {
    /// Listens at `address`, where the instrument reaches this computer.
    pub(super) async fn listen(address: Ipv4Addr) -> Result<Interrupts, LinkError> {
        let listener = TcpListener::bind((address, 0)).await.map_err(failed)?;
        let mut handle = [0; 8];
        handle[..4].copy_from_slice(&rpc::first_xid().to_be_bytes());
        handle[4..].copy_from_slice(&rpc::first_xid().to_be_bytes());
        Ok(Interrupts { listener, connection: None, handle, waiting: 0 })
    }

    /// Where the instrument is to connect to.
    pub(super) fn address(&self) -> Result<SocketAddr, LinkError> {
        self.listener.local_addr().map_err(failed)
    }

    /// What the instrument sends back with each request, so that it is known to be for us.
    pub(super) fn handle(&self) -> &[u8] {
        &self.handle
    }

    /// Waits for a request. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<(), LinkError> {
        while self.waiting == 0 {
            self.serve().await?;
        }
        self.waiting -= 1;
        Ok(())
    }

    /// Takes connections and calls for as long as it is polled.
    pub(super) async fn serve_on(&mut self) -> LinkError {
        loop {
            if let Err(error) = self.serve().await {
                return error;
            }
        }
    }

    /// Takes one connection, or one call. Cancel-safe.
    async fn serve(&mut self) -> Result<(), LinkError> {
        let Some(channel) = &mut self.connection else {
            return self.accept().await;
        };
        tokio::select! {
            record = channel.next_record() => match record {
                Ok(record) => self.take_call(&record),
                Err(error) => {
                    // It may come back.
                    tracing::debug!(%error, "the interrupt channel ends");
                    self.connection = None;
                    Ok(())
                }
            },
            connected = self.listener.accept() => self.connected(connected),
        }
    }

    async fn accept(&mut self) -> Result<(), LinkError> {
        let connected = self.listener.accept().await;
        self.connected(connected)
    }

    fn connected(
        &mut self,
        connected: io::Result<(TcpStream, SocketAddr)>,
    ) -> Result<(), LinkError> {
        let (stream, peer) = connected.map_err(failed)?;
        tracing::debug!(%peer, "the interrupt channel is connected");
        self.connection = Some(Channel::new(stream));
        Ok(())
    }

    fn take_call(&mut self, record: &[u8]) -> Result<(), LinkError> {
        let Ok((xid, [program, version, procedure], arguments)) = rpc::incoming_call(record) else {
            self.connection = None;
            return Ok(());
        };
        let ours = program == INTERRUPT && version == VERSION;
        let known = ours && (procedure == DEVICE_INTR_SRQ || procedure == 0);
        if ours && procedure == DEVICE_INTR_SRQ {
            if Reader::new(&arguments).bytes()? == self.handle {
                self.waiting = self.waiting.saturating_add(1);
            } else {
                tracing::debug!("a service request of another link");
            }
        }
        // The procedure is one-way, but many servers wait for its answer all the same, and those
        // that do not ignore it.
        if let Some(channel) = &mut self.connection {
            channel.offer_record(&rpc::void_reply(xid, known));
        }
        Ok(())
    }
}

fn failed(reason: io::Error) -> LinkError {
    LinkError::Read { reason: Arc::new(reason) }
}
