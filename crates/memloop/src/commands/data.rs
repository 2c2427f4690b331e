//! `memloop data`: public data sets are fetched, and what is there is listed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use serde::Serialize;
use train::{DataSet, Task};

use super::View;
use crate::{
    cli::{DataCommand, FetchArgs, ListArgs},
    config, data,
    exit::Interrupted,
    fetch::{self, Fetched, MNIST},
    progress,
    shutdown::Signals,
    table::Table,
};

/// Where data sets are looked for unless folders are named.
const FOLDERS: [&str; 2] = ["memloop-data", "experiments"];

/// Fetches or lists.
///
/// # Errors
/// Those of [`fetch::fetch`]; interrupted; a folder that cannot be read.
pub async fn run(command: DataCommand, view: View) -> Result<()> {
    match command {
        DataCommand::Fetch(args) => fetch(args, view).await,
        DataCommand::List(args) => list(&args, view),
    }
}

/// What `memloop data fetch` prints.
#[derive(Serialize)]
struct FetchReport {
    data_set: String,
    folder: PathBuf,
    files: Vec<Fetched>,
}

async fn fetch(FetchArgs { data_set, into, from }: FetchArgs, view: View) -> Result<()> {
    let mut signals = Signals::listen()?;
    fs::create_dir_all(&into).with_context(|| format!("{} cannot be made", into.display()))?;
    // It goes with this function, whatever ends it, and what is not whole goes with it.
    let scratch = tempfile::Builder::new().prefix(".fetch-").tempdir_in(&into);
    let scratch = scratch.with_context(|| format!("{} cannot be written", into.display()))?;
    let mirrors = match &from {
        Some(url) => vec![url.clone()],
        None => MNIST.mirrors.iter().map(|&it| it.to_owned()).collect(),
    };
    let by_hand = by_hand(&into);
    let (folder, partial) = (into.clone(), scratch.path().to_owned());
    let fetching =
        tokio::task::spawn_blocking(move || fetch_all(&mirrors, &folder, &partial, view));
    let files = tokio::select! {
        files = fetching => files?.context(by_hand)?,
        _ = signals.next() => return Err(Interrupted.into()),
    };
    // An experiment's paths are relative to itself: the whole path is right in any.
    let folder = into.canonicalize().unwrap_or(into);
    view.show(&FetchReport { data_set, folder, files }, fetched_text)
}

fn fetch_all(
    mirrors: &[String],
    folder: &Path,
    scratch: &Path,
    view: View,
) -> Result<Vec<Fetched>> {
    let agent = fetch::agent().build().new_agent();
    let mirrors: Vec<_> = mirrors.iter().map(String::as_str).collect();
    let fetched = MNIST.files.iter().map(|file| {
        let bar = progress::bar(0, file.name, view.quiet);
        let fetched = fetch::fetch(&agent, &mirrors, file, folder, scratch, |bytes, of| {
            follow(&bar, bytes, of);
        });
        bar.finish_and_clear();
        fetched
    });
    fetched.collect()
}

fn follow(bar: &ProgressBar, bytes: u64, of: u64) {
    bar.set_length(of.max(bytes));
    bar.set_position(bytes);
}

/// What to do where no mirror can be reached.
fn by_hand(folder: &Path) -> String {
    let files: Vec<_> = MNIST.files.iter().map(|it| format!("{}.gz", it.name)).collect();
    format!(
        "MNIST is not complete; without a network, put {} from {} into {}, packed or unpacked, and \
         run this again to check them",
        files.join(", "),
        MNIST.mirrors.join(" or "),
        folder.display()
    )
}

fn fetched_text(report: &FetchReport) -> String {
    let mut table = Table::left(["file", "bytes", "from"]);
    for it in &report.files {
        let from = it.from.clone().unwrap_or_else(|| "was there, and is right".to_owned());
        table.row([it.file.display().to_string(), it.bytes.to_string(), from]);
    }
    format!("{table}\nin an experiment: mnist = \"{}\"", report.folder.display())
}

/// What `memloop data list` prints.
#[derive(Serialize)]
struct ListReport {
    data_sets: Vec<Listed>,
    tasks: Vec<ListedTask>,
}

/// A data set on disk.
#[derive(Serialize)]
struct Listed {
    path: PathBuf,
    #[serde(flatten)]
    found: Found,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Found {
    Read { rows: usize, held_out: usize, features: usize, classes: usize },
    Refused { refused: String },
}

/// A task that is generated; its rows are the experiment's.
#[derive(Serialize)]
struct ListedTask {
    task: Task,
    features: usize,
    classes: usize,
}

fn list(args: &ListArgs, view: View) -> Result<()> {
    let mut data_sets = Vec::new();
    let usual = || FOLDERS.iter().map(PathBuf::from).filter(|it| it.exists()).collect();
    let folders = if args.folders.is_empty() { usual() } else { args.folders.clone() };
    for folder in folders {
        if data::is_mnist(&folder) {
            data_sets.push(listed(folder.clone()));
        }
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("{} cannot be listed", folder.display()))?;
        let mut paths = entries.map(|it| Ok(it?.path())).collect::<Result<Vec<_>>>()?;
        paths.sort();
        let is_csv = |it: &Path| it.extension().is_some_and(|it| it == "csv");
        paths.retain(|it| is_csv(it) || data::is_mnist(it));
        data_sets.extend(paths.into_iter().map(listed));
    }
    let tasks = Task::ALL.map(|task| ListedTask {
        task,
        features: task.features().len(),
        classes: task.classes().len(),
    });
    view.show(&ListReport { data_sets, tasks: tasks.into() }, list_text)
}

/// Reads all of a data set: what is listed can be trained on.
fn listed(path: PathBuf) -> Listed {
    let read = if path.is_dir() {
        data::mnist(&path)
    } else {
        config::read(&path)
            .and_then(|text| Ok(DataSet::from_csv(&path.display().to_string(), &text, None)?))
    };
    let found = match read {
        Ok(data) => Found::Read {
            rows: data.labels.len(),
            held_out: data.held_out.map_or(0, |it| it.len()),
            features: data.feature_names.len(),
            classes: data.class_names.len(),
        },
        Err(error) => Found::Refused { refused: format!("{error:#}") },
    };
    Listed { path, found }
}

fn list_text(report: &ListReport) -> String {
    let mut table = Table::new(["data set", "rows", "held out", "features", "classes"]);
    let mut refusals = String::new();
    for Listed { path, found } in &report.data_sets {
        let kind = if path.is_dir() { "mnist" } else { "file" };
        match found {
            Found::Read { rows, held_out, features, classes } => table.row([
                format!("{kind} {}", path.display()),
                rows.to_string(),
                held_out.to_string(),
                features.to_string(),
                classes.to_string(),
            ]),
            Found::Refused { refused } => refusals += &format!("\nnot a data set: {refused}"),
        }
    }
    for it in &report.tasks {
        table.row([
            format!("task {}", it.task.name()),
            "as asked".to_owned(),
            "0".to_owned(),
            it.features.to_string(),
            it.classes.to_string(),
        ]);
    }
    format!("{table}\nclasses of files are those of the last column{refusals}")
}
