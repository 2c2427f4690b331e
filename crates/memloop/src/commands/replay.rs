//! `memloop replay`: the slopes of a training again, from its recorded readings.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
};

use anyhow::{Result, anyhow};
use campaign::{Campaign, GradientRow, ReadingRow, RunId, StoredBatch};
use gradient::{Codes, Gradient, GradientConfig, Monotonic, Plan, Shot, ShotReading, State};
use serde::Serialize;
use smu::{Reading, Side};

use super::{View, long, reading, resume, train::opening};
use crate::{
    cli::ReplayArgs, exit::BadInput, progress, shutdown::Stop, station::Checked, table::Table,
};

/// So many differences are told.
const MOST_TOLD: usize = 20;

/// What `memloop replay` prints.
#[derive(Debug, Serialize)]
struct ReplayReport {
    run: i64,
    campaign: PathBuf,
    /// In the order that they began.
    phases: Vec<Phase>,
    /// The first of them.
    differences: Vec<String>,
}

/// What one phase of the run came to.
#[derive(Debug, Serialize)]
struct Phase {
    phase: String,
    /// Batches of a pair.
    batches: u64,
    /// Points on disk.
    slopes: u64,
    /// Points that were the same again, to the last bit.
    equal: u64,
}

/// A pair as it was when the next batch was planned.
struct Replayed {
    state: State,
    config: GradientConfig,
    codes: Codes,
    delta_v: f64,
}

/// Runs the command.
///
/// # Errors
/// A run that cannot be replayed; one that did not come out the same; interrupted.
pub async fn run(args: ReplayArgs, view: View) -> Result<()> {
    let path = args.campaign.campaign.clone();
    let report = long(move |stop| replay(&path, RunId(args.run), view, stop)).await?;
    view.show(&report, text)?;
    match report.differences.len() {
        0 => Ok(()),
        _ => Err(anyhow!("run {} does not follow from its readings", report.run)),
    }
}

