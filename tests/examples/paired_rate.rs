//! Measures how many pairs of readings a second arrive over TCP; prints one line of JSON.
//!
//! `cargo run --release -p memloop-tests --example paired_rate -- list 250000 RESOURCE RESOURCE`
//!
//! A resistor of 10 kOhm is on every channel: each current is compared with that of its level, so
//! that speed without the right answers fails.

use std::{env, error::Error, time::Instant};

use serde_json::json;
use smu::{Coupling, Duo, DuoReading, Instrument, Model, Reading, Settings, Smu};
use transport::{LinkOptions, Links, Resource, SessionOptions};

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "paired_rate single|pipelined|list PAIRS RESOURCE [RESOURCE] [--model MODEL]";

const SETTINGS: &str = r#"
    source_range = "2 V"
    sense_range = "1 mA"
    compliance = "1 mA"
    nplc = 0.01
    line_frequency = "50 Hz"
    source_delay = "0 s"
    four_wire = false
    window = ["-1 V", "1 V"]
    ramp = "100 V/s"
"#;

/// One code of the 2 V range, and how many of them the levels go over.
const CODE: f64 = 5e-5;
const CODES: usize = 16_001;
/// Prime to `CODES`, and so large that a neighbour's current is never within `TOLERANCE`.
const STRIDE: usize = 7919;
const LEAST: f64 = 0.1;
const DELTA_V: f64 = 0.05;
const RESISTANCE: f64 = 10e3;
/// The instruments' own errors on the 1 mA range, A.
const TOLERANCE: f64 = 2e-6;

struct Arguments {
    way: Way,
    pairs: usize,
    resources: Vec<Resource>,
    model: String,
}

#[derive(Clone, Copy)]
enum Way {
    /// One message under way on each.
    Single,
    /// As many as the link carries.
    Pipelined,
    /// In the instruments' lists.
    List,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<(), Failure> {
    // As the program runs its commands: a task of its own, on threads for all.
    tokio::spawn(measure()).await?
}

async fn measure() -> Result<(), Failure> {
    let arguments = Arguments::parse(env::args().skip(1))?;
    let mut duo = open(&arguments).await?;
    duo.output_on().await?;
    let base: Vec<f64> = (0..arguments.pairs).map(level).collect();
    let probe: Vec<f64> = base.iter().map(|it| it + DELTA_V).collect();
    if matches!(arguments.way, Way::List) {
        // A run's first sweep changes to list mode, the later ones do not.
        duo.sweep(&base[..2], &probe[..2]).await?;
    }
    let begun = Instant::now();
    let (rows, lot) = match arguments.way {
        Way::Single => {
            let mut rows = Vec::with_capacity(base.len());
            for (base, probe) in base.iter().zip(&probe) {
                rows.push(duo.read(*base, *probe).await?);
            }
            (rows, base.len())
        }
        Way::Pipelined => (duo.read_each(&base, &probe).await?, base.len()),
        Way::List => (duo.sweep(&base, &probe).await?, duo.max_list_len()),
    };
    let seconds = begun.elapsed().as_secs_f64();
    check(&rows, &base, &probe)?;
    let point = duo.seconds_per_point();
    let instrument: f64 = rows.chunks(lot.max(1)).map(|it| own_time(it, point)).sum();
    duo.output_off().await?;
    let pairs = rows.len();
    println!("{}", json!({ "pairs": pairs, "seconds": seconds, "instrument_seconds": instrument }));
    Ok(())
}

/// No two lists of a run are the same: the period is no multiple of a list's length.
fn level(index: usize) -> f64 {
    ((LEAST / CODE).round() + (index * STRIDE % CODES) as f64) * CODE
}

async fn open(arguments: &Arguments) -> Result<Duo, Failure> {
    let settings: Settings = toml::from_str(SETTINGS)?;
    let mut instruments = Vec::new();
    for resource in &arguments.resources {
        let links = Links::default();
        let session =
            links.open(resource, &LinkOptions::default(), SessionOptions::default()).await?;
        let model = Model::builtin(&arguments.model)?;
        instruments.push(Instrument::open(&resource.to_string(), session, model).await?);
    }
    let (base, probe, channel, coupling) = match instruments.as_slice() {
        [both] => (both, both, 2, Coupling::Channels),
        [base, probe] => (base, probe, 1, Coupling::Software),
        _ => return Err(USAGE.into()),
    };
    let base = Smu::configure("base", base, 1, settings.clone()).await?;
    let probe = Smu::configure("probe", probe, channel, settings).await?;
    Ok(Duo::new(base, probe, coupling)?)
}

fn check(rows: &[DuoReading], base: &[f64], probe: &[f64]) -> Result<(), Failure> {
    if rows.len() != base.len() {
        return Err(format!("{} pairs of {}", rows.len(), base.len()).into());
    }
    for (row, (base, probe)) in rows.iter().zip(base.iter().zip(probe)) {
        for (reading, level) in [(&row.base, *base), (&row.probe, *probe)] {
            if !is_right(reading, level) {
                return Err(format!("at {level} V: {reading:?}").into());
            }
        }
    }
    Ok(())
}

fn is_right(reading: &Reading, level: f64) -> bool {
    let near = |it: f64| (it - level / RESISTANCE).abs() < TOLERANCE;
    reading.level == level && !reading.in_compliance && reading.current.is_some_and(near)
}

/// From the first reading's begin to the last one's end by the instruments' clocks, s.
fn own_time(rows: &[DuoReading], point: f64) -> f64 {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return 0.0 };
    let base = last.base.time - first.base.time;
    base.max(last.probe.time - first.probe.time) + point
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, Failure> {
        let way = match words.next().as_deref() {
            Some("single") => Way::Single,
            Some("pipelined") => Way::Pipelined,
            Some("list") => Way::List,
            _ => return Err(USAGE.into()),
        };
        let pairs = words.next().ok_or(USAGE)?.parse()?;
        let (mut resources, mut model) = (Vec::new(), "keithley-2400".to_owned());
        while let Some(word) = words.next() {
            match word.as_str() {
                "--model" => model = words.next().ok_or(USAGE)?,
                _ => resources.push(word.parse()?),
            }
        }
        Ok(Arguments { way, pairs, resources, model })
    }
}
