//! Asking an instrument's portmapper (RFC 1057, appendix A).

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{UdpSocket, lookup_host},
    time::{Instant, timeout, timeout_at},
};

use super::{
    calls::{GETPORT, core_port},
    channel::Channel,
    rpc,
    xdr::Reader,
};
use crate::{LinkError, tcp};

/// A datagram may get lost: it is sent again so often.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// What TCP may take of the time before UDP is tried: some instruments drop TCP silently.
const LONGEST_TCP: Duration = Duration::from_secs(2);
const LONGEST_DATAGRAM: usize = 512;

/// The core channel's port.
///
/// # Errors
/// There is no answer until `deadline`, or no such service.
pub(super) async fn find_core(
    host: &str,
    port: u16,
    resource: &str,
    deadline: Instant,
    limit: Duration,
) -> Result<u16, LinkError> {
    let first = deadline.min(Instant::now() + (limit / 2).min(LONGEST_TCP));
    let results = match over_tcp(host, port, resource, first, limit).await {
        Ok(results) => results,
        Err(error @ (LinkError::UnknownHost { .. } | LinkError::Declined { .. })) => {
            return Err(error);
        }
        Err(error) => {
            tracing::debug!(%error, "the portmapper does not answer over TCP");
            over_udp(host, port, resource, deadline, limit).await?
        }
    };
    match Reader::new(&results).number()? {
        0 => Err(no_service(resource, "it answers, but knows of no VXI-11; enable it there")),
        found => u16::try_from(found).map_err(|_| LinkError::Protocol {
            protocol: "portmapper",
            expected: "a port below 65536",
            found: found.to_string(),
        }),
    }
}

async fn over_tcp(
    host: &str,
    port: u16,
    resource: &str,
    deadline: Instant,
    limit: Duration,
) -> Result<Vec<u8>, LinkError> {
    let stream = tcp::open(host, port, resource, deadline, limit).await?;
    let mut channel = Channel::new(stream);
    timeout_at(deadline, channel.exchange(GETPORT, &core_port()))
        .await
        .map_err(|_| LinkError::NoAnswer { resource: resource.to_owned(), limit })?
}

async fn over_udp(
    host: &str,
    port: u16,
    resource: &str,
    deadline: Instant,
    limit: Duration,
) -> Result<Vec<u8>, LinkError> {
    let unknown = |reason| LinkError::UnknownHost {
        resource: resource.to_owned(),
        host: host.to_owned(),
        reason: Arc::new(reason),
    };
    let address = timeout_at(deadline, lookup_host((host, port)))
        .await
        .map_err(|_| LinkError::NoAnswer { resource: resource.to_owned(), limit })?
        .map_err(unknown)?
        .next()
        .ok_or_else(|| unknown(io::ErrorKind::NotFound.into()))?;
    let asked = ask(address, deadline).await.map_err(|reason| match reason.kind() {
        io::ErrorKind::ConnectionRefused => no_service(
            resource,
            "no portmapper answers there, over TCP or UDP; check that VXI-11 is enabled in the \
             instrument's LAN settings, or give the core channel's port",
        ),
        io::ErrorKind::TimedOut => LinkError::NoAnswer { resource: resource.to_owned(), limit },
        _ => LinkError::Unreachable { resource: resource.to_owned(), reason: Arc::new(reason) },
    });
    asked?.outcome.map_err(|refusal| refusal.of(GETPORT))
}

/// Asks until an answer with the right number comes.
async fn ask(address: SocketAddr, deadline: Instant) -> io::Result<rpc::Reply> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0; 16], 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    let xid = rpc::first_xid();
    let question = datagram(xid);
    while Instant::now() < deadline {
        socket.send(&question).await?;
        let again = ASK_AGAIN.min(deadline - Instant::now());
        let answered = async {
            loop {
                let mut bytes = [0; LONGEST_DATAGRAM];
                let length = socket.recv(&mut bytes).await?;
                match read(&bytes[..length]) {
                    Some(reply) if reply.xid == xid => return Ok(reply),
                    _ => {}
                }
            }
        };
        match timeout(again, answered).await {
            Ok(reply) => return reply,
            Err(_) => continue,
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// GETPORT as a datagram: a record without its mark.
pub(super) fn datagram(xid: u32) -> Vec<u8> {
    let mut call = rpc::call(xid, GETPORT, &core_port());
    call.drain(..4);
    call
}

/// A datagram as a reply; what is none is nobody's answer.
pub(super) fn read(datagram: &[u8]) -> Option<rpc::Reply> {
    let mut record = (1 << 31 | u32::try_from(datagram.len()).ok()?).to_be_bytes().to_vec();
    record.extend_from_slice(datagram);
    rpc::reply(&record).ok()
}

fn no_service(resource: &str, reason: &str) -> LinkError {
    LinkError::NoDevice {
        resource: resource.to_owned(),
        device: "the portmapper's VXI-11 service".to_owned(),
        reason: reason.to_owned(),
    }
}
