//! `memloop runs`: the runs of a campaign.

use anyhow::Result;
use campaign::RunSummary;
use serde::Serialize;

use super::{View, reading};
use crate::{cli::CampaignArgs, table::Table};

/// What `memloop runs` prints.
#[derive(Serialize)]
struct RunsReport {
    campaign: std::path::PathBuf,
    runs: Vec<RunSummary>,
}

/// Lists the runs.
///
/// # Errors
/// There is no such campaign, or it cannot be read.
pub fn run(args: &CampaignArgs, view: View) -> Result<()> {
    let runs = reading(&args.campaign)?.runs()?;
    view.show(&RunsReport { campaign: args.campaign.clone(), runs }, text)
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
    format!("{table}\n{}", report.campaign.display())
}

/// How a run ended, in words.
pub fn ending(run: &RunSummary) -> String {
    match run.exit {
        None => "unfinished".to_owned(),
        Some(exit) if run.exit_message.is_empty() => exit.as_str().to_owned(),
        Some(exit) => format!("{}: {}", exit.as_str(), run.exit_message),
    }
}
