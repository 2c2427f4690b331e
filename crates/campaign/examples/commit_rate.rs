//! What a batch costs. In a folder on a disk, waiting for it included; in `/dev/shm`, without.
//!
//! `cargo run --release -p memloop-campaign --example commit_rate [FOLDER]`

use std::{path::PathBuf, time::Instant};

use campaign::{
    Batch, BatchGradient, BatchReading, BatchRequest, Campaign, InstrumentId, InstrumentRow,
    NewRun, PairId,
};

const NEW_RUN: NewRun = NewRun {
    experiment: "rate",
    kind: "train",
    configuration_json: "{}",
    bench_json: "{}",
    software_version: "0",
    source: None,
};

fn batch(readings: usize, pair: PairId, base: InstrumentId, probe: InstrumentId) -> Batch<'static> {
    let reading = |it: usize| BatchReading {
        purpose: Some("point"),
        point: Some(it / 2),
        instrument: if it.is_multiple_of(2) { base } else { probe },
        position: it / 2,
        level_volts: it as f64 * 1e-3,
        current_amperes: Some(it as f64 * 1e-7),
        in_compliance: false,
        overflow: false,
        instrument_seconds: it as f64 * 2e-4,
        status: 0x1c04,
        skew_seconds: None,
        skew_uncertainty_seconds: None,
    };
    let gradient = |position| BatchGradient {
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
    };
    let request = |position| BatchRequest {
        pair,
        position,
        level_volts: position as f64 * 1e-3,
        point: position,
    };
    Batch {
        phase: "measured",
        readings: (0..readings).map(reading).collect(),
        gradients: (0..readings / 2).map(gradient).collect(),
        requests: (0..readings / 2).map(request).collect(),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder)?;
    let path = folder.path().join("rate.sqlite");
    let mut campaign = Campaign::open(&path)?;
    let run = campaign.begin_run(&NEW_RUN)?;
    let row = |name: &str| InstrumentRow {
        name: name.to_owned(),
        resource: String::new(),
        maker: String::new(),
        model: String::new(),
        serial: String::new(),
        firmware: String::new(),
        settings_json: String::new(),
    };
    let base = campaign.add_instrument(run, &row("base"))?;
    let probe = campaign.add_instrument(run, &row("probe"))?;
    let pair = campaign.add_pair(run, "pair", base, probe, "software")?;
    for (readings, batches) in [(0, 200), (64, 1000), (2500, 200)] {
        let batch = batch(readings, pair, base, probe);
        let begun = Instant::now();
        for _ in 0..batches {
            campaign.commit_batch(run, &batch)?;
        }
        let each = begun.elapsed() / batches;
        let per_second = readings as f64 / each.as_secs_f64();
        println!(
            "{readings} readings, {} slopes: {each:?} a batch, {per_second:.0} readings/s",
            readings / 2
        );
    }
    let size = std::fs::metadata(&path)?.len();
    let stored = campaign.count_readings(run)?;
    println!(
        "{:.0} bytes on disk a reading with half a slope and half a request",
        size as f64 / stored as f64
    );
    Ok(())
}
