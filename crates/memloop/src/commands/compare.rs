//! `memloop compare`: runs side by side, and whether their results may be called different.

mod differences;
mod trained;

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use campaign::{Campaign, RunId, RunSummary};
use serde::Serialize;

use self::{
    differences::{Difference, differences},
    trained::{Held, Trained},
};
use super::{View, reading, runs::ending, train::learning};
use crate::{cli::CompareArgs, comparison::Compared, exit::BadInput, table::Table};

/// What `memloop compare` prints.
#[derive(Serialize)]
struct CompareReport {
    campaign: PathBuf,
    runs: Vec<RunSummary>,
    /// Keys of configuration and bench that are not the same in all runs.
    differences: Vec<Difference>,
    arms: Vec<Trained>,
    /// One an arm that the first run shares with others: those held against the first's.
    comparisons: Vec<Compared>,
    /// Why runs are not held against the first, in sentences.
    not_compared: Vec<String>,
    plot: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// There is no such campaign or run; fewer than two runs; the figure exists or cannot be written.
pub fn run(args: &CompareArgs, view: View) -> Result<()> {
    let path = &args.campaign.campaign;
    let campaign = reading(path)?;
    let mut ids: Vec<RunId> = Vec::new();
    for run in args.runs.iter().map(|it| RunId(*it)) {
        if !ids.contains(&run) {
            ids.push(run);
        }
    }
    if ids.len() < 2 {
        return Err(BadInput::new("a run is compared with another: name two or more").into());
    }
    let there = campaign.run_ids()?;
    if let Some(run) = ids.iter().find(|it| !there.contains(it)) {
        return Err(BadInput::new(format!("the campaign has no run {}", run.0)).into());
    }
    let runs = ids.iter().map(|it| campaign.run(*it)).collect::<Result<Vec<_>, _>>()?;
    let mut held = Vec::new();
    let mut not_compared = Vec::new();
    for it in &runs {
        match Held::of(&campaign, it) {
            Ok(found) => held.push(found),
            Err(reason) => not_compared.push(reason),
        }
    }
    let plot = args.plot.as_ref().map(|it| plot(&campaign, &ids, it)).transpose()?;
    let report = CompareReport {
        campaign: path.clone(),
        differences: differences(&campaign, &ids)?,
        arms: trained::trained(&campaign, &runs)?,
        comparisons: trained::comparisons(&held, ids[0], &mut not_compared),
        not_compared,
        plot,
        runs,
    };
    view.show(&report, text)
}

/// Learning curves of all runs in one figure.
fn plot(campaign: &Campaign, runs: &[RunId], path: &std::path::Path) -> Result<PathBuf> {
    if !path.extension().is_some_and(|it| it == "svg" || it == "png") {
        let sentence =
            format!("{}: expected a name in .svg or .png; both are written", path.display());
        return Err(BadInput::new(sentence).into());
    }
    for written in ["svg", "png"].map(|it| path.with_extension(it)) {
        if written.exists() {
            let sentence = format!("{} exists; name another file", written.display());
            return Err(BadInput::new(sentence).into());
        }
    }
    let mut epochs = Vec::new();
    for run in runs {
        epochs.extend(campaign.epochs(*run)?.into_iter().map(|mut it| {
            it.arm = format!("run {}, {}", run.0, it.arm);
            it
        }));
    }
    if epochs.is_empty() {
        return Err(anyhow!("none of the runs has epochs to draw"));
    }
    learning::plot(&epochs, &path.with_extension(""))?;
    Ok(path.to_owned())
}

fn text(report: &CompareReport) -> String {
    let mut parts = Vec::new();
    let mut table =
        Table::new(["run", "experiment", "kind", "started (UTC)", "readings", "slopes", "ended"]);
    for it in &report.runs {
        table.row([
            it.run.0.to_string(),
            it.experiment.clone(),
            it.kind.clone(),
            it.started_utc.chars().take(19).collect(),
            it.readings.to_string(),
            it.gradients.to_string(),
            ending(it),
        ]);
    }
    parts.push(table.to_string());
    parts.push(differences::text(&report.differences));
    if !report.arms.is_empty() {
        parts.push(trained::text(&report.arms));
    }
    parts.extend(report.comparisons.iter().map(Compared::text));
    if !report.not_compared.is_empty() {
        parts.push(report.not_compared.join("\n"));
    }
    parts.extend(report.plot.iter().map(|it| format!("Plot: {}", it.display())));
    parts.join("\n\n")
}
