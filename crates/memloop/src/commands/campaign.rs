//! `memloop campaign verify`: is what was written still there, and still the same?

use std::{ops::ControlFlow, path::PathBuf};

use anyhow::Result;
use campaign::{CampaignError, Finding, RunCheck, RunId};
use serde::Serialize;

use super::{View, long, reading};
use crate::{
    cli::{CampaignCommand, VerifyArgs},
    progress,
    shutdown::Stop,
    table::Table,
};

/// What `memloop campaign verify` prints.
#[derive(Serialize)]
struct VerifyReport {
    campaign: PathBuf,
    schema: i32,
    runs: Vec<RunCheck>,
    /// Of the file and of all runs.
    findings: Vec<Finding>,
    /// Findings of runs that have very many are not told one by one.
    findings_left_off: u64,
}

/// That something is wrong was told already, finding by finding. Exit code 1.
#[derive(Debug)]
struct NotWhole(usize);

impl std::fmt::Display for NotWhole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let s = if self.0 == 1 { "" } else { "s" };
        write!(f, "the campaign is not whole: {} finding{s}", self.0)
    }
}

impl std::error::Error for NotWhole {}

/// Runs the command.
///
/// # Errors
/// The file is no campaign, or there is no such run; something is wrong with it; interrupted.
pub async fn run(command: CampaignCommand, view: View) -> Result<()> {
    let CampaignCommand::Verify(args) = command;
    let report = long(move |stop| verify(&args, view, stop)).await?;
    view.show(&report, text)?;
    let count = report.findings.len() + report.findings_left_off as usize;
    if count == 0 { Ok(()) } else { Err(NotWhole(count).into()) }
}

fn verify(args: &VerifyArgs, view: View, stop: &Stop) -> Result<VerifyReport> {
    let path = &args.campaign.campaign;
    let campaign = match reading(path) {
        Err(error) if error.downcast_ref().is_some_and(is_damage) => {
            let (sentence, campaign) = (error.to_string(), path.clone());
            let findings = vec![Finding { run: None, batch: None, position: None, sentence }];
            let runs = Vec::new();
            return Ok(VerifyReport { campaign, schema: 0, runs, findings, findings_left_off: 0 });
        }
        campaign => campaign?,
    };
    let interrupter = campaign.interrupter();
    let _ends_with_this = super::interrupt_on(stop, interrupter)?;
    let bar = progress::computing("pages and references of the file", view.quiet);
    let mut findings = campaign.verify_file()?;
    bar.finish_and_clear();
    let runs = match (args.run, campaign.run_ids()) {
        (Some(run), _) => vec![RunId(run)],
        (None, Ok(runs)) => runs,
        // The file's finding says so already.
        (None, Err(CampaignError::Corrupt { .. })) if !findings.is_empty() => Vec::new(),
        (None, Err(error)) => return Err(error.into()),
    };
    let bar = progress::computing("rows", view.quiet);
    let mut checks = Vec::new();
    for run in runs {
        let check = campaign.verify_run(run, &mut |readings| {
            bar.set_message(format!("run {}, {readings} readings", run.0));
            if stop.asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match check {
            Ok(check) => checks.push(check),
            Err(CampaignError::Corrupt { .. }) if !findings.is_empty() => {}
            Err(error) => return Err(error.into()),
        }
    }
    bar.finish_and_clear();
    campaign.unchanged()?;
    let mut left_off = 0;
    for it in &mut checks {
        left_off += it.findings_left_off;
        findings.extend(it.findings.iter().cloned());
    }
    // Where even that cannot be read, a finding says so.
    let schema = campaign.schema().unwrap_or_default();
    Ok(VerifyReport {
        campaign: path.clone(),
        schema,
        runs: checks,
        findings,
        findings_left_off: left_off,
    })
}

fn is_damage(error: &CampaignError) -> bool {
    matches!(error, CampaignError::Corrupt { .. })
}

fn text(report: &VerifyReport) -> String {
    let mut table = Table::new([
        "run",
        "experiment",
        "kind",
        "batches",
        "readings",
        "slopes",
        "requests",
        "epochs",
        "folds",
        "checkpoints",
        "ended",
        "findings",
    ]);
    for it in &report.runs {
        table.row([
            it.run.0.to_string(),
            it.experiment.clone(),
            it.kind.clone(),
            it.batches.to_string(),
            it.readings.to_string(),
            it.gradients.to_string(),
            it.requests.to_string(),
            it.epochs.to_string(),
            it.folds.to_string(),
            it.checkpoints.to_string(),
            it.exit.map_or("unfinished", |exit| exit.as_str()).to_owned(),
            (it.findings.len() as u64 + it.findings_left_off).to_string(),
        ]);
    }
    let mut lines = Vec::new();
    if !report.runs.is_empty() {
        lines.push(table.to_string());
    }
    lines.extend(report.findings.iter().map(|it| it.sentence.clone()));
    if report.findings_left_off > 0 {
        lines.push(format!("and {} more findings", report.findings_left_off));
    }
    if report.findings.is_empty() {
        lines.push("whole: every page, reference, count, place and hash".to_owned());
    }
    lines.push(match report.schema {
        0 => report.campaign.display().to_string(),
        schema => format!("{}, schema {schema}", report.campaign.display()),
    });
    lines.join("\n")
}