fn replay(path: &Path, run: RunId, view: View, stop: &Stop) -> Result<ReplayReport> {
    let campaign = reading(path)?;
    let refused = |sentence: &str| BadInput::new(format!("run {} {sentence}", run.0));
    let summary = campaign.run(run)?;
    let (experiment, bench, source) = resume::begun(&campaign, &summary)?;
    let Some(began) = opening::restored(&campaign, run)? else {
        return Err(refused("ended before its first epoch: there is nothing to replay").into());
    };
    let bench_file = source.bench_file.map(PathBuf::from);
    let checked = Checked::new(&bench, bench_file.as_deref())?;
    let mut pairs = BTreeMap::new();
    for (entry, opening) in bench.pair.iter().zip(began.openings()) {
        let surveyed: Vec<_> = opening.rows.iter().map(|it| it.base.current).collect();
        let last = campaign.last_currents(run, ("survey", &entry.name), surveyed.len())?;
        if last != surveyed {
            let sentence = "was resumed, and its pairs surveyed again: that opening is not kept";
            return Err(refused(sentence).into());
        }
        let monotonic = if entry.monotonic { Monotonic::Yes } else { Monotonic::Unknown };
        let replayed = Replayed {
            state: opening.state(monotonic),
            config: experiment.gradient.clone(),
            codes: checked.codes(entry),
            delta_v: opening.delta_v,
        };
        pairs.insert(entry.name.clone(), replayed);
    }
    let survey = campaign.last_batch(run, "survey")?.unwrap_or_default();
    let batches = campaign.batches_asked(run, survey)?;
    let bar = progress::bar(batches.len() as u64, "batches", view.quiet);
    let mut report = ReplayReport {
        run: run.0,
        campaign: path.to_owned(),
        phases: Vec::new(),
        differences: Vec::new(),
    };
    for batch in batches {
        stop.go_on()?;
        again(&campaign, batch, &mut pairs, &mut report)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    campaign.unchanged()?;
    Ok(report)
}

/// One batch, of every pair that was asked something.
fn again(
    campaign: &Campaign,
    batch: i64,
    pairs: &mut BTreeMap<String, Replayed>,
    report: &mut ReplayReport,
) -> Result<()> {
    for stored in campaign.stored_batch(batch)? {
        // One whose plan was another is not gone on with: what follows depends on it.
        let Some(pair) = pairs.get_mut(&stored.pair) else { continue };
        let found = pair.batch(&stored)?;
        if found.is_err() {
            pairs.remove(&stored.pair);
        }
        report.add(&stored, found);
    }
    Ok(())
}

impl Replayed {
    /// The points of a batch again; or why its readings are not those of its plan.
    fn batch(&mut self, stored: &StoredBatch) -> Result<Result<Vec<Gradient>, String>> {
        let due = self.state.due(&self.config);
        let plan = Plan::after(due, &stored.asked, self.delta_v, &self.config, &self.codes)?;
        let rows = match rows(&plan.shots, stored) {
            Ok(rows) => rows,
            Err(sentence) => return Ok(Err(sentence)),
        };
        Ok(Ok(self.state.evaluate(plan, rows, &self.config)?.gradients))
    }
}

/// The readings of a plan's shots.
fn rows(shots: &[Shot], stored: &StoredBatch) -> Result<Vec<ShotReading>, String> {
    let mut of_probe = stored.probe.iter().peekable();
    let rows = shots.iter().enumerate().map(|(position, shot)| {
        let base = stored.base.get(position).filter(|it| it.position == position);
        let base = of_shot(base, shot, Side::Base, position)?;
        let probe = match shot.probe {
            None => None,
            Some(_) => {
                let found = of_probe.next_if(|it| it.position == position);
                Some(of_shot(found, shot, Side::Probe, position)?)
            }
        };
        Ok(ShotReading { base, probe, skew: None })
    });
    let rows: Vec<_> = rows.collect::<Result<_, String>>()?;
    match stored.base.len() + stored.probe.len() - rows.iter().map(operations).sum::<usize>() {
        0 => Ok(rows),
        more => Err(format!("{more} readings are there that its plan does not ask")),
    }
}

fn operations(row: &ShotReading) -> usize {
    1 + usize::from(row.probe.is_some())
}

fn of_shot(
    found: Option<&ReadingRow>,
    shot: &Shot,
    side: Side,
    position: usize,
) -> Result<Reading, String> {
    let (level, purpose) = (shot.level(side).unwrap_or(f64::NAN), shot.purpose.name());
    let who = match side {
        Side::Base => "the base",
        Side::Probe => "the probe",
    };
    let Some(row) = found else {
        return Err(format!("its plan has a shot {position} of {who}, and no reading is there"));
    };
    if row.level_volts.to_bits() != level.to_bits() || row.purpose.as_deref() != Some(purpose) {
        return Err(format!(
            "shot {position} of {who} is at {} V for {}, where its plan has {level} V for {purpose}",
            row.level_volts,
            row.purpose.as_deref().unwrap_or("nothing"),
        ));
    }
    Ok(Reading {
        level,
        voltage: None,
        current: row.current_amperes,
        in_compliance: row.in_compliance,
        overflow: row.overflow,
        time: row.instrument_seconds.unwrap_or(f64::NAN),
        status: row.status,
    })
}

/// Whether a point is what was stored of it, to the last bit.
fn is_same(again: &Gradient, stored: &GradientRow) -> bool {
    // What is not a number is NULL on disk.
    let bits = |it: Option<f64>| it.filter(|it| !it.is_nan()).map(f64::to_bits);
    let current = again.current.ok();
    let didv = again.didv.as_ref().ok();
    let absent = again.didv.as_ref().err().map(ToString::to_string);
    bits(Some(again.level)) == bits(stored.level_volts)
        && again.method.name() == stored.method
        && again.device.name() == stored.device
        && bits(Some(again.delta_v)) == bits(Some(stored.delta_v_volts))
        && bits(current.map(|it| it.value)) == bits(stored.current_amperes)
        && bits(current.map(|it| it.uncertainty)) == bits(stored.current_uncertainty_amperes)
        && bits(didv.map(|it| it.value)) == bits(stored.didv_siemens)
        && bits(didv.map(|it| it.uncertainty)) == bits(stored.didv_uncertainty_siemens)
        && absent == stored.absent_because
        && again.clamped == stored.clamped
}

impl ReplayReport {
    fn add(&mut self, stored: &StoredBatch, found: Result<Vec<Gradient>, String>) {
        let at = self.phases.iter().position(|it| it.phase == stored.phase);
        let at = at.unwrap_or_else(|| {
            let phase = stored.phase.clone();
            self.phases.push(Phase { phase, batches: 0, slopes: 0, equal: 0 });
            self.phases.len() - 1
        });
        let phase = &mut self.phases[at];
        phase.batches += 1;
        phase.slopes += stored.gradients.len() as u64;
        let place = format!("batch {}, pair \"{}\"", stored.batch, stored.pair);
        let mut differences = Vec::new();
        match found {
            Err(sentence) => differences.push(format!("{place}: {sentence}")),
            Ok(found) => {
                if found.len() != stored.gradients.len() {
                    let (found, stored) = (found.len(), stored.gradients.len());
                    differences
                        .push(format!("{place}: {stored} points are stored, its plan has {found}"));
                }
                for (again, row) in found.iter().zip(&stored.gradients) {
                    if is_same(again, row) {
                        phase.equal += 1;
                    } else {
                        differences.push(format!(
                            "{place}, point {}: {}",
                            row.position,
                            told(again, row)
                        ));
                    }
                }
            }
        }
        let left = MOST_TOLD.saturating_sub(self.differences.len());
        self.differences.extend(differences.into_iter().take(left));
    }
}

fn told(again: &Gradient, stored: &GradientRow) -> String {
    let told = |value: Option<f64>, absent: Option<String>| match (value, absent) {
        (Some(value), _) => format!("{value:e} S"),
        (None, Some(absent)) => format!("none ({absent})"),
        (None, None) => "none".to_owned(),
    };
    let again = match &again.didv {
        Ok(didv) => told(Some(didv.value), None),
        Err(absent) => told(None, Some(absent.to_string())),
    };
    let stored = told(stored.didv_siemens, stored.absent_because.clone());
    format!("slope {stored} stored, {again} again, or what stands beside it differs")
}

fn text(report: &ReplayReport) -> String {
    let mut table = Table::new(["phase", "batches", "slopes", "equal again"]);
    for it in &report.phases {
        let [batches, slopes, equal] = [it.batches, it.slopes, it.equal].map(|it| it.to_string());
        table.row([it.phase.clone(), batches, slopes, equal]);
    }
    let mut text = format!("{table}\n");
    if report.differences.is_empty() {
        let _ = write!(
            text,
            "\nEvery slope of run {} in {} follows again from its readings, to the last bit.",
            report.run,
            report.campaign.display()
        );
    }
    for it in &report.differences {
        let _ = write!(text, "\n{it}");
    }
    if report.differences.len() == MOST_TOLD {
        let _ = write!(text, "\nNo more than {MOST_TOLD} differences are told.");
    }
    text
}
