//! How fast readings are stored with full durability, and what a large campaign costs to read.
//!
//! `cargo run --release -p memloop-campaign --example store -- [--rows N] [--batch N] [--to FILE]`
//!
//! Each batch is one transaction that is on the disk when it returns: write-ahead log,
//! `synchronous = full`. Prints readings per second, the time of a commit, and the most memory that the
//! process had. `--to` keeps the file; else it goes.

use std::{
    env, fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use campaign::{
    Batch, BatchGradient, BatchReading, BatchRequest, Campaign, Exit, InstrumentRow, NewRun,
};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut rows = 1_000_000_usize;
    let mut size = 2500_usize;
    let mut slopes = false;
    let mut to = None;
    let mut arguments = env::args().skip(1);
    while let Some(key) = arguments.next() {
        if key == "--slopes" {
            slopes = true;
            continue;
        }
        let value = arguments.next().ok_or("an option has a value")?;
        match key.as_str() {
            "--rows" => rows = value.parse()?,
            "--batch" => size = value.parse()?,
            "--to" => to = Some(PathBuf::from(value)),
            _ => return Err(format!("{key} is not --rows, --batch, --to or --slopes").into()),
        }
    }
    let scratch = tempfile::tempdir_in(".")?;
    let path = to.unwrap_or_else(|| scratch.path().join("store.sqlite"));
    let mut campaign = Campaign::open(&path)?;
    let run = campaign.begin_run(&NewRun {
        experiment: "store",
        kind: "gradient",
        configuration_json: "{}",
        bench_json: "{}",
        software_version: "0",
        source: None,
    })?;
    let named = |name: &str| InstrumentRow {
        name: name.to_owned(),
        resource: String::new(),
        maker: String::new(),
        model: String::new(),
        serial: String::new(),
        firmware: String::new(),
        settings_json: "{}".to_owned(),
    };
    let base = campaign.add_instrument(run, &named("a1"))?;
    let probe = campaign.add_instrument(run, &named("b1"))?;
    let pair = campaign.add_pair(run, "twins", base, probe, "software")?;
    // Digits as a device has them: a linear congruential generator, in [-0.5, 0.5).
    let mut seed = 1_u64;
    let mut noise = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let mut commits = Vec::with_capacity(rows / size);
    let mut stored = 0;
    while stored < rows {
        let readings = (0..size).map(|it| BatchReading {
            instrument: if it.is_multiple_of(2) { base } else { probe },
            position: it / 2,
            purpose: Some(if slopes { "point" } else { "survey" }),
            point: slopes.then_some(it / 2),
            level_volts: (it / 2) as f64 * 1e-3 - 0.5,
            current_amperes: Some(1e-5 * noise()),
            in_compliance: false,
            overflow: false,
            instrument_seconds: it as f64 * 2e-4 + 1e-6 * noise(),
            status: 0x1c04,
            skew_seconds: (!it.is_multiple_of(2)).then_some(1e-6 * noise()),
            skew_uncertainty_seconds: (!it.is_multiple_of(2)).then_some(1e-6),
        });
        let points = if slopes { size / 2 } else { 0 };
        let gradients = (0..points).map(|position| BatchGradient {
            pair,
            position,
            level_volts: position as f64 * 1e-3,
            method: "forward",
            device: "base",
            delta_v_volts: 0.02,
            current_amperes: Some(1e-5),
            current_uncertainty_amperes: Some(1e-8),
            didv_siemens: Ok(1e-4),
            didv_uncertainty_siemens: Some(1e-6),
            clamped: false,
        });
        let requests = (0..points).map(|position| BatchRequest {
            pair,
            position,
            level_volts: position as f64 * 1e-3,
            point: position,
        });
        let batch = Batch {
            phase: "store",
            readings: readings.collect(),
            gradients: gradients.collect(),
            requests: requests.collect(),
        };
        let begun = Instant::now();
        campaign.commit_batch(run, &batch)?;
        commits.push(begun.elapsed());
        stored += size;
    }
    campaign.end_run(run, Exit::Done, "")?;
    drop(campaign);
    let total: Duration = commits.iter().sum();
    commits.sort_unstable();
    let at = |share: f64| commits[((commits.len() - 1) as f64 * share) as usize];
    println!("{stored} readings in {} batches of {size}", commits.len());
    println!("{:.0} readings/s sustained", stored as f64 / total.as_secs_f64());
    println!("commit: median {:.1?}, p95 {:.1?}, max {:.1?}", at(0.5), at(0.95), at(1.0));
    let bytes = fs::metadata(&path)?.len();
    println!("{bytes} bytes, {:.1} a reading", bytes as f64 / stored as f64);
    println!("most memory: {}", most_memory());
    Ok(())
}

/// As Linux counts it.
fn most_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    line.map_or("not known here".to_owned(), |it| it.trim().to_owned())
}
