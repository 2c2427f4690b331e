//! Data sets: what an experiment's table `[data]` names, read or generated.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use train::{Columns, DataSet, Generated, MnistFiles, NamedBytes, Task};

use crate::{
    config,
    exit::BadInput,
    experiment::{beside, refused},
    fetch::MNIST,
};

/// The folder that `memloop data fetch mnist` writes to.
pub const FETCHED: &str = "memloop-data/mnist";

/// Where the rows come from: one of `file`, `mnist` and `task`, with what belongs to it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// A CSV file with named columns, beside the experiment file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The column of `file` that names the class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The columns of `file` that are features; all but the label's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
    /// A folder with the four IDX files of MNIST, gzipped or not, beside the experiment file; where
    /// there is no such folder, the one that they were fetched into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mnist: Option<PathBuf>,
    /// A task that is generated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// Rows of `task`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// Noise of `task`, in the unit of its coordinates; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
    /// The seed of `task`; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// What a [`DataConfig`] asks for.
enum Source<'a> {
    Table(&'a Path),
    Mnist(&'a Path),
    Generated(Generated),
}

impl DataConfig {
    /// Reads or generates the rows.
    ///
    /// # Errors
    /// Keys that do not belong together; a file that cannot be read, or holds what is not accepted.
    pub fn load(&self, experiment: &Path) -> Result<DataSet> {
        let name = experiment.display().to_string();
        let source = self.source().map_err(|sentence| refused(&name, sentence))?;
        let found = match source {
            Source::Table(file) => {
                let table = beside(experiment, file);
                let text = config::read(&table)?;
                let features = self.features.as_deref();
                let columns = Columns { label: self.label.as_deref(), features };
                let data = DataSet::from_csv_columns(&table.display().to_string(), &text, columns);
                data.map_err(|error| error.to_string())
            }
            Source::Mnist(folder) => {
                let (beside, fetched) = (beside(experiment, folder), Path::new(FETCHED));
                let elsewhere = !beside.exists() && is_mnist(fetched);
                return mnist(if elsewhere { fetched } else { &beside });
            }
            Source::Generated(task) => task.data().map_err(|error| format!("{name}: {error}")),
        };
        found.map_err(|sentence| BadInput::new(sentence).into())
    }

    fn source(&self) -> Result<Source<'_>, String> {
        let of_table = self.label.is_some() || self.features.is_some();
        let of_task = self.rows.is_some() || self.noise.is_some() || self.seed.is_some();
        match (&self.file, &self.mnist, self.task) {
            (Some(file), None, None) if !of_task => Ok(Source::Table(file)),
            (None, Some(folder), None) if !of_table && !of_task => Ok(Source::Mnist(folder)),
            (None, None, Some(task)) if !of_table => {
                let rows = self.rows.ok_or("[data] has a task without rows: expected how many")?;
                let (noise, seed) = (self.noise.unwrap_or(0.0), self.seed.unwrap_or(0));
                Ok(Source::Generated(Generated { task, rows, noise, seed }))
            }
            _ => Err("[data] is not understood: expected file (with label, features), \
                      or mnist, or task (with rows, noise, seed)"
                .to_owned()),
        }
    }
}

/// Whether a folder holds one of the four files at least.
pub fn is_mnist(folder: &Path) -> bool {
    MNIST.files.iter().any(|it| stored(folder, it.name).exists())
}

/// Where a file is, or should be: as it is published, or unpacked.
fn stored(folder: &Path, name: &str) -> PathBuf {
    let plain = folder.join(name);
    if plain.exists() { plain } else { folder.join(format!("{name}.gz")) }
}

/// Reads the four files of a folder.
///
/// # Errors
/// A file that is not there, or holds what is not accepted.
pub fn mnist(folder: &Path) -> Result<DataSet> {
    let read = |name: &str| {
        let path = stored(folder, name);
        config::check_ends(&path)?;
        let bytes = fs::read(&path).map_err(|error| {
            let folder = folder.display();
            BadInput::new(format!(
                "{}: {error}: `memloop data fetch mnist --into {folder}` fetches the four files of \
                 MNIST; or put them there by hand, gzipped or not, from {}: {}",
                path.display(),
                MNIST.mirrors.join(" or "),
                MNIST.files.iter().map(|it| it.name).collect::<Vec<_>>().join(", "),
            ))
        })?;
        anyhow::Ok((path.display().to_string(), bytes))
    };
    let files = MNIST.files.iter().map(|it| read(it.name)).collect::<Result<Vec<_>>>()?;
    let file = |at: usize| NamedBytes { file: &files[at].0, bytes: &files[at].1 };
    let data = DataSet::from_mnist(MnistFiles {
        train_images: file(0),
        train_labels: file(1),
        test_images: file(2),
        test_labels: file(3),
    });
    data.map_err(|error| BadInput::new(error.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(table: &str) -> Result<DataSet> {
        let config: DataConfig = toml::from_str(table).unwrap();
        config.load(Path::new("e.toml"))
    }

    #[test]
    fn a_task_is_generated_with_its_rows_and_seed() {
        let data = load("task = \"yin-yang\"\nrows = 90\nseed = 3").unwrap();
        assert_eq!((data.features.dim(), data.class_names.len()), ((90, 4), 3));
    }

    #[test]
    fn keys_that_do_not_belong_together_are_refused_with_what_would_be_accepted() {
        let expected = "e.toml: [data] is not understood: expected file (with label, features), or \
                        mnist, or task (with rows, noise, seed)";
        for table in [
            "",
            "file = \"a.csv\"\nmnist = \"there\"",
            "file = \"a.csv\"\nrows = 3",
            "mnist = \"there\"\nlabel = \"x\"",
            "task = \"xor\"\nrows = 8\nlabel = \"x\"",
        ] {
            assert_eq!(load(table).unwrap_err().to_string(), expected, "{table}");
        }
        let error = load("task = \"xor\"").unwrap_err().to_string();
        assert_eq!(error, "e.toml: [data] has a task without rows: expected how many");
    }

    #[test]
    fn a_folder_without_mnist_says_which_files_and_from_where() {
        let folder = tempfile::tempdir().unwrap();
        let table = format!("mnist = \"{}\"", folder.path().display());
        let error = load(&table).unwrap_err().to_string();
        for part in ["train-images-idx3-ubyte", "https://", &folder.path().display().to_string()] {
            assert!(error.contains(part), "{error}");
        }
    }
}
