//! The driver and the simulator on two ends of a wire in this process.

use std::sync::{Arc, Mutex, PoisonError};

use smu::{Instrument, Model, Settings, Smu};
use tokio::task::JoinHandle;
use transport::{Session, SessionOptions, StreamTransport, Transcript, TranscriptLine};

/// What every test sets an instrument to.
pub use crate::scenario::SETTINGS;

/// 10 kΩ on the terminals of an instrument without errors of its own.
pub const TEN_KILOHMS: &str = "accuracy = \"0 %\"\ndevice = { preset = \"resistor\" }\n";

/// What a transcript that was recorded from the simulator begins with. One from hardware says nothing
/// about which numbers the simulator answers.
pub const SIMULATED: &str = "# source: firmware-sim, 10 kOhm on its terminals";

/// One connection to a simulated instrument, listened to.
pub struct Wire {
    said: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<firmware_sim::Instrument>,
}

impl Wire {
    /// Puts a client's session on the instrument.
    pub fn connect(mut instrument: firmware_sim::Instrument) -> (Session, Wire) {
        let (near, far) = tokio::io::duplex(1 << 16);
        let server = tokio::spawn(async move {
            // A client that hangs up is no failure of the instrument.
            let _ = firmware_sim::serve(far, &mut instrument).await;
            instrument
        });
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let transcript = Transcript::new(move |line| {
            let (arrow, bytes) = match line {
                TranscriptLine::Sent(bytes) => ('>', bytes),
                TranscriptLine::Received(bytes) => ('<', bytes),
            };
            let line = format!("{arrow} {}", String::from_utf8_lossy(bytes));
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        });
        let options = SessionOptions { transcript: Some(transcript), ..SessionOptions::default() };
        (Session::spawn(StreamTransport::new(near), options), Wire { said, server })
    }

    /// What was said so far: `> ` lines to the instrument, `< ` lines from it.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replies so far.
    pub fn replies(&self) -> usize {
        self.said().iter().filter(|it| it.starts_with('<')).count()
    }

    /// The instrument, after everybody else has let go of the wire.
    ///
    /// # Panics
    /// The simulator did.
    pub async fn instrument(self) -> firmware_sim::Instrument {
        self.server.await.expect("the simulator does not panic")
    }
}

/// A simulated instrument, switched on.
///
/// # Panics
/// The TOML is no configuration of one.
pub fn instrument(config: &str) -> firmware_sim::Instrument {
    let config = toml::from_str(config).expect("it is a configuration");
    firmware_sim::Instrument::new(&config).expect("it can be simulated")
}

/// The driver, configured over a session; the output is off.
///
/// # Panics
/// It cannot be configured.
pub async fn configured(name: &str, session: Session) -> Smu {
    let model = Model::builtin("keithley-2400").expect("it is built in");
    let settings: Settings = toml::from_str(SETTINGS).expect("they are settings");
    Smu::open(name, session, model, settings).await.expect("it can be configured")
}

/// A simulated instrument of a model with a device behind it, and the driver's session to it.
///
/// # Panics
/// The simulator has no such model.
pub fn simulated(model: &str, device: &str) -> (Session, Wire) {
    Wire::connect(instrument(&format!("model = \"{model}\"\n{device}")))
}

/// A driver of any model that comes with memloop, configured with edits of [`SETTINGS`]; the output
/// is off.
///
/// # Panics
/// It cannot be configured.
pub async fn configured_as(model: &str, session: Session, more: &str) -> Smu {
    let model = Model::builtin(model).expect("it is built in");
    let instrument = Instrument::open("a0", session, model).await.expect("it can be opened");
    let settings: Settings =
        toml::from_str(&format!("{SETTINGS}{more}")).expect("they are settings");
    Smu::configure("a0", &instrument, 1, settings).await.expect("it can be configured")
}

/// A new instrument and its driver, with the output on.
///
/// # Panics
/// The TOML is no configuration; the instrument cannot be configured or switched on.
pub async fn ready(name: &str, config: &str) -> (Smu, Wire) {
    let (session, wire) = Wire::connect(instrument(config));
    let mut smu = configured(name, session).await;
    smu.output_on().await.expect("it can be switched on");
    (smu, wire)
}
