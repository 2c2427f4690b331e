//! What reads campaigns.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::CampaignArgs;

/// `memloop campaign`.
#[derive(Debug, Subcommand)]
pub enum CampaignCommand {
    /// Check that a campaign is whole: pages, references, counts, places, hashes. Changes nothing.
    #[command(after_help = "\
Examples:
  memloop campaign verify
  memloop campaign verify --campaign night-3.sqlite
  memloop campaign verify 3 --json

Exit codes: 0 whole, 1 with findings, 2 when the file is no campaign. docs/campaign-schema.md says what is
checked, and what no check can find.")]
    Verify(VerifyArgs),
}

/// `memloop campaign verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The run's number; all runs without it.
    #[arg(value_name = "RUN")]
    pub run: Option<i64>,
    /// Which campaign.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}

/// `memloop replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The training's number (`memloop runs` lists them).
    #[arg(value_name = "RUN")]
    pub run: i64,
    /// Which campaign.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}

/// `memloop export`.
#[derive(Debug, Args)]
pub struct ExportTablesArgs {
    /// The runs' numbers (`memloop runs` lists them); all runs without any.
    #[arg(value_name = "RUN")]
    pub runs: Vec<i64>,
    /// A folder, made where there is none: files go to TABLE/campaign=NAME/run=RUN/ in it. Or one file, of
    /// one run and one table, where the name ends in .parquet, .arrow, .csv or .nc.
    #[arg(long, value_name = "PATH")]
    pub to: PathBuf,
    /// What files are written as. Without it what PATH ends in, or parquet.
    #[arg(long, value_name = "FORMAT", value_parser = ["parquet", "arrow", "csv", "netcdf"])]
    pub format: Option<String>,
    /// Which tables, with commas between: runs, instruments, pairs, batches, readings, gradients,
    /// requests, epochs, folds, results, events; all that have rows without it.
    #[arg(long, value_name = "TABLE", value_delimiter = ',')]
    pub table: Vec<String>,
    /// What `campaign=` says in the folder's layout; the campaign file's name without it.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Replace files that are there already; without it nothing is written then.
    #[arg(long)]
    pub force: bool,
    /// Which campaign.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}

/// `memloop import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A table with voltage and current, or conductance: separated by commas, semicolons, tabs or spaces,
    /// with a header that names `volts` and `amperes` or `siemens` (or V, I, ...), or without.
    #[arg(value_name = "CURVE")]
    pub curve: PathBuf,
    /// What the second column of a curve without a header is.
    #[arg(long, value_name = "QUANTITY", value_parser = ["amperes", "siemens"])]
    pub values: Option<String>,
    /// What the instrument is called in the campaign; the file's name without it.
    #[arg(long, value_name = "NAME")]
    pub instrument: Option<String>,
    /// Where the readings go, as another run.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}

/// `memloop compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The runs' numbers; the others are held against the first.
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<i64>,
    /// Draw the learning curves of all of them: as SVG and PNG, whichever of the two is named. Never
    /// overwrites.
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Which campaign.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}
