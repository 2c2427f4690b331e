//! Millions of messages at every simulated instrument: no panic, no hang, no growth.
//!
//! ```sh
//! cargo run --release -p firmware-sim --example storm -- 10000000 1
//! ```
//! The arguments are the number of messages over all models, the seed, and perhaps the one model.

mod generator;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use firmware_sim::{Config, Delivery, Instrument, MessageLink, ModelName};
use generator::Generator;

/// An instrument that has heard this many messages is replaced: some commands stop others.
const LIFE: u64 = 20_000;
/// Nothing takes longer: the longest run that an instrument can be asked for is a million readings.
const LONGEST: Duration = Duration::from_secs(60);
/// Resident memory may grow by this much after the warm-up.
const GROWTH: usize = 64 << 20;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let messages: u64 = arguments.next().map_or(Ok(200_000), |it| it.parse())?;
    let seed: u64 = arguments.next().map_or(Ok(1), |it| it.parse())?;
    let models = match arguments.next() {
        Some(name) => vec![name.parse()?],
        None => ModelName::ALL.to_vec(),
    };
    let (mut heard, mut answered, mut slowest) = (0, 0, Duration::ZERO);
    let mut resident = None;
    for life in 0.. {
        let model = models[life as usize % models.len()];
        let left = (messages - heard).min(LIFE);
        if left == 0 {
            break;
        }
        let (replies, slow) = one_life(model, seed.wrapping_add(life), left)?;
        answered += replies;
        slowest = slowest.max(slow);
        heard += left;
        if life as usize == 4 * models.len() {
            resident = Some(resident_bytes()?);
        }
        if heard % 1_000_000 < LIFE {
            let resident = resident_bytes()? >> 20;
            println!(
                "{heard} messages, {answered} bytes answered, {resident} MiB, slowest {slowest:?}"
            );
        }
    }
    ensure!(slowest < LONGEST, "a message took {slowest:?}");
    if let Some(before) = resident {
        let after = resident_bytes()?;
        ensure!(after < before + GROWTH, "memory grew from {before} to {after} bytes");
    }
    println!("{heard} messages: no panic, no hang, no growth");
    Ok(())
}

fn one_life(model: ModelName, seed: u64, messages: u64) -> Result<(usize, Duration)> {
    let config = Config { model, seed, ..Config::default() };
    let mut instrument = Instrument::new(&config)?;
    let mut generator = Generator::new(seed, instrument.headers());
    let mut link = MessageLink::default();
    let (mut bytes, mut out) = (Vec::new(), Vec::new());
    let (mut answered, mut slowest) = (0, Duration::ZERO);
    for _ in 0..messages {
        bytes.clear();
        out.clear();
        generator.message(&mut bytes);
        let begun = Instant::now();
        if generator.once_in(8) {
            link.write(&mut instrument, &bytes, generator.once_in(2));
            answered += link.read(&mut instrument, 1 << 20).map_or(0, |it| it.len());
        } else {
            let (head, tail) = bytes.split_at(generator.cut(bytes.len()));
            for piece in [head, tail] {
                let delivery = instrument.receive(piece, &mut out);
                ensure!(delivery == Delivery::Now, "no fault was planned");
            }
        }
        if generator.once_in(500) {
            // Ends what waits for a trigger, so that the rest is heard at all.
            let _ = instrument.receive(b"\n:ABOR\n*CLS\n:OUTP ON\n", &mut out);
            link.clear(&mut instrument);
        }
        answered += out.len();
        slowest = slowest.max(begun.elapsed());
    }
    Ok((answered, slowest))
}

/// Resident memory of this process, where Linux tells it; zero elsewhere.
fn resident_bytes() -> Result<usize> {
    let Ok(text) = std::fs::read_to_string("/proc/self/statm") else { return Ok(0) };
    let pages: usize = text.split(' ').nth(1).context("statm has a second field")?.parse()?;
    Ok(pages * 4096)
}
