//! A raw TCP socket.

use std::sync::Arc;

use firmware_sim::{Host, TcpOptions, answer_tcp};
use tokio::net::TcpListener;
use transport::{LinkError, Session, SessionOptions, connect_tcp};

use crate::bench::{Bench, LIMIT};

pub struct Tcp(u16);

impl Bench for Tcp {
    async fn start(host: Arc<Host>) -> Tcp {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(answer_tcp(listener, host, TcpOptions::default()));
        Tcp(port)
    }

    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError> {
        let link = connect_tcp("127.0.0.1", self.0, LIMIT).await?;
        Ok(Session::spawn(link, options))
    }
}
