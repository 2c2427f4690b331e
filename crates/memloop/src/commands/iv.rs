//! `memloop iv`: current against voltage, every device of the bench.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Serialize;
use smu::{Reading, Smu, units::Volts};

use super::View;
use crate::{
    bench::Bench,
    bill::Bill,
    cli::IvArgs,
    exit::BadInput,
    levels,
    plot::{Chart, Mark, Series},
    progress,
    recorder::{Recorder, RunFile},
    report::{Count, Place},
    shutdown::{Guard, Stop},
    station::Checked,
    table::Table,
    transcript::Transcripts,
};

/// Levels from one end to the other that memory holds without thinking of it.
const MOST_POINTS: usize = 1_000_000;
/// Sweeps there and back.
const MOST_SWEEPS: usize = 1_000_000;
/// Levels between two moments at which a stop is heard, and readings in one transaction.
const PART: usize = 2500;

/// The resolved question, as the campaign keeps it.
#[derive(Serialize)]
struct IvExperiment {
    window: [Volts; 2],
    points: usize,
    sweeps: usize,
}

/// What `memloop iv` prints.
#[derive(Serialize)]
struct IvReport {
    #[serde(flatten)]
    place: Place,
    devices: Vec<Curve>,
    #[serde(flatten)]
    count: Count,
}

/// One device's readings, in the order they were made.
#[derive(Serialize)]
struct Curve {
    smu: String,
    level_volts: Vec<f64>,
    current_amperes: Vec<Option<f64>>,
    readings_in_compliance: usize,
}

/// Sweeps every device there and back.
///
/// # Errors
/// Bad options or bench; an instrument failed; the campaign cannot be written; [`Interrupted`](crate::exit::Interrupted).
pub async fn run(args: IvArgs, view: View, guard: Guard, transcripts: Transcripts) -> Result<()> {
    let Guard { outputs, stop, kept } = guard;
    let experiment = resolve(&args)?;
    let bench = Bench::load(args.bench.as_deref())?;
    bench.check_levels(&experiment.window.map(|it| it.0))?;
    let checked = Checked::new(&bench, args.bench.as_deref())?;
    let file = RunFile::open(&args.campaign.campaign, kept)?;
    let station = checked.open(&outputs, &stop, &transcripts).await?;
    let bill = experiment.bill(&station.smus);
    bill.permit("the sweeps", args.long.permission())?;
    view.tell(&format!("sweeps: {bill}"));
    let mut recorder = file.begin("iv", "iv", &experiment, &bench, station.logbook)?;
    recorder.watch(&bench, &stop);
    let mut smus = station.smus;
    let result = measure(&experiment, &bench, &mut smus, &mut recorder, view, &stop).await;
    let result = super::then_off(result, switch_off(&mut smus).await);
    let report = recorder.finish(result)?;
    view.show(&report, text)
}

fn resolve(args: &IvArgs) -> Result<IvExperiment> {
    let window = [level("--from", &args.from)?, level("--to", &args.to)?];
    if window[0] == window[1] {
        let sentence = format!("--from and --to are both {}: a sweep needs two levels", window[0]);
        return Err(BadInput::new(sentence).into());
    }
    if !(2..=MOST_POINTS).contains(&args.points) {
        let sentence = format!("--points {}: accepted is 2 to {MOST_POINTS}", args.points);
        return Err(BadInput::new(sentence).into());
    }
    if !(1..=MOST_SWEEPS).contains(&args.sweeps) {
        let sentence = format!("--sweeps {}: accepted is 1 to {MOST_SWEEPS}", args.sweeps);
        return Err(BadInput::new(sentence).into());
    }
    Ok(IvExperiment { window, points: args.points, sweeps: args.sweeps })
}

fn level(option: &str, text: &str) -> Result<Volts> {
    Ok(text.parse().map_err(|error| BadInput::new(format!("{option}: {error}")))?)
}

impl IvExperiment {
    /// One device after the other.
    fn bill(&self, smus: &[Smu]) -> Bill {
        let levels = (self.sweeps * levels::there_and_back(self.window, self.points).len()) as f64;
        let of = |it: &Smu| Bill { operations: levels, seconds: levels * it.seconds_per_point() };
        smus.iter().map(of).sum()
    }
}

async fn measure(
    experiment: &IvExperiment,
    bench: &Bench,
    smus: &mut [Smu],
    recorder: &mut Recorder,
    view: View,
    stop: &Stop,
) -> Result<IvReport> {
    let levels = levels::there_and_back(experiment.window, experiment.points);
    let bar = progress::bar((smus.len() * experiment.sweeps) as u64, "sweeps", view.quiet);
    let mut devices = Vec::new();
    for smu in smus {
        recorder.instrument(smu, bench)?;
        smu.output_on().await?;
        let mut curve = Curve::new(smu.name());
        // What the source makes of them: also shorter, which a serial line is glad of.
        let levels: Vec<_> = levels.iter().map(|it| smu.level_as_sourced(*it)).collect();
        for _ in 0..experiment.sweeps {
            for part in levels.chunks(PART) {
                stop.go_on()?;
                let rows = smu.list_sweep(part).await?;
                recorder.sweep("iv", smu.name(), &rows)?;
                curve.extend(&rows);
            }
            bar.inc(1);
        }
        smu.output_off().await?;
        devices.push(curve);
    }
    bar.finish_and_clear();
    let plots = plot_curves(&devices, &recorder.figures()?)?;
    Ok(IvReport { place: recorder.place(plots.into()), devices, count: recorder.count()? })
}

async fn switch_off(smus: &mut [Smu]) -> Result<()> {
    let mut result = Ok(());
    for smu in smus {
        let off = smu.output_off().await;
        result = result.and(off.map_err(Into::into));
    }
    result
}

impl Curve {
    fn new(smu: &str) -> Curve {
        Curve {
            smu: smu.to_owned(),
            level_volts: Vec::new(),
            current_amperes: Vec::new(),
            readings_in_compliance: 0,
        }
    }

    fn extend(&mut self, rows: &[Reading]) {
        self.level_volts.extend(rows.iter().map(|it| it.level));
        self.current_amperes.extend(rows.iter().map(|it| it.current));
        self.readings_in_compliance += rows.iter().filter(|it| it.in_compliance).count();
    }
}

fn plot_curves(devices: &[Curve], folder: &Path) -> Result<[PathBuf; 2]> {
    let series = devices.iter().enumerate().map(|(colour, curve)| {
        let currents = curve.current_amperes.iter().map(|it| it.unwrap_or(f64::NAN) * 1e6);
        let points = curve.level_volts.iter().copied().zip(currents).collect();
        Series { name: curve.smu.clone(), points, mark: Mark::Line, colour }
    });
    Chart::iv(series.collect()).save_both(&folder.join("iv"))
}

fn text(report: &IvReport) -> String {
    let mut table =
        Table::new(["device", "readings", "least / µA", "most / µA", "overflow", "in compliance"]);
    for curve in &report.devices {
        let currents: Vec<f64> =
            curve.current_amperes.iter().flatten().map(|it| it * 1e6).collect();
        let least = currents.iter().copied().fold(f64::INFINITY, f64::min);
        let most = currents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        table.row([
            curve.smu.clone(),
            curve.level_volts.len().to_string(),
            format!("{least:.3}"),
            format!("{most:.3}"),
            (curve.current_amperes.len() - currents.len()).to_string(),
            curve.readings_in_compliance.to_string(),
        ]);
    }
    format!("{table}\n{}\n{}", report.count, report.place)
}
