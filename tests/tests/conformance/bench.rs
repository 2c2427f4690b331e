//! A simulated instrument behind a link, and clients of it.

use std::{sync::Arc, time::Duration};

use firmware_sim::Host;
use memloop_tests::wire::{TEN_KILOHMS, instrument};
use transport::{LinkError, Session, SessionOptions};

/// Longer than anything takes that comes at all.
pub const LIMIT: Duration = Duration::from_secs(60);
/// For replies that do not come.
pub const SHORT: Duration = Duration::from_millis(300);

/// How a link is served and opened.
pub trait Bench: Sized {
    /// Binary data may be asked for on this link.
    const BINARY: bool = true;
    /// A second client can connect while the first one is there.
    const CLIENTS: bool = true;
    /// The instrument can end a connection.
    const CONNECTIONS: bool = true;

    /// Puts the instrument behind the link; the server lives as long as this does, or the runtime.
    async fn start(host: Arc<Host>) -> Self;

    /// Connects one client more.
    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError>;
}

/// A link whose clients can keep others out.
pub trait LockingBench: Bench {
    /// Connects a client that does, and waits so long for others to let go.
    async fn connect_locked(&self, wait: Duration) -> Result<Session, LinkError>;
}

/// An instrument with 10 kΩ on its terminals and no errors of its own, behind a link, and a client.
pub struct Station<B> {
    pub bench: B,
    pub host: Arc<Host>,
    pub session: Session,
}

impl<B: Bench> Station<B> {
    pub async fn start() -> Station<B> {
        Station::with(options()).await
    }

    pub async fn with(options: SessionOptions) -> Station<B> {
        let host = Host::new(instrument(TEN_KILOHMS), None);
        let bench = B::start(Arc::clone(&host)).await;
        let session = bench.connect(options).await.unwrap();
        Station { bench, host, session }
    }

    /// Lets a fault strike the next reply.
    pub fn strike(&self, fault: &str) {
        let plan = fault.parse().unwrap();
        self.host.with(|instrument| instrument.inject_from_now(plan));
    }

    /// Asks what nothing else was asked, several times: each answer is its own.
    pub async fn is_in_step(&self) {
        is_in_step(&self.session).await;
    }

    pub async fn ask(&self, message: &str) -> String {
        text(self.session.query(message, LIMIT).await.unwrap())
    }

    pub async fn say(&self, message: &str) {
        self.session.write(message).await.unwrap();
    }

    /// The error queue is empty: nothing that was sent arrived otherwise than it was meant.
    pub async fn has_no_errors(&self) {
        assert_eq!(self.ask(":SYST:ERR?").await, "0,\"No error\"");
    }
}

pub async fn is_in_step(session: &Session) {
    for millivolts in [123, 456, -789] {
        let level = f64::from(millivolts) / 1e3;
        let message = format!(":SOUR:VOLT {level};:SOUR:VOLT?");
        let answer = text(session.query(&message, LIMIT).await.unwrap());
        assert_eq!(answer.parse::<f64>().unwrap(), level);
    }
}

/// A busy machine may take its time to prove anything.
pub fn options() -> SessionOptions {
    SessionOptions { proof_limit: LIMIT, ..SessionOptions::default() }
}

pub fn text(reply: Vec<u8>) -> String {
    String::from_utf8(reply).unwrap()
}
