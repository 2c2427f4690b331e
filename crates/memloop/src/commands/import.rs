//! `memloop import`: a curve that others measured becomes a run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use campaign::{Batch, BatchReading, Campaign, Exit, InstrumentRow, NewRun};
use firmware_sim::TableQuantity;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::View;
use crate::{cli::ImportArgs, exit::BadInput, imported::CurveFile, report::Place};

/// Readings that are committed as one batch.
const PART: usize = 100_000;

/// What the run says of where it came from: its configuration.
#[derive(Serialize)]
struct Origin {
    file: PathBuf,
    sha256: String,
    /// Which columns hold voltage and value, from 1.
    columns: [usize; 2],
    /// `amperes`, or `siemens`: the current is then voltage times conductance.
    values: &'static str,
    /// Whether that is a guess, for want of a header.
    values_guessed: bool,
}

/// What `memloop import` prints.
#[derive(Serialize)]
struct ImportReport {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    origin: Origin,
    readings: usize,
    lowest_volts: f64,
    highest_volts: f64,
    largest_current_amperes: f64,
}

/// Runs the command.
///
/// # Errors
/// The file holds no curve, named with its line; the campaign cannot be written.
pub fn run(args: &ImportArgs, view: View) -> Result<()> {
    let values = match args.values.as_deref() {
        None => None,
        Some("siemens") => Some(TableQuantity::Siemens),
        Some(_) => Some(TableQuantity::Amperes),
    };
    let curve = CurveFile::read(&args.curve, values)?;
    let bytes = fs::read(&args.curve).with_context(|| args.curve.display().to_string())?;
    if curve.is_cut {
        let file = curve.path.display();
        view.tell(&format!(
            "{file}: the last line does not end with a line feed, so the file may be truncated"
        ));
    }
    let origin = Origin {
        file: fs::canonicalize(&args.curve).unwrap_or_else(|_| args.curve.clone()),
        sha256: Sha256::digest(&bytes).iter().map(|it| format!("{it:02x}")).collect(),
        columns: curve.columns.map(|it| it + 1),
        values: match curve.quantity {
            TableQuantity::Siemens => "siemens",
            _ => "amperes",
        },
        values_guessed: curve.is_guessed,
    };
    let (run, readings) = store(args, &curve, &origin)?;
    let place = Place { run, campaign: args.campaign.campaign.clone(), plots: Vec::new() };
    let [lowest_volts, highest_volts] = curve.volts;
    let largest_current_amperes = curve.currents().map(|it| it.1.abs()).fold(0.0, f64::max);
    let report = ImportReport {
        place,
        origin,
        readings,
        lowest_volts,
        highest_volts,
        largest_current_amperes,
    };
    view.show(&report, text)
}

fn store(args: &ImportArgs, curve: &CurveFile, origin: &Origin) -> Result<(i64, usize)> {
    let refused = |error: campaign::CampaignError| BadInput::new(error.to_string());
    let mut campaign = Campaign::open(&args.campaign.campaign).map_err(refused)?;
    let name = args.curve.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let origin = serde_json::to_string(origin)?;
    let run = campaign.begin_run(&NewRun {
        experiment: &name,
        kind: "import",
        configuration_json: &origin,
        bench_json: "{}",
        software_version: env!("CARGO_PKG_VERSION"),
        source: None,
    })?;
    // Who measured it is not known: the file stands for the instrument.
    let instrument = campaign.add_instrument(
        run,
        &InstrumentRow {
            name: args.instrument.clone().unwrap_or(name),
            resource: file_name(&args.curve),
            maker: String::new(),
            model: "imported".to_owned(),
            serial: String::new(),
            firmware: String::new(),
            settings_json: "{}".to_owned(),
        },
    )?;
    let readings: Vec<_> = curve.currents().collect();
    for part in readings.chunks(PART) {
        let rows = part.iter().enumerate().map(|(position, (level, current))| BatchReading {
            instrument,
            position,
            purpose: None,
            point: None,
            level_volts: *level,
            current_amperes: Some(*current),
            in_compliance: false,
            overflow: false,
            // Stored as none.
            instrument_seconds: f64::NAN,
            status: 0,
            skew_seconds: None,
            skew_uncertainty_seconds: None,
        });
        let batch = Batch { phase: "iv", readings: rows.collect(), ..Batch::default() };
        campaign.commit_batch(run, &batch)?;
    }
    campaign.end_run(run, Exit::Done, "")?;
    Ok((run.0, readings.len()))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn text(report: &ImportReport) -> String {
    let guess = if report.origin.values_guessed { " (a guess: there is no header)" } else { "" };
    format!(
        "{} readings from {} V to {} V, at most {:.3e} A; columns {} and {} hold volts and {}{guess}\n{}",
        report.readings,
        report.lowest_volts,
        report.highest_volts,
        report.largest_current_amperes,
        report.origin.columns[0],
        report.origin.columns[1],
        report.origin.values,
        report.place
    )
}
