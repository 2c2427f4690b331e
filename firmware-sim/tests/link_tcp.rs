//! Instruments on TCP ports of this machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;

use std::sync::Arc;

use common::{host, instrument};
use firmware_sim::{Clients, Fault, Host, Refusal, TcpOptions, answer_tcp};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(port: u16) -> Client {
        Client(BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap()))
    }

    async fn send(&mut self, message: &str) {
        self.0.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    /// The next line; `None` when the connection was closed or reset.
    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line).await {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim_end().to_owned()),
        }
    }

    async fn ask(&mut self, message: &str) -> Option<String> {
        // Writing to a connection that was reset fails, which is an answer too.
        self.0.write_all(format!("{message}\n").as_bytes()).await.ok()?;
        self.line().await
    }
}

/// An instrument on a port of its own.
async fn port(clients: Clients) -> (u16, Arc<Host>) {
    let host = host(instrument(&[]), None);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = TcpOptions { clients, ..TcpOptions::default() };
    tokio::spawn(answer_tcp(listener, Arc::clone(&host), options));
    (port, host)
}

#[tokio::test]
async fn several_clients_are_answered_at_the_same_time() {
    let (port, _host) = port(Clients::Several).await;
    let (mut one, mut other) = (Client::connect(port).await, Client::connect(port).await);
    assert_eq!(one.ask(":SOUR:VOLT 0.25;*OPC?").await.unwrap(), "1");
    assert_eq!(other.ask(":SOUR:VOLT?").await.unwrap(), "+2.500000E-01");
    assert_eq!(one.ask("*OPC?").await.unwrap(), "1");
}

#[tokio::test]
async fn where_one_client_is_answered_the_next_connects_and_waits_for_its_turn() {
    let (port, _host) = port(Clients::One).await;
    let mut one = Client::connect(port).await;
    assert_eq!(one.ask("*OPC?").await.unwrap(), "1");
    let mut other = Client::connect(port).await;
    other.send(":SOUR:VOLT 0.5;:SOUR:VOLT?").await;
    // Were the other attended to, its setting would show by now: its bytes have been there longer.
    for _ in 0..20 {
        assert_eq!(one.ask(":SOUR:VOLT?").await.unwrap(), "+0.000000E+00");
    }
    drop(one);
    assert_eq!(other.line().await.unwrap(), "+5.000000E-01");
}

#[tokio::test]
async fn where_others_are_refused_they_are_reset_until_the_one_has_gone() {
    let (port, _host) = port(Clients::OneRefusingOthers).await;
    let mut one = Client::connect(port).await;
    assert_eq!(one.ask("*OPC?").await.unwrap(), "1");
    assert_eq!(Client::connect(port).await.ask("*OPC?").await, None);
    assert_eq!(one.ask("*OPC?").await.unwrap(), "1");
    drop(one);
    // That it has gone is seen by the instrument a moment later than by us.
    while Client::connect(port).await.ask("*OPC?").await.is_none() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn connections_are_refused_as_often_as_asked() {
    let (port, host) = port(Clients::Several).await;
    let mut before = Client::connect(port).await;
    assert_eq!(before.ask("*OPC?").await.unwrap(), "1");
    host.with(|it| it.strike(Fault::Refuse(Refusal::Connections(2))));
    assert_eq!(Client::connect(port).await.ask("*OPC?").await, None);
    assert_eq!(Client::connect(port).await.ask("*OPC?").await, None);
    assert_eq!(Client::connect(port).await.ask("*OPC?").await.unwrap(), "1");
    assert_eq!(before.ask("*OPC?").await.unwrap(), "1", "who was there stays");
}

#[tokio::test]
async fn connections_are_refused_for_a_time() {
    let (port, host) = port(Clients::Several).await;
    let hour = std::time::Duration::from_secs(3600);
    host.with(|it| it.strike(Fault::Refuse(Refusal::For(hour))));
    for _ in 0..3 {
        assert_eq!(Client::connect(port).await.ask("*OPC?").await, None);
    }
    host.with(|it| it.strike(Fault::Refuse(Refusal::For(std::time::Duration::ZERO))));
    assert_eq!(Client::connect(port).await.ask("*OPC?").await.unwrap(), "1");
}
