//! `memloop runs`: the runs of a campaign.

use anyhow::Result;
use campaign::{Owner, RunSummary};
use serde::Serialize;

use super::{View, reading};
use crate::{cli::CampaignArgs, guard, owner, table::Table};

/// What `memloop runs` prints.
#[derive(Serialize)]
struct RunsReport {
    campaign: std::path::PathBuf,
    runs: Vec<RunSummary>,
    /// Who writes it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<Owner>,
    #[serde(skip)]
    written_by: Option<String>,
    /// What guards did, by run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    guards_acted: Vec<Acted>,
}

/// A run that was killed, and what its guard did then.
#[derive(Serialize)]
struct Acted {
    run: i64,
    text: String,
}

/// Lists the runs.
///
/// # Errors
/// There is no such campaign, or it cannot be read.
pub fn run(args: &CampaignArgs, view: View) -> Result<()> {
    let campaign = reading(&args.campaign)?;
    let runs = campaign.runs()?;
    let mut guards_acted = Vec::new();
    for run in &runs {
        let events = campaign.events(run.run)?.into_iter().filter(|it| it.kind == guard::ACTED);
        guards_acted.extend(events.map(|it| Acted { run: run.run.0, text: it.text }));
    }
    let (owner, written_by) = (Owner::now(&args.campaign), owner::sentence(&args.campaign));
    let campaign = args.campaign.clone();
    view.show(&RunsReport { campaign, runs, owner, written_by, guards_acted }, text)
}

fn text(report: &RunsReport) -> String {
    let titles =
        ["run", "experiment", "kind", "started (UTC)", "readings", "slopes", "absent", "ended"];
    let mut table = Table::new(titles);
    for it in &report.runs {
        table.row([
            it.run.0.to_string(),
            it.experiment.clone(),
            it.kind.clone(),
            it.started_utc.chars().take(19).collect(),
            it.readings.to_string(),
            it.gradients.to_string(),
            it.gradients_absent.to_string(),
            ending(it),
        ]);
    }
    let acted = report.guards_acted.iter().map(|it| format!("run {}: {}", it.run, it.text));
    let lines: Vec<_> = acted.chain(report.written_by.clone()).collect();
    let lines = lines.into_iter().map(|it| it + "\n").collect::<String>();
    format!("{table}\n{lines}{}", report.campaign.display())
}

/// How a run ended, in words.
pub fn ending(run: &RunSummary) -> String {
    match run.exit {
        None => "unfinished".to_owned(),
        Some(exit) if run.exit_message.is_empty() => exit.as_str().to_owned(),
        Some(exit) => format!("{}: {}", exit.as_str(), run.exit_message),
    }
}
