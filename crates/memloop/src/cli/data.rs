//! What brings data sets in.

use std::path::PathBuf;

use clap::Args;

/// `memloop data fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Which.
    #[arg(value_name = "DATA SET", value_parser = ["mnist"])]
    pub data_set: String,
    /// The folder that gets its files.
    #[arg(long, value_name = "DIR", default_value = crate::data::FETCHED)]
    pub into: PathBuf,
    /// A folder on the web that has the files, in place of the public mirrors.
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
}

/// `memloop data list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Folders that hold CSV files or folders of MNIST; memloop-data and experiments without it.
    #[arg(value_name = "DIR")]
    pub folders: Vec<PathBuf>,
}
