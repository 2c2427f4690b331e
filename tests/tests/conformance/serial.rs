//! A serial line.

use std::sync::Arc;

use firmware_sim::{Baud, Flow, Host, Pty, SerialSettings, Terminator, serve_serial};
use transport::{
    LinkError, Session, SessionOptions,
    serial::{self, FlowControl, SerialClear, SerialOptions},
};

use crate::bench::{Bench, LIMIT};

pub struct Serial(String);

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
        Serial(path)
    }

    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError> {
        let line = SerialOptions {
            baud: 57_600,
            flow_control: FlowControl::XonXoff,
            clear: SerialClear::CtrlC,
            ..SerialOptions::default()
        };
        Ok(Session::spawn(serial::open(&self.0, &line, LIMIT).await?, options))
    }
}
