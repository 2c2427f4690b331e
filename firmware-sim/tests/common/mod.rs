//! A client at the other end of a stream in this process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{sync::Arc, time::Duration};

use firmware_sim::{Host, Instrument, Pace};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::timeout,
};

/// No reply that comes at all comes later than this. Tests run on paused time.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A 2400 with 10 kOhm on its terminals and no errors of its own.
pub fn instrument(faults: &[&str]) -> Instrument {
    instrument_of("keithley-2400", faults)
}

/// The same of another model.
pub fn instrument_of(model: &str, faults: &[&str]) -> Instrument {
    let config = format!(
        "model = {model:?}\naccuracy = \"0 %\"\ndevice = {{ preset = \"resistor\" }}\n\
         faults = {faults:?}\n"
    );
    Instrument::new(&toml::from_str(&config).unwrap()).unwrap()
}

/// An instrument that is served to whoever calls; its keeper runs.
pub fn host(instrument: Instrument, pace: Option<Pace>) -> Arc<Host> {
    let host = Host::new(instrument, pace);
    let keeper = Arc::clone(&host);
    tokio::spawn(async move { keeper.keep().await });
    host
}

/// One client.
pub struct Client {
    stream: DuplexStream,
    unread: Vec<u8>,
}

impl Client {
    /// Connects to an instrument.
    pub fn of(host: &Arc<Host>) -> Client {
        let (near, far) = tokio::io::duplex(1 << 20);
        let host = Arc::clone(host);
        tokio::spawn(async move { host.serve(far).await });
        Client { stream: near, unread: Vec::new() }
    }

    /// Connects to a new instrument of its own.
    pub fn with(faults: &[&str]) -> Client {
        Client::of(&host(instrument(faults), None))
    }

    pub async fn send(&mut self, message: &str) {
        self.stream.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    /// What comes in one piece; `None` when nothing does, empty at the end of the stream.
    pub async fn segment_within(&mut self, limit: Duration) -> Option<Vec<u8>> {
        let mut segment = vec![0; 1 << 20];
        let count = timeout(limit, self.stream.read(&mut segment)).await.ok()?.unwrap();
        segment.truncate(count);
        Some(segment)
    }

    pub async fn segment(&mut self) -> Vec<u8> {
        self.segment_within(PATIENCE).await.unwrap()
    }

    /// The next line that comes within the limit, without its end.
    pub async fn line_within(&mut self, limit: Duration) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.unread.iter().position(|it| *it == b'\n') {
                let mut line: Vec<_> = self.unread.drain(..=end).collect();
                line.pop();
                return Some(line);
            }
            let segment = self.segment_within(limit).await?;
            assert!(!segment.is_empty(), "the connection ended in a line: {:?}", self.unread);
            self.unread.extend(segment);
        }
    }

    pub async fn ask(&mut self, message: &str) -> String {
        self.send(message).await;
        String::from_utf8(self.line_within(PATIENCE).await.unwrap()).unwrap()
    }

    /// Whether nothing comes.
    pub async fn hears_nothing(&mut self) -> bool {
        self.unread.is_empty() && self.segment_within(PATIENCE).await.is_none()
    }

    /// Whether the connection is at its end.
    pub async fn is_cut_off(&mut self) -> bool {
        self.unread.is_empty() && self.segment().await.is_empty()
    }
}
