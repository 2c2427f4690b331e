//! What the tests of this crate share: settings, and an instrument's side of the wire that does as
//! a test tells it.
#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests, not all used by each")]

pub mod scenario;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use smu::{Model, Settings, Smu, SmuError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use transport::{Session, SessionOptions, StreamTransport};

pub use scenario::SETTINGS;

pub const IDENTITY: &str =
    "KEITHLEY INSTRUMENTS INC.,MODEL 2400,1234567,C34 Sep 21 2016 15:30:00/A02  /K/J";
/// What starts a sweep and asks for its readings.
pub const SWEEP: &str = ":READ?;:SYST:ERR?";
/// A reading at 0.1 V.
pub const READ: &str = ":SOUR:VOLT 0.1;:READ?;:SYST:ERR?";
pub const NO_ERROR: &str = "0,\"No error\"";

pub fn model() -> Model {
    Model::builtin("keithley-2400").unwrap()
}

pub fn settings() -> Settings {
    toml::from_str(SETTINGS).unwrap()
}

pub fn session(near: DuplexStream) -> Session {
    Session::spawn(StreamTransport::new(near), SessionOptions::default())
}

/// An instrument with 10 kΩ on its terminals that keeps just the state that a sweep needs, and
/// answers as scripted where a test says so.
#[derive(Default)]
pub struct Peer {
    pub received: Vec<String>,
    /// Answers instead of its own, the last one for ever; `None` is silence.
    scripts: HashMap<String, VecDeque<Option<String>>>,
    settings: HashMap<String, f64>,
    output: bool,
    listed: bool,
    list: Vec<f64>,
    count: usize,
    pub level: f64,
    /// Every level that was at the terminals while the output was on.
    pub visited: Vec<f64>,
    buffer: Vec<f64>,
}

impl Peer {
    pub fn script(&mut self, query: &str, answers: &[Option<&str>]) {
        let answers = answers.iter().map(|it| it.map(str::to_owned)).collect();
        self.scripts.insert(query.to_owned(), answers);
    }

    fn receive(&mut self, message: &str) -> Option<String> {
        self.received.push(message.to_owned());
        if let Some(answers) = self.scripts.get_mut(message) {
            let last = answers.len() == 1;
            return if last { answers[0].clone() } else { answers.pop_front().unwrap() };
        }
        let answers: Vec<_> = message.split(';').filter_map(|it| self.obey(it)).collect();
        (!answers.is_empty()).then(|| answers.join(";"))
    }

    fn obey(&mut self, command: &str) -> Option<String> {
        let (header, value) = command.split_once(' ').unwrap_or((command, ""));
        let numbers = || value.split(',').map(|it| it.parse::<f64>().unwrap());
        match header {
            "*IDN?" => return Some(IDENTITY.to_owned()),
            "*ESE?" => return Some("0".to_owned()),
            ":SYST:ERR?" => return Some(NO_ERROR.to_owned()),
            ":OUTP?" => return Some(u8::from(self.output).to_string()),
            ":OUTP" => self.output = value == "ON",
            ":SOUR:VOLT:MODE" => {
                let to_list = value == "LIST";
                if self.listed && !to_list {
                    self.show(self.level);
                }
                self.listed = to_list;
            }
            ":SOUR:VOLT" => {
                assert!(!self.listed, "a level in list mode is refused");
                self.level = value.parse().unwrap();
                self.show(self.level);
            }
            ":SOUR:LIST:VOLT" => self.list = numbers().collect(),
            ":SOUR:LIST:VOLT:APP" => self.list.extend(numbers()),
            ":TRIG:COUN" => self.count = value.parse().unwrap(),
            ":INIT" => self.measure(),
            ":FETC?" => return Some(self.rows()),
            ":READ?" => {
                self.measure();
                return Some(self.rows());
            }
            _ => return self.setting(header, value),
        }
        None
    }

    fn setting(&mut self, header: &str, value: &str) -> Option<String> {
        if let Some(header) = header.strip_suffix('?') {
            return Some(format!("{:+.6E}", self.settings[header]));
        }
        if let Ok(value) = value.parse() {
            self.settings.insert(header.to_owned(), value);
        }
        None
    }

    fn show(&mut self, level: f64) {
        if self.output {
            self.visited.push(level);
        }
    }

    fn measure(&mut self) {
        self.buffer.clear();
        for at in 0..self.count {
            let level = if self.listed { self.list[at % self.list.len()] } else { self.level };
            self.show(level);
            self.buffer.push(level);
        }
    }

    fn rows(&self) -> String {
        let row = |it: &f64| format!("{:+.6E},+1.000000E+00,+4.813200E+04", it * 1e-4);
        self.buffer.iter().map(row).collect::<Vec<_>>().join(",")
    }
}

/// Puts a peer on a wire.
pub fn connect(peer: Peer) -> (Session, Arc<Mutex<Peer>>) {
    let peer = Arc::new(Mutex::new(peer));
    let (near, far) = tokio::io::duplex(1 << 16);
    let other = Arc::clone(&peer);
    tokio::spawn(async move {
        let (read, mut write) = tokio::io::split(far);
        let mut lines = BufReader::new(read).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = other.lock().unwrap().receive(&line);
            if let Some(answer) = answer
                && write.write_all(format!("{answer}\n").as_bytes()).await.is_err()
            {
                break;
            }
        }
    });
    (session(near), peer)
}

/// Configures over a peer that was prepared.
pub async fn configure(peer: Peer) -> (Result<Smu, SmuError>, Arc<Mutex<Peer>>) {
    let (session, peer) = connect(peer);
    (Smu::open("a0", session, model(), settings()).await, peer)
}

/// A configured instrument with its output on, and what it received forgotten.
pub async fn ready() -> (Smu, Arc<Mutex<Peer>>) {
    let (smu, peer) = configure(Peer::default()).await;
    let mut smu = smu.unwrap();
    smu.output_on().await.unwrap();
    peer.lock().unwrap().received.clear();
    (smu, peer)
}

/// What the peer received since the last call.
pub fn received(peer: &Mutex<Peer>) -> Vec<String> {
    std::mem::take(&mut peer.lock().unwrap().received)
}
