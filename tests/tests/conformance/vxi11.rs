//! VXI-11, with a port that is told and with one that is asked for.

use std::{sync::Arc, time::Duration};

use firmware_sim::{Host, Services, answer_portmapper, answer_vxi11};
use tokio::net::{TcpListener, UdpSocket};
use transport::{
    LinkError, LinkOptions, Links, Session, SessionOptions,
    vxi11::{self, Lock, Vxi11Options},
};

use crate::bench::{Bench, LIMIT, LockingBench, options};

/// The core channel's port is in the options.
pub struct Vxi11(u16);

impl Vxi11 {
    async fn open(&self, link: LinkOptions, options: SessionOptions) -> Result<Session, LinkError> {
        let link = LinkOptions {
            connect_limit: Some(LIMIT),
            core_port: Some(self.0),
            service_requests: Some(true),
            ..link
        };
        let resource = "TCPIP0::127.0.0.1::inst0::INSTR".parse().unwrap();
        Links::default().open(&resource, &link, options).await
    }
}

impl Bench for Vxi11 {
    async fn start(host: Arc<Host>) -> Vxi11 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(answer_vxi11(listener, host, firmware_sim::Vxi11Options::default()));
        Vxi11(port)
    }

    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError> {
        self.open(LinkOptions::default(), options).await
    }
}

impl LockingBench for Vxi11 {
    async fn connect_locked(&self, wait: Duration) -> Result<Session, LinkError> {
        let lock =
            LinkOptions { lock: Some(true), lock_limit: Some(wait), ..LinkOptions::default() };
        self.open(lock, options()).await
    }
}

/// The portmapper tells the core channel's port.
pub struct Mapped(u16);

impl Mapped {
    async fn open(&self, lock: Lock, options: SessionOptions) -> Result<Session, LinkError> {
        let link = Vxi11Options {
            lock,
            portmapper_port: self.0,
            service_requests: true,
            ..Vxi11Options::default()
        };
        let opened = vxi11::connect("127.0.0.1", "inst0", &link, LIMIT).await?;
        Ok(Session::spawn(opened, options))
    }
}

impl Bench for Mapped {
    async fn start(host: Arc<Host>) -> Mapped {
        let Vxi11(vxi11) = Vxi11::start(host).await;
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(answer_portmapper(listener, socket, Services { vxi11 }));
        Mapped(port)
    }

    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError> {
        self.open(Lock::None, options).await
    }
}

impl LockingBench for Mapped {
    async fn connect_locked(&self, wait: Duration) -> Result<Session, LinkError> {
        self.open(Lock::Exclusive { wait }, options()).await
    }
}
