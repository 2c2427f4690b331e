//! From an address to a session, whatever the link.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod bus;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bus::{Bus, Saying, Shared, play};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::TcpListener,
};
use transport::{
    GatewayEntry, LinkError, LinkOptions, Links, ReconnectOptions, Resource, Session,
    SessionOptions,
};

const LIMIT: Duration = Duration::from_secs(30);

fn options(text: &str) -> LinkOptions {
    toml::from_str(text).unwrap()
}

fn gateway(board: u16, resource: &str) -> GatewayEntry {
    let resource = resource.parse().unwrap();
    GatewayEntry { board, resource, kind: None, link: LinkOptions::default() }
}

async fn open(links: &Links, resource: &str, options: &LinkOptions) -> Result<Session, LinkError> {
    let resource: Resource = resource.parse().unwrap();
    links.open(&resource, options, SessionOptions::default()).await
}

/// An instrument on a socket that answers every line with `1`; its address.
async fn socket() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            while let Ok(Some(_)) = lines.next_line().await {
                write.write_all(b"1\n").await.unwrap();
            }
        }
    });
    format!("TCPIP0::127.0.0.1::{port}::SOCKET")
}

#[tokio::test]
async fn a_socket_is_opened_by_its_address() {
    let session = open(&Links::default(), &socket().await, &LinkOptions::default()).await.unwrap();
    assert_eq!(session.query("*OPC?", LIMIT).await.unwrap(), b"1");
    session.close().await;
}

#[tokio::test]
async fn an_option_of_another_link_is_refused_before_anything_is_opened() {
    let (links, options) = (Links::default(), options("baud = 9600"));
    let error = open(&links, "TCPIP::nowhere.invalid::5025::SOCKET", &options).await.unwrap_err();
    assert!(matches!(error, LinkError::Option { key: "baud", .. }), "{error}");
}

#[tokio::test]
async fn what_is_not_there_is_tried_again_until_the_limit() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let address = format!("TCPIP::127.0.0.1::{free}::SOCKET");
    let again = ReconnectOptions {
        first: Some(Duration::from_millis(5)),
        most: Some(Duration::from_millis(10)),
        limit: Some(Duration::from_millis(200)),
    };
    let patient = LinkOptions { reconnect: Some(again), ..LinkOptions::default() };
    let error = open(&Links::default(), &address, &patient).await.unwrap_err();
    assert!(matches!(error, LinkError::GivenUp { .. }), "{error}");
    let error = open(&Links::default(), &address, &LinkOptions::default()).await.unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn addresses_without_an_instrument_say_what_to_write() {
    for (address, expected) in [
        ("GPIB1::24::INSTR", "[[gateway]] with board = 1"),
        ("GPIB1::INTFC", "write an instrument's address"),
        ("PRLGX-TCPIP::nowhere.invalid::INTFC", "declare it with [[gateway]]"),
        ("SIM::a1", "only a bench holds simulated instruments"),
    ] {
        let error = open(&Links::default(), address, &LinkOptions::default()).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn gateways_that_contradict_each_other_are_refused() {
    for (entries, expected) in [
        (vec![gateway(0, "TCPIP::h::1234::SOCKET")], "accepted is PRLGX-TCPIP0::host::1234::INTFC"),
        (vec![gateway(1, "PRLGX-TCPIP2::h::INTFC")], "accepted is the board of its address"),
        (
            vec![gateway(0, "PRLGX-TCPIP::h::INTFC"), gateway(0, "PRLGX-ASRL::/dev/ttyS0::INTFC")],
            "accepted is another than that of PRLGX-TCPIP0::h::1234::INTFC",
        ),
    ] {
        let error = Links::new(entries).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// A gateway on a TCP port, and how often somebody connected.
async fn gateway_on_tcp(bus: &Shared) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let (bus, counted) = (bus.clone(), Arc::clone(&connections));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let (mut near, far) = tokio::io::duplex(1 << 16);
            tokio::spawn(play(bus.clone(), far));
            tokio::spawn(async move { copy_bidirectional(&mut stream, &mut near).await });
        }
    });
    (port, connections)
}

#[tokio::test]
async fn all_instruments_of_a_board_go_over_one_connection() {
    let bus = Bus::with(&["9", "24"]);
    let (port, connections) = gateway_on_tcp(&bus).await;
    let links =
        Links::new([gateway(2, &format!("PRLGX-TCPIP::127.0.0.1::{port}::INTFC"))]).unwrap();
    for address in ["9", "24"] {
        let answer = Saying::now(format!("I am {address}\n").as_bytes());
        bus.lock().unwrap().devices.get_mut(address).unwrap().answers.push_back(answer);
    }
    let default = LinkOptions::default();
    let (one, other) = tokio::join!(
        open(&links, "GPIB2::9::INSTR", &default),
        open(&links, "GPIB2::24::INSTR", &default)
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    let (first, second) = tokio::join!(one.query("*IDN?", LIMIT), other.query("*IDN?", LIMIT));
    assert_eq!(first.unwrap(), b"I am 9");
    assert_eq!(second.unwrap(), b"I am 24");
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}
