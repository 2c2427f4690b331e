//! Pairs of simulated instruments with resistors on their terminals, over a wire that a test can
//! listen to and disturb.
#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests, not all used by each")]

use std::sync::{Arc, Mutex};

use gradient::{Monotonic, Pair};
use smu::{Model, Settings, Smu};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use transport::{Session, SessionOptions, StreamTransport};

pub const SETTINGS: &str = r#"
source_range = "2 V"
sense_range = "100 uA"
compliance = "105 uA"
nplc = 1
line_frequency = "50 Hz"
source_delay = "1 ms"
four_wire = false
window = ["-1 V", "1 V"]
ramp = "10 V/s"
"#;

/// What was said on all wires of a test, in order: who, and what to it.
pub type Said = Arc<Mutex<Vec<(String, String)>>>;
/// What becomes of a reply.
pub type Edit = fn(String) -> String;

pub fn unedited(reply: String) -> String {
    reply
}

pub fn take(said: &Said) -> Vec<(String, String)> {
    std::mem::take(&mut said.lock().unwrap())
}

/// An instrument that is called `name`, set to `settings`, with `kilohms` on its terminals.
pub async fn instrument(name: &str, kilohms: f64, settings: &str, said: &Said, edit: Edit) -> Smu {
    let device = format!("device = {{ preset = \"resistor\", resistance = \"{kilohms} kOhm\" }}");
    simulated(name, &device, settings, said, edit).await
}

/// An instrument that is called `name`, set to `settings`, simulated as `keys` say.
pub async fn simulated(name: &str, keys: &str, settings: &str, said: &Said, edit: Edit) -> Smu {
    let config = format!("model = \"keithley-2400\"\n{keys}");
    let mut instrument = firmware_sim::Instrument::new(&toml::from_str(&config).unwrap()).unwrap();
    let (near, middle) = tokio::io::duplex(1 << 18);
    let (other, far) = tokio::io::duplex(1 << 18);
    tokio::spawn(async move { firmware_sim::serve(far, &mut instrument).await });
    let ((asked, answer), (reply, ask)) = (tokio::io::split(middle), tokio::io::split(other));
    let (said, owned) = (Arc::clone(said), name.to_owned());
    tokio::spawn(relay(asked, ask, move |line| {
        said.lock().unwrap().push((owned.clone(), line.clone()));
        line
    }));
    tokio::spawn(relay(reply, answer, edit));
    let session = Session::spawn(StreamTransport::new(near), SessionOptions::default());
    let model = Model::builtin("keithley-2400").unwrap();
    let settings: Settings = toml::from_str(settings).unwrap();
    Smu::open(name, session, model, settings).await.unwrap()
}

async fn relay(
    from: ReadHalf<DuplexStream>,
    mut to: WriteHalf<DuplexStream>,
    edit: impl Fn(String) -> String,
) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if to.write_all(format!("{}\n", edit(line)).as_bytes()).await.is_err() {
            return;
        }
    }
}

/// A pair with its outputs on, whose replies are edited.
pub async fn edited_pair(kilohms: [f64; 2], edits: [Edit; 2]) -> (Pair, Said) {
    let said = Said::default();
    let base = instrument("base", kilohms[0], SETTINGS, &said, edits[0]).await;
    let probe = instrument("probe", kilohms[1], SETTINGS, &said, edits[1]).await;
    let mut pair = Pair::new("p0", base, probe, Monotonic::Unknown).unwrap();
    pair.output_on().await.unwrap();
    take(&said);
    (pair, said)
}

/// A pair with its outputs on.
pub async fn pair(kilohms: [f64; 2]) -> (Pair, Said) {
    edited_pair(kilohms, [unedited, unedited]).await
}
