//! `memloop export`: tables of a campaign as files that other programs read.

use std::{
    cell::Cell,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use ::export::{Existing, ExportError, Facts, Format, Rows, place, write};
use anyhow::{Result, anyhow};
use campaign::{Campaign, RunId, Table};
use serde::Serialize;

use super::{View, long, reading};
use crate::{cli::ExportTablesArgs, exit::BadInput, progress, shutdown::Stop, table};

/// What `memloop export` prints.
#[derive(Serialize)]
struct ExportReport {
    campaign: PathBuf,
    format: &'static str,
    files: Vec<FileReport>,
}

#[derive(Serialize)]
struct FileReport {
    run: i64,
    table: &'static str,
    rows: u64,
    bytes: u64,
    file: PathBuf,
}

/// A file to be.
struct Job {
    run: RunId,
    table: Table,
    rows: u64,
    file: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// There is no such campaign, run or table; a file exists or cannot be written; interrupted. Files that
/// were whole before stay.
pub async fn run(args: ExportTablesArgs, view: View) -> Result<()> {
    let report = long(move |stop| export(&args, view, stop)).await?;
    view.show(&report, text)
}

fn export(args: &ExportTablesArgs, view: View, stop: &Stop) -> Result<ExportReport> {
    let path = &args.campaign.campaign;
    let campaign = reading(path)?;
    let _ends_with_this = super::interrupt_on(stop, campaign.interrupter())?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let (format, single) = format(args)?;
    let runs = runs(args, &campaign)?;
    let counting = progress::computing("how many rows there are", view.quiet);
    let jobs = jobs(args, &campaign, (&runs, &tables(args)?), |run, table| {
        if single { args.to.clone() } else { place(&args.to, &name, run, table, format) }
    })?;
    counting.finish_and_clear();
    if single && jobs.len() != 1 {
        let sentence = format!(
            "{} is one file, of one run and one table; name them (memloop export RUN --table TABLE), or a folder",
            args.to.display()
        );
        return Err(BadInput::new(sentence).into());
    }
    let existing = if args.force { Existing::Replace } else { Existing::Keep };
    if let Some(file) = jobs.iter().map(|it| &it.file).find(|it| !args.force && it.exists()) {
        return Err(exists(file));
    }
    // NetCDF goes through the rows twice, and says nothing the first time.
    let total = jobs.iter().map(|it| it.rows).sum();
    let bar = progress::bar(total, "rows", view.quiet);
    let mut files = Vec::new();
    let mut facts: Option<(RunId, Facts)> = None;
    let done = Cell::new(0);
    for Job { run, table, rows, file } in jobs {
        let known = match facts.take() {
            Some((of, known)) if of == run => known,
            _ => Facts::of(&campaign, &name, run)?,
        };
        bar.set_message(format!("run {} {}", run.0, table.name()));
        let of = Rows { campaign: &campaign, run, table, facts: &known };
        let mut told = |rows| {
            bar.inc(rows);
            if stop.asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let written = write(&of, format, &file, existing, &mut told).map_err(refused)?;
        done.set(done.get() + rows);
        bar.set_position(done.get());
        let (rows, bytes) = (written.rows, written.bytes);
        files.push(FileReport { run: run.0, table: table.name(), rows, bytes, file });
        facts = Some((run, known));
    }
    bar.finish_and_clear();
    campaign.unchanged()?;
    Ok(ExportReport { campaign: path.clone(), format: format.name(), files })
}

/// The format, and whether the path is a single file's.
fn format(args: &ExportTablesArgs) -> Result<(Format, bool)> {
    let extension = args.to.extension().and_then(|it| it.to_str());
    let of_path = extension.and_then(Format::named).filter(|_| !args.to.is_dir());
    let asked = args.format.as_deref().and_then(Format::named);
    match (asked, of_path) {
        (Some(asked), Some(of_path)) if asked != of_path => {
            let sentence = format!(
                "--format {} and the end of {} are two formats",
                asked.name(),
                args.to.display()
            );
            Err(BadInput::new(sentence).into())
        }
        (asked, of_path) => Ok((asked.or(of_path).unwrap_or(Format::Parquet), of_path.is_some())),
    }
}

fn runs(args: &ExportTablesArgs, campaign: &Campaign) -> Result<Vec<RunId>> {
    let there = campaign.run_ids()?;
    if args.runs.is_empty() {
        return match there.is_empty() {
            true => Err(anyhow!("{} has no runs", args.campaign.campaign.display())),
            false => Ok(there),
        };
    }
    let mut asked: Vec<_> = args.runs.iter().map(|it| RunId(*it)).collect();
    asked.sort_by_key(|it| it.0);
    asked.dedup();
    match asked.iter().find(|it| !there.contains(it)) {
        Some(run) => Err(BadInput::new(format!("the campaign has no run {}", run.0)).into()),
        None => Ok(asked),
    }
}

fn tables(args: &ExportTablesArgs) -> Result<Vec<Table>> {
    if args.table.is_empty() {
        return Ok(Table::ALL.to_vec());
    }
    let named = |name: &String| {
        Table::ALL.into_iter().find(|it| it.name() == name).ok_or_else(|| {
            let names: Vec<_> = Table::ALL.iter().map(|it| it.name()).collect();
            let sentence = format!("there is no table \"{name}\"; there are {}", names.join(", "));
            BadInput::new(sentence).into()
        })
    };
    args.table.iter().map(named).collect()
}

/// One for each table of each run that has rows.
fn jobs(
    args: &ExportTablesArgs,
    campaign: &Campaign,
    (runs, tables): (&[RunId], &[Table]),
    file: impl Fn(RunId, Table) -> PathBuf,
) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for run in runs {
        for table in tables {
            let rows = campaign.count(*table, *run)?;
            if rows > 0 {
                let file = file(*run, *table);
                jobs.push(Job { run: *run, table: *table, rows, file });
            }
        }
    }
    if jobs.is_empty() {
        let sentence =
            format!("there are no rows of {} in the runs asked for", args.table.join(", "));
        return Err(anyhow!(sentence));
    }
    Ok(jobs)
}

fn exists(file: &Path) -> anyhow::Error {
    let sentence = format!("{} exists; --force replaces it", file.display());
    BadInput::new(sentence).into()
}

fn refused(error: ExportError) -> anyhow::Error {
    match error {
        ExportError::Exists { path } => exists(&path),
        error => error.into(),
    }
}

fn text(report: &ExportReport) -> String {
    let mut table = table::Table::new(["file", "run", "rows", "bytes"]);
    for it in &report.files {
        let cells = [it.file.display().to_string(), it.run.to_string(), it.rows.to_string()];
        let [file, run, rows] = cells;
        table.row([file, run, rows, it.bytes.to_string()]);
    }
    table.to_string()
}
