//! What works with trained networks.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{CampaignArgs, LongArgs};

/// `memloop evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// The training's number (`memloop runs` lists them).
    #[arg(value_name = "RUN")]
    pub run: i64,
    /// Which of its arms.
    #[arg(long, value_name = "ARM", default_value = "measured")]
    pub arm: String,
    /// Which repeat, from 0; all of them without it.
    #[arg(long, value_name = "N")]
    pub repeat: Option<usize>,
    /// Which fold of it, from 0; all of them without it.
    #[arg(long, value_name = "N")]
    pub fold: Option<usize>,
    /// Measure tables, as `run = "table"` does in training, and interpolate.
    #[arg(long)]
    pub table: bool,
    /// Another bench file (TOML) than that of the training.
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Weights in place of those of the training, and their scaling of the features: a file of
    /// `memloop weights export`, or one with the same tensors.
    #[arg(long, value_name = "FILE", requires_all = ["repeat", "fold"])]
    pub weights: Option<PathBuf>,
    /// How long it may take.
    #[command(flatten)]
    pub long: LongArgs,
    /// Which campaign; the evaluation is another run of it.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}

/// `memloop weights`.
#[derive(Debug, Subcommand)]
pub enum WeightsCommand {
    /// Write the network of a fold that has ended as safetensors or NPZ; never overwrites.
    #[command(after_help = "\
Examples:
  memloop weights export 3 --to iris.safetensors
  memloop weights export 3 --arm tanh --repeat 0 --fold 4 --to tanh.npz

docs/training.md lists the tensors and the facts beside them.")]
    Export(ExportArgs),
}

/// `memloop weights export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The training's number (`memloop runs` lists them).
    #[arg(value_name = "RUN")]
    pub run: i64,
    /// Which of its arms.
    #[arg(long, value_name = "ARM", default_value = "measured")]
    pub arm: String,
    /// Which repeat, from 0.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub repeat: usize,
    /// Which fold of it, from 0.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fold: usize,
    /// The file: its name ends in .safetensors or .npz.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Which campaign.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}
