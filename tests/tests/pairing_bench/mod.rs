//! Two simulated instruments, with or without a cable between their trigger lines, and their driver.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::sync::{Arc, Mutex, PoisonError};

use firmware_sim::Host;
use smu::{Model, Settings, Smu};
use tokio::task::JoinHandle;
use transport::{Session, SessionOptions, StreamTransport, Transcript, TranscriptLine};

/// What every test sets an instrument to, unless it says otherwise.
pub const SETTINGS: &str = memloop_tests::wire::SETTINGS;

/// An instrument on the bench: reached by links, joined by cables.
pub struct Station {
    pub host: Arc<Host>,
    said: Arc<Mutex<Vec<String>>>,
    server: Option<JoinHandle<()>>,
    keeper: JoinHandle<()>,
}

impl Station {
    pub fn new(config: &str) -> Station {
        let config = toml::from_str(config).expect("it is a configuration");
        let instrument = firmware_sim::Instrument::new(&config).expect("it can be simulated");
        let host = Host::new(instrument, None);
        let kept = Arc::clone(&host);
        let keeper = tokio::spawn(async move { kept.keep().await });
        Station { host, said: Arc::default(), server: None, keeper }
    }

    /// A client's session on it.
    pub fn connect(&mut self) -> Session {
        let (near, far) = tokio::io::duplex(1 << 16);
        let host = Arc::clone(&self.host);
        self.server = Some(tokio::spawn(async move {
            // A client that hangs up is no failure of the instrument.
            let _ = host.serve(far).await;
        }));
        let heard = Arc::clone(&self.said);
        let transcript = Transcript::new(move |line| {
            let (arrow, bytes) = match line {
                TranscriptLine::Sent(bytes) => ('>', bytes),
                TranscriptLine::Received(bytes) => ('<', bytes),
            };
            let line = format!("{arrow} {}", String::from_utf8_lossy(bytes));
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        });
        let options = SessionOptions { transcript: Some(transcript), ..SessionOptions::default() };
        Session::spawn(StreamTransport::new(near), options)
    }

    /// The link breaks: nothing that was sent arrives any more.
    pub fn cut(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
        }
    }

    /// What was said so far: `> ` lines to the instrument, `< ` lines from it.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn output_is_on(&self) -> bool {
        self.host.with(|it| it.output_is_on())
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.keeper.abort();
        self.cut();
    }
}

/// The driver, configured over a session; the output is off.
pub async fn configured(name: &str, model: &str, session: Session, settings: &str) -> Smu {
    let model = Model::builtin(model).expect("it is built in");
    let settings: Settings = toml::from_str(settings).expect("they are settings");
    Smu::open(name, session, model, settings).await.expect("it can be configured")
}

/// A resistor of 10 kOhm on an instrument without errors of its own.
pub fn ten_kilohms(model: &str, more: &str) -> String {
    format!("model = \"{model}\"\n{}{more}", memloop_tests::wire::TEN_KILOHMS)
}
