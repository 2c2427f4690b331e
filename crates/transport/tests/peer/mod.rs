//! The far end of a link, played by a test.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test's helper: a failure is the test's failure")]

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use transport::{Session, SessionOptions, StreamTransport};

pub const LIMIT: Duration = Duration::from_secs(1);

pub struct Peer(pub BufReader<DuplexStream>);

impl Peer {
    /// The next message, without its line feed; nothing when the link was closed.
    pub async fn hears(&mut self) -> Option<String> {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line.strip_suffix('\n').map(str::to_owned)
    }

    pub async fn expects(&mut self, message: &str) {
        assert_eq!(self.hears().await.as_deref(), Some(message));
    }

    /// What came with one read.
    pub async fn hears_at_once(&mut self) -> String {
        let came = self.0.fill_buf().await.unwrap();
        let heard = String::from_utf8(came.to_vec()).unwrap();
        self.0.consume(heard.len());
        heard
    }

    pub async fn says(&mut self, bytes: &str) {
        self.0.write_all(bytes.as_bytes()).await.unwrap();
    }

    pub async fn answers(&mut self, message: &str, bytes: &str) {
        self.expects(message).await;
        self.says(bytes).await;
    }
}

pub fn session() -> (Session, Peer) {
    session_with(SessionOptions::default())
}

pub fn session_with(options: SessionOptions) -> (Session, Peer) {
    let (near, far) = tokio::io::duplex(1 << 16);
    (Session::spawn(StreamTransport::new(near), options), Peer(BufReader::new(far)))
}

pub fn text(reply: Vec<u8>) -> String {
    String::from_utf8(reply).unwrap()
}
