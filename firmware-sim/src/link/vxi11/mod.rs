//! VXI-11, the TCP/IP instrument protocol on ONC RPC (VXIbus Consortium, VXI-11 revision 1.0;
//! RFC 1057).

mod calls;
mod connection;
mod interrupt;
mod links;
mod numbers;
mod portmapper;
mod rpc;
mod xdr;

use std::{future::ready, io, sync::Arc};

use tokio::net::TcpListener;

pub use self::portmapper::{Services, answer_portmapper};
use self::{connection::Connection, links::Links};
use super::{door, host::Host, tcp::Clients};

/// How VXI-11 is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vxi11Options {
    /// The names by which links are asked for, without regard to case. Instruments on the LAN call
    /// themselves `inst0` (VXI-11.3, section B.1.1).
    pub names: Vec<String>,
    /// The most bytes of one device_write; at least 1024.
    pub max_receive_size: u32,
    /// How many links there may be at the same time, over all connections.
    pub links: usize,
}

impl Default for Vxi11Options {
    fn default() -> Self {
        Vxi11Options { names: vec!["inst0".to_owned()], max_receive_size: 16 * 1024, links: 32 }
    }
}

/// What the connections of one port share.
struct Server {
    host: Arc<Host>,
    options: Vxi11Options,
    links: Links,
    /// Where device_abort is called: the same port, over a connection of its own.
    port: u16,
}

/// Answers VXI-11 on a port, for ever: core and abort channel, and interrupts to the clients who ask
/// for them. Each link is a client of the instrument of its own, and dies with its connection.
///
/// Replies come when they come on any other link, and faults strike here as there: a reply that is
/// swallowed or late ends a device_read by its time-out, one that is torn after its first half.
///
/// # Errors
/// The port does not take connections any more.
pub async fn answer_vxi11(
    listener: TcpListener,
    host: Arc<Host>,
    options: Vxi11Options,
) -> io::Result<()> {
    let port = listener.local_addr()?.port();
    let links = Links::default();
    let server = Arc::new(Server { host, options, links, port });
    let refuses = |_| ready(server.host.refuses_connection());
    let serve = |stream| {
        let connection = Connection::new(Arc::clone(&server));
        async move { connection.serve(stream).await }
    };
    door::answer(listener, Clients::Several, " by VXI-11", refuses, serve).await
}
