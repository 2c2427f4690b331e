//! HiSLIP, synchronised and overlapped.

use std::{sync::Arc, time::Duration};

use firmware_sim::{HislipOptions, Host, answer_hislip};
use tokio::net::TcpListener;
use transport::{LinkError, LinkOptions, Links, Session, SessionOptions};

use crate::bench::{Bench, LIMIT, LockingBench, options};

/// A small one: longer messages go in parts.
const LONGEST_MESSAGE: u64 = 4096;

pub struct Hislip<const OVERLAPPED: bool>(u16);

impl<const OVERLAPPED: bool> Hislip<OVERLAPPED> {
    async fn open(&self, link: LinkOptions, options: SessionOptions) -> Result<Session, LinkError> {
        let link = LinkOptions { connect_limit: Some(LIMIT), overlapped: Some(OVERLAPPED), ..link };
        let resource = format!("TCPIP0::127.0.0.1::hislip0,{}::INSTR", self.0).parse().unwrap();
        Links::default().open(&resource, &link, options).await
    }
}

impl<const OVERLAPPED: bool> Bench for Hislip<OVERLAPPED> {
    async fn start(host: Arc<Host>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let options =
            HislipOptions { max_message_size: LONGEST_MESSAGE, ..HislipOptions::default() };
        tokio::spawn(answer_hislip(listener, host, options));
        Hislip(port)
    }

    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError> {
        self.open(LinkOptions::default(), options).await
    }
}

impl<const OVERLAPPED: bool> LockingBench for Hislip<OVERLAPPED> {
    async fn connect_locked(&self, wait: Duration) -> Result<Session, LinkError> {
        let lock =
            LinkOptions { lock: Some(true), lock_limit: Some(wait), ..LinkOptions::default() };
        self.open(lock, options()).await
    }
}
