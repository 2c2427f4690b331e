//! A GPIB gateway and its bus, after the Prologix and AR488 manuals, for tests.

#![allow(clippy::unwrap_used, reason = "a test's helper: a failure is the test's failure")]

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{Instant, sleep, sleep_until},
};

/// What an instrument will say when it is next told to talk.
#[derive(Clone)]
pub struct Saying {
    pub bytes: Vec<u8>,
    /// Not before then.
    pub after: Duration,
    /// Whether EOI comes with the last byte.
    pub eoi: bool,
}

impl Saying {
    pub fn now(bytes: &[u8]) -> Saying {
        Saying::after(Duration::ZERO, bytes)
    }

    pub fn after(after: Duration, bytes: &[u8]) -> Saying {
        Saying { bytes: bytes.to_vec(), after, eoi: true }
    }
}

#[derive(Default)]
pub struct Device {
    /// Messages as they came over the bus, terminator included.
    pub heard: Vec<Vec<u8>>,
    /// Answers to the next messages that end in `?`, in their order.
    pub answers: VecDeque<Saying>,
    /// What it would say now, and from when on.
    pub output: Option<(Instant, Saying)>,
    pub status: u8,
    pub cleared: usize,
    pub triggered: usize,
}

/// What is on the bus, and how the gateway behaves.
pub struct Bus {
    pub devices: HashMap<String, Device>,
    /// Commands to the gateway, in their order.
    pub commands: Vec<String>,
    pub version: &'static str,
    /// Commands that are unknown.
    pub unknown: Vec<&'static str>,
    /// `++eot_enable` is accepted and read back, but nothing is appended.
    pub lies_about_eot: bool,
    pub echo: bool,
    /// Bytes that the gateway hands on per write.
    pub piece: usize,
    /// How long what was read stays in the gateway.
    pub lag: Duration,
}

pub type Shared = Arc<Mutex<Bus>>;

impl Bus {
    pub fn with(addresses: &[&str]) -> Shared {
        let devices = addresses.iter().map(|at| ((*at).to_owned(), Device::default())).collect();
        Arc::new(Mutex::new(Bus {
            devices,
            commands: Vec::new(),
            version: "Prologix GPIB-ETHERNET Controller version 01.06.06.00",
            unknown: Vec::new(),
            lies_about_eot: false,
            echo: false,
            piece: usize::MAX,
            lag: Duration::ZERO,
        }))
    }
}

/// Plays the gateway until the other end is closed.
pub async fn play(bus: Shared, mut stream: DuplexStream) {
    let mut settings: HashMap<String, String> = HashMap::new();
    let (mut line, mut escaped, mut own) = (Vec::new(), false, true);
    while let Ok(byte) = stream.read_u8().await {
        match byte {
            _ if escaped => {
                own &= line.len() >= 2;
                line.push(byte);
                escaped = false;
            }
            27 => escaped = true,
            b'\r' | b'\n' => {
                let line = std::mem::take(&mut line);
                let command = std::mem::replace(&mut own, true) && line.starts_with(b"++");
                if bus.lock().unwrap().echo {
                    say(&mut stream, &[&line[..], b"\r\n"].concat(), usize::MAX).await;
                }
                if command {
                    let line = String::from_utf8(line).unwrap();
                    carry_out(&bus, &mut settings, &line, &mut stream).await;
                } else if !line.is_empty() {
                    pass_on(&bus, &settings, line);
                }
            }
            _ => line.push(byte),
        }
    }
}

fn pass_on(bus: &Shared, settings: &HashMap<String, String>, mut message: Vec<u8>) {
    let mut bus = bus.lock().unwrap();
    message.extend_from_slice(match settings["++eos"].as_str() {
        "0" => b"\r\n",
        "1" => b"\r",
        "2" => b"\n",
        _ => b"",
    });
    let device = bus.devices.get_mut(&settings["++addr"]).unwrap();
    if message.trim_ascii().ends_with(b"?")
        && let Some(saying) = device.answers.pop_front()
    {
        device.output = Some((Instant::now() + saying.after, saying));
    }
    device.heard.push(message);
}

async fn carry_out(
    bus: &Shared,
    settings: &mut HashMap<String, String>,
    line: &str,
    stream: &mut DuplexStream,
) {
    let (command, value) = line.split_once(' ').unwrap_or((line, ""));
    let at = settings.get("++addr").cloned().unwrap_or_default();
    let answer = {
        let mut bus = bus.lock().unwrap();
        bus.commands.push(line.to_owned());
        let version = bus.version;
        if bus.unknown.contains(&command) {
            Some("Unrecognized command".to_owned())
        } else {
            let device = bus.devices.get_mut(&at);
            match (command, device) {
                ("++ver", _) => Some(version.to_owned()),
                ("++srq", _) => {
                    let asks = bus.devices.values().any(|device| device.status & 64 != 0);
                    Some(u8::from(asks).to_string())
                }
                ("++spoll", Some(device)) => {
                    let status = device.status;
                    device.status &= !64;
                    Some(status.to_string())
                }
                ("++clr", Some(device)) => {
                    (device.output, device.cleared) = (None, device.cleared + 1);
                    None
                }
                ("++trg", Some(device)) => {
                    device.triggered += 1;
                    None
                }
                ("++read" | "++ifc" | "++spoll", _) => None,
                _ if value.is_empty() => settings.get(command).cloned(),
                _ => {
                    settings.insert(command.to_owned(), value.to_owned());
                    None
                }
            }
        }
    };
    if let Some(answer) = answer {
        say(stream, format!("{answer}\r\n").as_bytes(), usize::MAX).await;
    }
    if command == "++read" {
        read(bus, settings, &at, stream).await;
    }
}

/// Waits for the device at most the read time-out, and hands on what it says.
async fn read(
    bus: &Shared,
    settings: &HashMap<String, String>,
    at: &str,
    stream: &mut DuplexStream,
) {
    let patience = Duration::from_millis(settings["++read_tmo_ms"].parse().unwrap());
    let give_up = Instant::now() + patience;
    let output = bus.lock().unwrap().devices.get_mut(at).and_then(|device| device.output.take());
    let Some((ready, saying)) = output else { return sleep_until(give_up).await };
    if ready > give_up {
        bus.lock().unwrap().devices.get_mut(at).unwrap().output = Some((ready, saying));
        return sleep_until(give_up).await;
    }
    sleep_until(ready).await;
    let (lies, piece, lag) = {
        let bus = bus.lock().unwrap();
        (bus.lies_about_eot, bus.piece, bus.lag)
    };
    let marks = settings.get("++eot_enable").is_some_and(|value| value == "1") && !lies;
    let mut bytes = saying.bytes;
    if marks && saying.eoi {
        bytes.push(settings["++eot_char"].parse().unwrap());
    }
    sleep(lag).await;
    say(stream, &bytes, piece).await;
    if !saying.eoi {
        sleep(patience).await;
    }
}

async fn say(stream: &mut DuplexStream, bytes: &[u8], piece: usize) {
    for piece in bytes.chunks(piece.min(1 << 16)) {
        // The other end may have gone; reading says so.
        let _ = stream.write_all(piece).await;
        tokio::task::yield_now().await;
    }
}
