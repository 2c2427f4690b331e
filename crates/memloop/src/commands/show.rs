//! `memloop show`: one run.

use std::{fmt::Write, path::PathBuf};

use anyhow::{Result, anyhow};
use campaign::{EpochRow, EventRow, InstrumentRow, Owner, RunId, RunSummary};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{View, reading, runs::ending};
use crate::{
    cli::ShowArgs,
    owner,
    table::{Table, percent},
};

/// Events that the table shows.
const MOST_EVENTS: usize = 20;

/// What `memloop show` prints.
#[derive(Serialize)]
struct ShowReport {
    campaign: PathBuf,
    #[serde(flatten)]
    summary: RunSummary,
    instruments: Vec<InstrumentRow>,
    /// The last epoch of every fold.
    last_epochs: Vec<EpochRow>,
    /// What happened, the oldest first.
    events: Vec<EventRow>,
    /// Who writes it now, if anybody does.
    owner: Option<Owner>,
    configuration: Value,
    bench: Value,
    results: Map<String, Value>,
}

/// Shows a run.
///
/// # Errors
/// There is no such campaign or run, or the file cannot be read.
pub fn run(args: &ShowArgs, view: View) -> Result<()> {
    let path = &args.campaign.campaign;
    let campaign = reading(path)?;
    let none = || anyhow!("{} has no runs", path.display());
    let run = match args.run {
        Some(number) => RunId(number),
        None => campaign.last_run()?.ok_or_else(none)?,
    };
    let summary = campaign.run(run)?;
    let (configuration, bench) = campaign.configuration(run)?;
    let mut results = Map::new();
    for it in campaign.results(run)? {
        results.insert(it.name, serde_json::from_str(&it.value_json)?);
    }
    let report = ShowReport {
        campaign: path.clone(),
        summary,
        instruments: campaign.instruments(run)?,
        events: campaign.events(run)?,
        owner: Owner::now(path).filter(|it| it.run == Some(run.0)),
        last_epochs: last_of_each_fold(campaign.epochs(run)?),
        configuration: serde_json::from_str(&configuration)?,
        bench: serde_json::from_str(&bench)?,
        results,
    };
    view.show(&report, text)
}

/// Of epochs in order, the last of every arm, repeat and fold.
fn last_of_each_fold(epochs: Vec<EpochRow>) -> Vec<EpochRow> {
    let mut last: Vec<EpochRow> = Vec::new();
    for epoch in epochs {
        match last.last_mut() {
            Some(it) if (&it.arm, it.repeat, it.fold) == (&epoch.arm, epoch.repeat, epoch.fold) => {
                *it = epoch;
            }
            _ => last.push(epoch),
        }
    }
    last
}

fn text(report: &ShowReport) -> String {
    let summary = &report.summary;
    let mut text = format!(
        "run {}: {} ({}), {}\nstarted {}, ended {}\nmemloop {}, {}\n",
        summary.run.0,
        summary.experiment,
        summary.kind,
        ending(summary),
        summary.started_utc,
        summary.ended_utc.as_deref().unwrap_or("never"),
        summary.software_version,
        report.campaign.display(),
    );
    let mut table = Table::new(["instrument", "resource", "model", "serial", "firmware"]);
    for it in &report.instruments {
        table.row([&it.name, &it.resource, &it.model, &it.serial, &it.firmware].map(String::clone));
    }
    let _ = writeln!(text, "\n{table}");
    let _ = writeln!(
        text,
        "\n{} readings; {} slopes, {} of them could not be formed",
        summary.readings, summary.gradients, summary.gradients_absent
    );
    if report.owner.is_some()
        && let Some(sentence) = owner::sentence(&report.campaign)
    {
        let _ = writeln!(text, "\n{sentence}");
    }
    if !report.events.is_empty() {
        let mut table = Table::new(["at (UTC)", "event", "what"]);
        let (all, last) = (&report.events, report.events.len().saturating_sub(MOST_EVENTS));
        for it in &all[last..] {
            let at = it.at_utc.chars().take(19).collect();
            table.row([at, it.kind.clone(), it.text.clone()]);
        }
        let _ = writeln!(text, "\n{table}");
        if last > 0 {
            let _ = writeln!(text, "and {last} events before: --json");
        }
    }
    if !report.last_epochs.is_empty() {
        let mut table =
            Table::new(["arm", "repeat", "fold", "epochs", "last loss", "train accuracy"]);
        for it in &report.last_epochs {
            table.row([
                it.arm.clone(),
                it.repeat.to_string(),
                it.fold.to_string(),
                (it.epoch + 1).to_string(),
                format!("{:.4}", it.loss),
                percent(it.train_accuracy),
            ]);
        }
        let _ = writeln!(text, "\n{table}");
    }
    text + "\nConfiguration, bench, settings read back and results: --json"
}
