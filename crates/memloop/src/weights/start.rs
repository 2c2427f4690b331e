use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use train::DataSet;

use super::{Weights, extension, read};
use crate::{exit::BadInput, experiment::beside, packed};

/// The weights that every fold begins with, and their scaling of the features: the experiment's table
/// `[start]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartConfig {
    /// A file of `memloop weights export`, or one with the same tensors; beside the experiment.
    pub file: PathBuf,
    /// Of the file, in hex; another file is refused. The campaign has it of every training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl StartConfig {
    /// Of a file that the command line names.
    ///
    /// # Errors
    /// There is no current folder.
    pub fn of_argument(file: &Path) -> Result<StartConfig> {
        Ok(StartConfig { file: std::path::absolute(file)?, sha256: None })
    }

    /// Reads the file that `experiment` gives relative to itself, and notes its SHA-256.
    ///
    /// # Errors
    /// The file cannot be read, is another than was noted, has not what is expected, or is of other
    /// features or classes than `data`.
    pub fn load(&mut self, experiment: &Path, data: &DataSet) -> Result<Weights> {
        let path = beside(experiment, &self.file);
        let form = extension(&path)?;
        let bytes = read(&path)?;
        let found = packed::sha256(&bytes);
        if let Some(expected) = self.sha256.as_ref().filter(|it| **it != found) {
            let path = path.display();
            let sentence =
                format!("{path}: start.sha256 is {expected}, and the file has SHA-256 {found}");
            return Err(BadInput::new(sentence).into());
        }
        self.sha256 = Some(found);
        let weights = Weights::of_bytes(&path, form, &bytes)?;
        let refused = |error| BadInput::new(format!("{}: {error:#}", path.display()));
        weights.check_names(data).map_err(refused)?;
        Ok(weights)
    }
}
