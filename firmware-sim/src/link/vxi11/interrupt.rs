//! The interrupt channel: calls from the instrument to its client.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};

use super::{
    numbers::{DEVICE_INTR_SRQ, INTERRUPT},
    rpc,
    xdr::Writer,
};

/// How long a client may take to accept the channel that it has asked for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Requests that may wait for a client that does not read them; more are lost.
const WAITING: usize = 64;

/// A channel to a client; dropping it closes it.
pub(super) struct Interrupt {
    requests: mpsc::Sender<Vec<u8>>,
    task: JoinHandle<()>,
}

impl Interrupt {
    /// Connects to the client's own server.
    ///
    /// # Errors
    /// It does not accept.
    pub(super) async fn connect(host: u32, port: u16, udp: bool) -> io::Result<Interrupt> {
        let client = SocketAddr::from((Ipv4Addr::from_bits(host), port));
        let (requests, waiting) = mpsc::channel(WAITING);
        let task = if udp {
            let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
            socket.connect(client).await?;
            tokio::spawn(send_datagrams(socket, waiting))
        } else {
            let stream = timeout(PATIENCE, TcpStream::connect(client)).await??;
            stream.set_nodelay(true)?;
            tokio::spawn(send(stream, waiting))
        };
        Ok(Interrupt { requests, task })
    }

    /// Calls device_intr_srq, which has no answer (section B.3).
    pub(super) fn request_service(&self, handle: &[u8]) {
        // One that does not fit any more is lost, as its client is.
        let _ = self.requests.try_send(Writer::default().opaque(handle).0);
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn send(stream: TcpStream, mut waiting: mpsc::Receiver<Vec<u8>>) {
    let (mut read, mut write) = stream.into_split();
    let calls = async {
        let mut id = 0_u32;
        while let Some(arguments) = waiting.recv().await {
            id = id.wrapping_add(1);
            write.write_all(&rpc::call(id, INTERRUPT, DEVICE_INTR_SRQ, arguments)?).await?;
        }
        io::Result::Ok(())
    };
    // Clients whose library answers every call are not kept waiting with their answers.
    let answers = async {
        let mut ignored = [0; 1024];
        while read.read(&mut ignored).await? > 0 {}
        io::Result::Ok(())
    };
    tokio::select! {
        // The client has gone, or the channel was closed.
        _ = calls => {}
        _ = answers => {}
    }
}

async fn send_datagrams(socket: UdpSocket, mut waiting: mpsc::Receiver<Vec<u8>>) {
    let mut id = 0_u32;
    while let Some(arguments) = waiting.recv().await {
        id = id.wrapping_add(1);
        if let Ok(call) = rpc::call(id, INTERRUPT, DEVICE_INTR_SRQ, arguments) {
            // Datagrams may be lost on any way.
            let _ = socket.send(rpc::unmarked(&call)).await;
        }
    }
}
