//! What measures.

use std::path::PathBuf;

use clap::Args;

use super::CampaignArgs;
use crate::bill::Permission;

/// How long a run may take.
#[derive(Clone, Copy, Debug, Args)]
pub struct LongArgs {
    /// Permit more than 24 h of instrument time; without it such a run is refused before an output is
    /// on.
    #[arg(long)]
    long: bool,
}

impl LongArgs {
    /// What was permitted.
    pub fn permission(self) -> Permission {
        if self.long { Permission::Long } else { Permission::ADay }
    }
}

/// An experiment, where it runs and where its data go.
#[derive(Debug, Args)]
pub struct ExperimentArgs {
    /// The experiment file (TOML): the question asked.
    #[arg(value_name = "EXPERIMENT")]
    pub experiment: PathBuf,
    /// The bench file (TOML): instruments, devices, limits. Without it, the bench that the
    /// experiment names; else the embedded simulated bench.
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Where the data go.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}

/// `memloop gradient`.
#[derive(Debug, Args)]
pub struct GradientArgs {
    /// The experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// A measured curve (CSV: volts and amperes, or siemens) that the simulated devices get in place
    /// of the bench's law; its mismatch, noise and drift stay. Given twice, the base of every pair
    /// gets the first curve and the probe the second.
    #[arg(long, value_name = "CURVE")]
    pub device: Vec<PathBuf>,
    /// Which way of a curve that goes there and back.
    #[arg(long, value_name = "BRANCH", value_parser = ["up", "down", "mean"], default_value = "mean", requires = "device")]
    pub branch: String,
    /// What the second column of a curve without a header is.
    #[arg(long, value_name = "QUANTITY", value_parser = ["amperes", "siemens"], requires = "device")]
    pub values: Option<String>,
    /// The current that the (first) curve is scaled to at +1 V; as measured without it.
    #[arg(long, value_name = "AMPERES", requires = "device")]
    pub full_scale: Option<String>,
    /// How long it may take.
    #[command(flatten)]
    pub long: LongArgs,
}

/// `memloop train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// The experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Cross-validate this many times, each with different splits (overrides the experiment).
    #[arg(long, value_name = "N")]
    pub repeats: Option<usize>,
    /// Seed of the first repeat's splits and weights (overrides the experiment).
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// Begin every fold with these weights and their scaling of the features (overrides the
    /// experiment): a file of `memloop weights export`, or one with the same tensors.
    #[arg(long, value_name = "FILE")]
    pub start: Option<PathBuf>,
    /// How long it may take.
    #[command(flatten)]
    pub long: LongArgs,
}

/// `memloop resume`.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The run's number (`memloop runs` lists them); the last training that is not done without it.
    #[arg(value_name = "RUN")]
    pub run: Option<i64>,
    /// Which campaign.
    #[command(flatten)]
    pub campaign: CampaignArgs,
    /// How long what is left may take.
    #[command(flatten)]
    pub long: LongArgs,
}

/// `memloop iv`.
#[derive(Debug, Args)]
pub struct IvArgs {
    /// First level of the sweep.
    #[arg(long, value_name = "VOLTS", default_value = "-1 V", allow_hyphen_values = true)]
    pub from: String,
    /// Last level of the sweep.
    #[arg(long, value_name = "VOLTS", default_value = "1 V", allow_hyphen_values = true)]
    pub to: String,
    /// Levels from one end to the other.
    #[arg(long, value_name = "N", default_value_t = 101)]
    pub points: usize,
    /// Sweeps there and back.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub sweeps: usize,
    /// The bench file (TOML); the embedded simulated bench without it.
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Where the data go.
    #[command(flatten)]
    pub campaign: CampaignArgs,
    /// How long it may take.
    #[command(flatten)]
    pub long: LongArgs,
}

/// `memloop match`.
#[derive(Debug, Args)]
pub struct MatchArgs {
    /// The bench file (TOML); the embedded simulated bench without it.
    #[arg(value_name = "BENCH")]
    pub bench: Option<PathBuf>,
    /// The lowest level that slopes will be asked at. Without it, -1 V, or as near to that as a step
    /// of a tenth of the window leaves room for inside the pair's windows.
    #[arg(long, value_name = "VOLTS", allow_hyphen_values = true)]
    pub from: Option<String>,
    /// The highest level that slopes will be asked at. Without it, 1 V, or as near as there is room.
    #[arg(long, value_name = "VOLTS", allow_hyphen_values = true)]
    pub to: Option<String>,
    /// Levels of the survey.
    #[arg(long, value_name = "N", default_value_t = 41)]
    pub levels: usize,
    /// Passes over them, up and down in turn.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub passes: usize,
    /// How long it may take.
    #[command(flatten)]
    pub long: LongArgs,
    /// Where the data go.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}
