//! An instrument behind TCP ports.

use std::{
    future::ready,
    io,
    sync::{Arc, Mutex},
};

use tokio::net::{TcpListener, TcpStream};

use super::{
    door,
    host::Host,
    socket::Socket,
    stream::{Manner, converse},
};
use crate::instrument::Instrument;

/// How a socket treats small segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acknowledge {
    /// Nagle's algorithm and, on Linux, delayed acknowledgements off: a client with Nagle's
    /// algorithm on that writes twice before it reads would otherwise wait 40 ms for every pair.
    #[default]
    AtOnce,
    /// Both on, as on instruments whose makers did not think of it: shows the 40 ms.
    Delayed,
}

/// How many clients are answered at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clients {
    /// All, each with a session of its own.
    #[default]
    Several,
    /// One; others connect and get no answer until it has gone, and then it is their turn. So do
    /// instruments with one socket whose stale client nobody has closed.
    One,
    /// One; the connections of others are reset.
    OneRefusingOthers,
}

/// How a port is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpOptions {
    /// Small segments.
    pub acknowledge: Acknowledge,
    /// Clients.
    pub clients: Clients,
}

/// Answers one client over TCP as [`serve`](super::serve) does, with Nagle's algorithm and, on Linux,
/// delayed acknowledgements off.
///
/// # Errors
/// Setting up, reading or writing the socket failed.
pub async fn serve_tcp(stream: TcpStream, instrument: &mut Instrument) -> io::Result<()> {
    let stream = Socket::new(stream, Acknowledge::AtOnce)?;
    converse(stream, &Mutex::new(instrument), Manner::default()).await
}

/// Answers the clients of a port, for ever.
///
/// # Errors
/// The port does not take connections any more.
pub async fn answer_tcp(
    listener: TcpListener,
    host: Arc<Host>,
    options: TcpOptions,
) -> io::Result<()> {
    let serve = |stream| {
        let host = Arc::clone(&host);
        async move { host.serve(Socket::new(stream, options.acknowledge)?).await }
    };
    let refuses = |is_full| ready(host.refuses_connection() || is_full);
    door::answer(listener, options.clients, "", refuses, serve).await
}
