//! A serial line.

use std::sync::{Arc, Mutex, PoisonError};

use firmware_sim::{Baud, Flow, Host, Pty, SerialSettings, Terminator, serve_serial};
use transport::{
    LinkError, Session, SessionOptions,
    serial::{self, FlowControl, SerialClear, SerialOptions},
};

use crate::bench::{Bench, LIMIT};

/// A serial port carries one talk: the last one is ended before the next one begins.
pub struct Serial {
    path: String,
    last: Mutex<Option<Session>>,
}

impl Bench for Serial {
    const BINARY: bool = false;
    const CLIENTS: bool = false;
    const CONNECTIONS: bool = false;

    async fn start(host: Arc<Host>) -> Serial {
        let pty = Pty::open().unwrap();
        let path = pty.path().to_str().unwrap().to_owned();
        let settings = SerialSettings {
            baud: Baud::try_from(57_600).unwrap(),
            terminator: Terminator::Lf,
            flow: Flow::XonXoff,
        };
        tokio::spawn(serve_serial(pty, host, settings));
        Serial { path, last: Mutex::default() }
    }

    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(last) = last {
            last.close().await;
        }
        let line = SerialOptions {
            baud: 57_600,
            flow_control: FlowControl::XonXoff,
            clear: SerialClear::CtrlC,
            ..SerialOptions::default()
        };
        let session = Session::spawn(serial::open(&self.path, &line, LIMIT).await?, options);
        let last = session.clone();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        Ok(session)
    }
}
