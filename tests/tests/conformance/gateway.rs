//! GPIB behind a gateway, over TCP and over a serial line.

use std::{marker::PhantomData, sync::Arc};

use firmware_sim::{Gateway, GatewayKind, Host, TcpOptions, answer_gateway};
use memloop_tests::wire::{TEN_KILOHMS, instrument};
use tokio::{net::TcpListener, task::yield_now};
use transport::{
    GatewayEntry, LinkError, LinkOptions, Links, Session, SessionError, SessionOptions,
};

use crate::bench::{Bench, LIMIT, SHORT, is_in_step, options, text};

/// Which box it is.
pub trait Kind {
    const KIND: GatewayKind;
}

pub struct Prologix;
pub struct Ar488;

impl Kind for Prologix {
    const KIND: GatewayKind = GatewayKind::Prologix;
}

impl Kind for Ar488 {
    const KIND: GatewayKind = GatewayKind::Ar488;
}

/// The client is not told which box it is.
fn links(gateway: &str) -> Links {
    let entry = GatewayEntry {
        board: 0,
        resource: gateway.parse().unwrap(),
        kind: None,
        link: LinkOptions { connect_limit: Some(LIMIT), ..LinkOptions::default() },
    };
    Links::new([entry]).unwrap()
}

async fn open(links: &Links, address: u8, options: SessionOptions) -> Result<Session, LinkError> {
    let resource = format!("GPIB0::{address}::INSTR").parse().unwrap();
    let link = LinkOptions { connect_limit: Some(LIMIT), ..LinkOptions::default() };
    links.open(&resource, &link, options).await
}

/// Over TCP.
pub struct Box488<K>(Links, PhantomData<K>);

impl<K: Kind> Box488<K> {
    async fn with(instruments: impl IntoIterator<Item = (u8, Arc<Host>)>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let gateway = Gateway::new(K::KIND, instruments);
        tokio::spawn(answer_gateway(listener, gateway, TcpOptions::default()));
        Box488(links(&format!("PRLGX-TCPIP0::127.0.0.1::{port}::INTFC")), PhantomData)
    }
}

impl<K: Kind> Bench for Box488<K> {
    async fn start(host: Arc<Host>) -> Self {
        Box488::with([(24, host)]).await
    }

    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError> {
        open(&self.0, 24, options).await
    }
}

/// Over a serial line.
#[cfg(target_os = "linux")]
pub struct SerialBox<K>(Links, PhantomData<K>);

#[cfg(target_os = "linux")]
impl<K: Kind> Bench for SerialBox<K> {
    const CONNECTIONS: bool = false;

    async fn start(host: Arc<Host>) -> Self {
        let line = firmware_sim::Pty::open().unwrap();
        let name = format!("PRLGX-ASRL0::{}::INTFC", line.path().display());
        let gateway = Gateway::new(K::KIND, [(24, host)]);
        tokio::spawn(async move { gateway.serve_line(line).await });
        SerialBox(links(&name), PhantomData)
    }

    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError> {
        open(&self.0, 24, options).await
    }
}

/// What only a bus has: an instrument that is silent or slow beside another.
pub async fn two_instruments<K: Kind>() {
    let hosts = [7, 24].map(|at| (at, Host::new(instrument(TEN_KILOHMS), None)));
    let bench = Box488::<K>::with(hosts.clone()).await;
    let [one, other] = [open(&bench.0, 7, options()).await, open(&bench.0, 24, options()).await];
    let (one, other) = (one.unwrap(), other.unwrap());
    let count = async |session: &Session, sign: f64| {
        for number in 1..=200_u32 {
            let level = sign * f64::from(number) / 1e3;
            let message = format!(":SOUR:VOLT {level};:SOUR:VOLT?");
            let answer = text(session.query(&message, LIMIT).await.unwrap());
            assert_eq!(answer.parse::<f64>().unwrap(), level);
        }
    };
    tokio::join!(count(&one, 1.0), count(&other, -1.0));

    // One reply stays away for good, another until the next message: the neighbour is not concerned.
    for fault in ["silence for 1 reply", "late reply", "torn reply"] {
        hosts[0].1.with(|it| it.inject_from_now(fault.parse().unwrap()));
        let silent = one.query("*IDN?", SHORT);
        let (silent, ()) = tokio::join!(silent, count(&other, -1.0));
        assert!(silent.is_err(), "{silent:?}");
        tokio::join!(count(&one, 1.0), count(&other, -1.0));
    }
    assert_eq!(other.query(":SYST:ERR?", LIMIT).await.unwrap(), b"0,\"No error\"");
}

/// Two sessions to one instrument: while one waits for a reply the other's query waits, but not its
/// output-off.
pub async fn turns<K: Kind>() {
    let host = Host::new(instrument(TEN_KILOHMS), None);
    let bench = Box488::<K>::start(Arc::clone(&host)).await;
    let (one, other) =
        (bench.connect(options()).await.unwrap(), bench.connect(options()).await.unwrap());
    host.with(|it| it.inject_from_now("silence for 1 reply".parse().unwrap()));
    let is_on = || host.with(|it| it.output_is_on());
    let meanwhile = async {
        while !is_on() {
            yield_now().await;
        }
        let off = async {
            yield_now().await;
            other.write_urgent(":OUTP OFF").await.unwrap();
            while is_on() {
                yield_now().await;
            }
            one.clear().await.unwrap();
        };
        tokio::join!(other.query(":SYST:VERS?", LIMIT), off).0
    };
    let (silent, answer) = tokio::join!(one.query(":OUTP ON;*IDN?", LIMIT), meanwhile);
    assert!(matches!(silent, Err(SessionError::Cleared { .. })), "{silent:?}");
    assert_eq!(text(answer.unwrap()), "1996.0");
    tokio::join!(is_in_step(&one), async { other.query("*IDN?", LIMIT).await.unwrap() });

    // What a session left behind is not the answer to another's query.
    host.with(|it| it.inject_from_now("late reply".parse().unwrap()));
    let late = one.query("*IDN?", SHORT).await;
    assert!(matches!(late, Err(SessionError::TimedOut { .. })), "{late:?}");
    one.close().await;
    is_in_step(&other).await;
}
