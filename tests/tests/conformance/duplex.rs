//! A stream of bytes in this process.

use std::sync::Arc;

use firmware_sim::Host;
use transport::{LinkError, Session, SessionOptions, StreamTransport};

use crate::bench::Bench;

pub struct Duplex(Arc<Host>);

impl Bench for Duplex {
    async fn start(host: Arc<Host>) -> Duplex {
        Duplex(host)
    }

    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError> {
        let (near, far) = tokio::io::duplex(1 << 16);
        let host = Arc::clone(&self.0);
        tokio::spawn(async move { host.serve(far).await });
        Ok(Session::spawn(StreamTransport::new(near), options))
    }
}
