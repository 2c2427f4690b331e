//! A GPIB controller with simulated instruments, and its clients, in this process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use firmware_sim::{Gateway, GatewayKind, Host, Instrument, Pace};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::timeout,
};

pub const VERSION: &str = "Prologix GPIB-ETHERNET Controller version 01.06.06.00";

/// Tests run on paused time.
const PATIENCE: Duration = Duration::from_secs(3600);

pub struct Box488 {
    gateway: Arc<Gateway>,
    hosts: BTreeMap<u8, Arc<Host>>,
    stream: DuplexStream,
}

impl Box488 {
    pub fn new<const N: usize>(kind: GatewayKind, instruments: [(u8, Instrument); N]) -> Box488 {
        Box488::paced(kind, instruments, None)
    }

    pub fn paced<const N: usize>(
        kind: GatewayKind,
        instruments: [(u8, Instrument); N],
        pace: Option<Pace>,
    ) -> Box488 {
        let hosts = instruments.map(|(address, it)| (address, super::common::host(it, pace)));
        let hosts = BTreeMap::from(hosts);
        let gateway = Gateway::new(kind, hosts.clone());
        let stream = serve(&gateway);
        Box488 { gateway, hosts, stream }
    }

    /// Another client of the same box.
    pub fn connect(&self) -> Box488 {
        let (gateway, hosts) = (Arc::clone(&self.gateway), self.hosts.clone());
        let stream = serve(&gateway);
        Box488 { gateway, hosts, stream }
    }

    pub fn strike(&self, address: u8, fault: &str) {
        self.hosts[&address].with(|it| it.inject_from_now(fault.parse().unwrap()));
    }

    pub async fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub async fn send(&mut self, text: &str) {
        self.raw(text.as_bytes()).await;
    }

    pub async fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        timeout(PATIENCE, self.stream.read_exact(&mut bytes)).await.unwrap().unwrap();
        bytes
    }

    /// Without its end.
    pub async fn line(&mut self) -> String {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            line.extend(self.bytes(1).await);
        }
        String::from_utf8_lossy(&line).trim_end().to_owned()
    }

    pub async fn ask(&mut self, text: &str) -> String {
        self.send(&format!("{text}\n")).await;
        self.line().await
    }

    /// What is in the error queue of the instrument at the current address, which is emptied.
    pub async fn errors(&mut self) -> Vec<i32> {
        let mut errors = Vec::new();
        loop {
            match self.ask(":SYST:ERR:CODE?\n++read eoi").await.parse().unwrap() {
                0 => return errors,
                code => errors.push(code),
            }
        }
    }

    /// Nothing comes any more, and nothing will.
    pub async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.is_ok() && rest.is_empty()
    }
}

fn serve(gateway: &Arc<Gateway>) -> DuplexStream {
    let (near, far) = tokio::io::duplex(1 << 16);
    let gateway = Arc::clone(gateway);
    tokio::spawn(async move { gateway.serve(far).await });
    near
}
