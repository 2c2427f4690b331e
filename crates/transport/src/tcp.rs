//! Raw TCP sockets.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout_at},
};

use crate::{LinkError, Resource, StreamTransport};

/// Silence after which the operating system asks whether the other side still lives.
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(30);
/// Pause between such questions.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(10);

/// Of instruments with one socket, or whose sessions outlive their clients (pyvisa discussion 636;
/// Keithley 707B reference manual, 2-39).
const WHY_MUTE: &str = "the connection was made, but nothing has ever come over it: an earlier client may still \
    hold the instrument's only session; close that program, connect once to port 5030 (dead-socket termination, \
    Keithley 2600B and 707B), or switch the instrument off and on";

/// Connects to an instrument's raw SCPI socket.
///
/// `TCP_NODELAY` is always on: without it, a write followed by a query waits 40 ms for a delayed
/// acknowledgement. Keep-alive is on, so that a cable pulled during a quiet hour is noticed.
///
/// # Errors
/// One sentence naming the resource and what to check, within `limit` at the latest.
pub async fn connect_tcp(
    host: &str,
    port: u16,
    limit: Duration,
) -> Result<StreamTransport<TcpStream>, LinkError> {
    let resource = Resource::TcpSocket { board: 0, host: host.to_owned(), port }.to_string();
    let deadline = Instant::now() + limit;
    let stream = open(host, port, &resource, deadline, limit).await?;
    Ok(StreamTransport::new(stream).mute_because(WHY_MUTE).acknowledged_by(at_once))
}

/// A TCP connection with the settings that every link here wants.
///
/// # Errors
/// As [`connect_tcp`], at `deadline` at the latest; `limit` is what the sentence calls the time.
pub(crate) async fn open(
    host: &str,
    port: u16,
    resource: &str,
    deadline: Instant,
    limit: Duration,
) -> Result<TcpStream, LinkError> {
    let no_answer = || LinkError::NoAnswer { resource: resource.to_owned(), limit };
    let unknown = |reason| LinkError::UnknownHost {
        resource: resource.to_owned(),
        host: host.to_owned(),
        reason: Arc::new(reason),
    };
    let addresses = timeout_at(deadline, lookup_host((host, port)))
        .await
        .map_err(|_| no_answer())?
        .map_err(unknown)?;
    let addresses: Vec<_> = addresses.collect();
    let connected = timeout_at(deadline, TcpStream::connect(addresses.as_slice())).await;
    connected
        .map_err(|_| no_answer())?
        .and_then(configured)
        .map_err(|reason| failed(resource.to_owned(), reason, limit))
}

/// An address as a host's name that [`open`] understands: a link-local one keeps its interface.
pub(crate) fn host_of(address: SocketAddr) -> String {
    match address {
        SocketAddr::V6(address) if address.scope_id() != 0 => {
            format!("{}%{}", address.ip(), address.scope_id())
        }
        _ => address.ip().to_string(),
    }
}

fn configured(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    let keep_alive =
        TcpKeepalive::new().with_time(KEEP_ALIVE_AFTER).with_interval(KEEP_ALIVE_EVERY);
    SockRef::from(&stream).set_tcp_keepalive(&keep_alive)?;
    Ok(stream)
}

/// An instrument with Nagle's algorithm holds its second reply back until the first is acknowledged,
/// which the kernel puts off for 40 ms where nothing is sent that could carry it. The kernel leaves the
/// mode by itself, so it is asked for again; where it cannot be had the conversation is only slower.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn at_once(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_tcp_quickack(true);
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn at_once(_: &TcpStream) {}

fn failed(resource: String, reason: io::Error, limit: Duration) -> LinkError {
    match reason.kind() {
        io::ErrorKind::ConnectionRefused => LinkError::Refused { resource },
        io::ErrorKind::TimedOut => LinkError::NoAnswer { resource, limit },
        _ => LinkError::Unreachable { resource, reason: Arc::new(reason) },
    }
}
