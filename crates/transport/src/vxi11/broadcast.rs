//! Finding instruments: asking all portmappers of the local networks at once.

use std::{
    collections::BTreeSet,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use if_addrs::{IfAddr, get_if_addrs};
use tokio::{
    net::UdpSocket,
    task::JoinSet,
    time::{Instant, timeout_at},
};

use super::{PORTMAPPER_PORT, portmap, rpc, xdr::Reader};

const LONGEST_DATAGRAM: usize = 512;
/// Answers that are listened to; a network has fewer instruments, and anybody can send datagrams.
const MOST_ANSWERS: usize = 4096;

/// Asks by broadcast, on every local IPv4 network, who serves VXI-11, and collects answers until
/// `limit`. Returns the addresses of the core channels, in order, each once.
///
/// Instruments behind a router do not hear it, and interfaces that cannot broadcast are left out:
/// an empty answer proves nothing.
pub async fn broadcast(limit: Duration) -> Vec<SocketAddr> {
    let targets = targets();
    ask_all(&targets, limit).await
}

/// Where to send from, and where to.
fn targets() -> Vec<(Ipv4Addr, SocketAddr)> {
    let interfaces = get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the network interfaces cannot be listed");
        Vec::new()
    });
    let mut targets = Vec::new();
    for interface in interfaces.iter().filter(|interface| !interface.is_loopback()) {
        if let IfAddr::V4(address) = &interface.addr
            && let Some(everybody) = address.broadcast
        {
            targets.push((address.ip, SocketAddr::from((everybody, PORTMAPPER_PORT))));
        }
    }
    targets
}

async fn ask_all(targets: &[(Ipv4Addr, SocketAddr)], limit: Duration) -> Vec<SocketAddr> {
    let deadline = Instant::now() + limit;
    let mut asked = JoinSet::new();
    for &(from, to) in targets {
        asked.spawn(async move {
            let mut found = BTreeSet::new();
            if let Err(error) = ask(from, to, deadline, &mut found).await {
                tracing::debug!(%from, %to, %error, "no broadcast");
            }
            found
        });
    }
    let mut found = BTreeSet::new();
    while let Some(answered) = asked.join_next().await {
        found.extend(answered.unwrap_or_default());
    }
    found.into_iter().collect()
}

async fn ask(
    from: Ipv4Addr,
    to: SocketAddr,
    deadline: Instant,
    found: &mut BTreeSet<SocketAddr>,
) -> io::Result<()> {
    let socket = UdpSocket::bind((from, 0)).await?;
    socket.set_broadcast(true)?;
    let xid = rpc::first_xid();
    // Twice: datagrams get lost.
    let halfway = Instant::now() + deadline.saturating_duration_since(Instant::now()) / 2;
    let mut answers = 0;
    for until in [halfway, deadline] {
        socket.send_to(&portmap::datagram(xid), to).await?;
        let mut bytes = [0; LONGEST_DATAGRAM];
        while answers < MOST_ANSWERS
            && let Ok(received) = timeout_at(until, socket.recv_from(&mut bytes)).await
        {
            answers += 1;
            // On some systems an unreachable neighbour makes an error of a later receive.
            if let Ok((length, sender)) = received {
                found.extend(core_of(xid, &bytes[..length], sender.ip()));
            }
        }
    }
    Ok(())
}

/// The core channel's address in an answer to our question.
fn core_of(xid: u32, datagram: &[u8], sender: IpAddr) -> Option<SocketAddr> {
    let reply = portmap::read(datagram).filter(|reply| reply.xid == xid)?;
    let results = reply.outcome.ok()?;
    let port = u16::try_from(Reader::new(&results).number().ok()?).ok()?;
    (port != 0).then(|| SocketAddr::from((sender, port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_but_the_loopback_is_asked_at_the_portmappers_port() {
        for (from, to) in targets() {
            assert!(!from.is_loopback() && to.ip() != IpAddr::V4(from), "{from} {to}");
            assert_eq!(to.port(), 111);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_answer_are_found_once_and_the_others_are_not() {
        let portmapper = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
        let address = portmapper.local_addr().unwrap();
        let instrument = async {
            let mut bytes = [0; LONGEST_DATAGRAM];
            let (length, client) = portmapper.recv_from(&mut bytes).await.unwrap();
            assert_eq!(length, 56);
            // Program 0x0607af, version 1, over TCP.
            assert_eq!(bytes[40..56], *b"\0\x06\x07\xaf\0\0\0\x01\0\0\0\x06\0\0\0\0");
            let xid = &bytes[..4];
            let answer = |xid: &[u8], port: u32| {
                let mut answer = xid.to_vec();
                answer.extend([1_u32, 0, 0, 0, 0, port].iter().flat_map(|word| word.to_be_bytes()));
                answer
            };
            let ours = answer(xid, 1024);
            let strange = answer(&[9, 9, 9, 9], 1025);
            for datagram in [&b"noise"[..], &strange, &ours, &ours, &answer(xid, 0)] {
                portmapper.send_to(datagram, client).await.unwrap();
            }
        };
        let targets = [(Ipv4Addr::LOCALHOST, address)];
        let (found, ()) = tokio::join!(ask_all(&targets, Duration::from_secs(1)), instrument);
        assert_eq!(found, ["127.0.0.1:1024".parse().unwrap()]);
    }
}
