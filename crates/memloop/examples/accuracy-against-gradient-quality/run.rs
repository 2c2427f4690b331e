//! Runs of the real program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use toml::Table;

use crate::variant::{Signs, Variant};

/// An experiment and its bench, to be changed.
pub struct Experiment {
    program: PathBuf,
    file: PathBuf,
    experiment: Table,
    bench: Table,
    /// What is written, benches and campaigns, and gone in the end.
    folder: TempDir,
}

/// What a run came to.
pub struct Found {
    /// What was trained.
    pub name: String,
    /// δV and the two devices, for the table.
    how: [String; 2],
    /// RMSE of the slopes over their range, the mean over the pairs; of the measured slopes only.
    pub rmse: Option<f64>,
    /// Mean over the repeats, per cent.
    pub accuracy: f64,
    /// Standard deviation over the repeats, per cent.
    pub sd: f64,
}

impl Experiment {
    /// Reads `file` and the bench that it names.
    pub fn load(file: &Path, program: PathBuf) -> Result<Experiment> {
        let read = |path: &Path| -> Result<Table> {
            let text = fs::read_to_string(path);
            let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
            text.parse().with_context(|| format!("{} is not understood", path.display()))
        };
        let experiment = read(file)?;
        let Some(bench) = experiment.get("bench").and_then(|it| it.as_str()) else {
            bail!("{} names no bench: expected a simulated one", file.display());
        };
        let bench = read(&file.with_file_name("").join(bench))?;
        let folder = tempfile::tempdir()?;
        Ok(Experiment { program, file: file.to_owned(), experiment, bench, folder })
    }

    /// As the file calls it.
    pub fn name(&self) -> &str {
        self.experiment.get("name").and_then(|it| it.as_str()).unwrap_or_default()
    }

    /// The experiment as it stands, and its controls.
    pub fn controls(&self) -> Result<(Found, Vec<Found>)> {
        let said = text(&self.experiment, &["gradient", "delta_v"])?.to_owned();
        let report = self.run(self.experiment.clone(), &self.bench)?;
        let mut arms = found(&report, [said, "of the bench".to_owned()])?.into_iter();
        Ok((arms.next().context("a training has an arm")?, arms.collect()))
    }

    /// The experiment without its controls, its slopes measured in another way.
    pub fn vary(&self, variant: &Variant) -> Result<Found> {
        let (mut experiment, mut bench) = (self.experiment.clone(), self.bench.clone());
        experiment.remove("controls");
        let step = format!("{} mV", variant.step);
        let gradient = table(&mut experiment, "gradient")?;
        gradient.insert("method".to_owned(), variant.method.into());
        gradient.insert("delta_v".to_owned(), step.clone().into());
        let twins = match variant.gain {
            Some(gain) => {
                differ_by(&mut bench, gain)?;
                format!("gain {gain} %")
            }
            None => "of the bench".to_owned(),
        };
        if variant.signs == Signs::Both {
            for pair in pairs(&mut bench)? {
                pair.remove("monotonic");
            }
        }
        let report = self.run(experiment, &bench)?;
        let arms = found(&report, [step, twins])?;
        arms.into_iter().next().context("a training has an arm")
    }

    fn run(&self, mut experiment: Table, bench: &Table) -> Result<Value> {
        let place = |name: &str| self.folder.path().join(name);
        // Data lie beside the experiment; generated tasks have no file.
        for key in ["file", "mnist"] {
            if let Some(path) = table(&mut experiment, "data")?.get_mut(key) {
                let there = self.file.with_file_name("").join(path.as_str().unwrap_or_default());
                *path = there.canonicalize()?.display().to_string().into();
            }
        }
        experiment.insert("bench".to_owned(), "bench.toml".into());
        fs::write(place("bench.toml"), bench.to_string())?;
        fs::write(place("experiment.toml"), experiment.to_string())?;
        let campaign = place("campaign.sqlite");
        let output = Command::new(&self.program)
            .args(["train", "--json", "--quiet", "--campaign"])
            .args([&campaign, &place("experiment.toml")])
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            bail!("{} ended with {}", self.program.display(), output.status);
        }
        fs::remove_file(campaign)?;
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

impl Found {
    /// A row of the table.
    pub fn row(&self, name: &str) -> String {
        let rmse = self.rmse.map_or(String::new(), |it| format!("{:.2} %", 100.0 * it));
        let [step, twins] = &self.how;
        format!("| {name} | {step} | {twins} | {rmse} | {:.2} ± {:.2} % |", self.accuracy, self.sd)
    }
}

/// The arms of a report, the measured slopes first.
fn found(report: &Value, how: [String; 2]) -> Result<Vec<Found>> {
    let list = |key: &str| {
        report[key].as_array().with_context(|| format!("a report of a training has {key}"))
    };
    let pairs = list("gradient_fidelity")?;
    let rmse: Option<f64> = pairs.iter().map(|it| it["rmse_over_range"].as_f64()).sum();
    let rmse = rmse.context("a pair has no figure of its slopes")? / pairs.len() as f64;
    let figure = |arm: &Value, key: &str| {
        arm[key].as_f64().with_context(|| format!("{key} is missing: repeats above 1 are needed"))
    };
    let arms = list("arms")?.iter().map(|arm| {
        let name = arm["name"].as_str().unwrap_or_default().to_owned();
        let measured = name == "measured";
        let how = if measured { how.clone() } else { [String::new(), String::new()] };
        let (accuracy, sd) =
            (figure(arm, "accuracy_percent_mean")?, figure(arm, "accuracy_percent_sd")?);
        Ok(Found { name, how, rmse: measured.then_some(rmse), accuracy, sd })
    });
    arms.collect()
}

/// Makes the two devices of every pair differ by `gain` per cent, and by nothing else.
fn differ_by(bench: &mut Table, gain: f64) -> Result<()> {
    let mut sides = Vec::new();
    for pair in pairs(bench)? {
        for (side, sign) in [("base", 1.0), ("probe", -1.0)] {
            sides.push((text(pair, &[side])?.to_owned(), sign));
        }
    }
    let simulated = table(bench, "simulated")?;
    for (name, sign) in sides {
        let mut mismatch = Table::new();
        mismatch.insert("gain".to_owned(), format!("{} %", sign * gain / 2.0).into());
        table(simulated, &name)?.insert("mismatch".to_owned(), mismatch.into());
    }
    Ok(())
}

fn pairs(bench: &mut Table) -> Result<impl Iterator<Item = &mut Table>> {
    let pairs = bench.get_mut("pair").and_then(|it| it.as_array_mut());
    let pairs = pairs.context("the bench has no [[pair]]")?;
    Ok(pairs.iter_mut().filter_map(|it| it.as_table_mut()))
}

fn table<'a>(of: &'a mut Table, key: &str) -> Result<&'a mut Table> {
    let found = of.get_mut(key).and_then(|it| it.as_table_mut());
    found.with_context(|| format!("there is no table [{key}]"))
}

fn text<'a>(of: &'a Table, keys: &[&str]) -> Result<&'a str> {
    let (last, tables) = keys.split_last().context("a key has a name")?;
    let mut of = of;
    for key in tables {
        let found = of.get(*key).and_then(|it| it.as_table());
        of = found.with_context(|| format!("there is no table [{key}]"))?;
    }
    of.get(*last).and_then(|it| it.as_str()).with_context(|| format!("{last} is missing"))
}
