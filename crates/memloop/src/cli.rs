//! The command line: what can be asked, with examples.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Train neural networks in situ on memristors: on a probe station, or on simulated instruments.
#[derive(Debug, Parser)]
#[command(name = "memloop", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print one JSON document on standard output in place of tables (units are in its keys).
    #[arg(long, global = true)]
    pub json: bool,
    /// Show no progress bars.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  memloop train experiments/iris.toml                 train on the embedded simulated bench
  memloop train experiments/iris.toml --repeats 10    ten cross-validations with different splits
  memloop train experiments/iris.toml --bench my-bench.toml
  memloop gradient experiments/paper/gradient-fidelity.toml
  memloop iv --from '-1 V' --to '1 V' --points 201
  memloop runs
  memloop show 3 --json

Exit codes: 0 done, 1 failed, 2 usage or configuration, 130 interrupted.
Set RUST_LOG=transport=trace to see every message to and from the instruments on standard error.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a network whose activations and slopes are measured, beside its controls.
    #[command(after_help = "\
Examples:
  memloop train experiments/iris.toml
  memloop train experiments/iris.toml --repeats 10 --seed 2000
  memloop train experiments/iris.toml --bench benches/one-pair.toml --json > iris.json")]
    Train(TrainArgs),
    /// Measure current against voltage on every device of the bench.
    #[command(after_help = "\
Examples:
  memloop iv
  memloop iv --from '-0.5 V' --to '0.5 V' --points 101 --sweeps 4
  memloop iv --bench my-bench.toml --campaign night-3.sqlite")]
    Iv(IvArgs),
    /// Compare the measured dI/dV of every pair with the numerical gradient of its I-V curve.
    #[command(after_help = "\
Examples:
  memloop gradient experiments/paper/gradient-fidelity.toml
  memloop gradient experiments/paper/gradient-fidelity.toml --bench benches/simulated.toml --json")]
    Gradient(ExperimentArgs),
    /// List the runs of a campaign.
    #[command(after_help = "\
Examples:
  memloop runs
  memloop runs --campaign night-3.sqlite --json")]
    Runs(CampaignArgs),
    /// Show one run: configuration, instruments, counts, results.
    #[command(after_help = "\
Examples:
  memloop show            the last run
  memloop show 3 --json   run 3, as JSON")]
    Show(ShowArgs),
}

/// Which campaign file.
#[derive(Debug, Args)]
pub struct CampaignArgs {
    /// The campaign file: every run, reading and epoch. Plots go into folders beside it.
    #[arg(long, value_name = "FILE", default_value = "memloop-data/campaign.sqlite")]
    pub campaign: PathBuf,
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
}

/// `memloop show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The run's number (`memloop runs` lists them); the last run without it.
    #[arg(value_name = "RUN")]
    pub run: Option<i64>,
    /// Which campaign.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}
