//! What a run found, as one document: JSON for programs, tables for people.
//!
//! The documents are stable: keys are added, never renamed, and carry their units.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use campaign::Effort;
use gradient::fidelity::Fidelity;
use serde::{Deserialize, Serialize};
use train::statistics::HeldOut;

use crate::{comparison::Compared, fidelity::ReferenceReport, weights::StartConfig};

/// The figures of the paper that this project grows from (Acharya et al.): paired against numerical
/// gradient, and iris by 5-fold cross-validation with one hidden layer of two neurons.
pub const PAPER: Paper = Paper {
    task: Some(PaperTask::Iris),
    device_accuracy_percent: Some(94.67),
    tanh_accuracy_percent: Some(96.0),
    relu_accuracy_percent: Some(88.7),
    gradient_rmse_percent: 8.38,
    gradient_r2: 0.98,
};

/// What the paper was trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaperTask {
    /// Iris, two device neurons, 5-fold cross-validation.
    Iris,
    /// MNIST, two hidden layers whose sizes it does not state.
    Mnist,
}

/// What the paper reports. It does not say over what the RMSE is, nor which R² is meant.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Paper {
    /// What the accuracies are of; absent where the paper has none to stand beside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<PaperTask>,
    /// Memristor neurons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_accuracy_percent: Option<f64>,
    /// Tanh neurons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tanh_accuracy_percent: Option<f64>,
    /// ReLU neurons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relu_accuracy_percent: Option<f64>,
    /// Mean RMSE of the paired against the numerical gradient.
    pub gradient_rmse_percent: f64,
    /// R² of the paired against the numerical gradient.
    pub gradient_r2: f64,
}

impl Paper {
    /// What the paper has to stand beside a task.
    pub fn beside(task: Option<PaperTask>) -> Paper {
        let (device, tanh, relu) = match task {
            Some(PaperTask::Iris) => return PAPER,
            Some(PaperTask::Mnist) => (Some(96.2), Some(96.8), None),
            None => (None, None, None),
        };
        Paper {
            task,
            device_accuracy_percent: device,
            tanh_accuracy_percent: tanh,
            relu_accuracy_percent: relu,
            ..PAPER
        }
    }
}

/// One way of training, cross-validated.
#[derive(Clone, Debug, Serialize)]
pub struct Arm {
    /// `measured`, `constant-slope`, `tanh` or `relu`.
    pub name: String,
    /// Mean over the repeats of the accuracy pooled over the folds.
    pub accuracy_percent_mean: f64,
    /// Standard deviation over the repeats; absent with fewer than two.
    pub accuracy_percent_sd: Option<f64>,
    /// One figure a repeat.
    pub accuracy_percent_by_repeat: Vec<f64>,
    /// `confusion[actual][predicted]`, summed over the repeats.
    pub confusion: Vec<Vec<usize>>,
    /// Every fold of every repeat: what comparisons rest on.
    #[serde(skip)]
    pub held_out: Vec<HeldOut>,
    /// Epochs that were trained, mean over the folds.
    pub epochs_mean: f64,
    /// Over the rows set aside for validation, mean over the folds; absent where there are none.
    pub validation_accuracy_percent_mean: Option<f64>,
    /// Readings that this arm made.
    pub readings: u64,
    /// What that took.
    #[serde(flatten)]
    pub effort: Effort,
    /// Slopes that could not be formed.
    pub slopes_absent: u64,
    /// Negative slopes raised to zero, on devices known to be monotonic.
    pub slopes_clamped: u64,
}

/// How well the measured slopes of one pair follow the numerical gradient of its base device.
#[derive(Clone, Debug, Serialize)]
pub struct PairFidelity {
    /// The pair's name.
    pub pair: String,
    /// When the two readings of its slopes were made; not in the document of a training, whose
    /// numbers repeat.
    #[serde(flatten)]
    pub skew: Option<PairSkew>,
    /// The figures, by every convention.
    #[serde(flatten)]
    pub fidelity: Fidelity,
}

/// How far apart in time the two readings of a pair's slopes are.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PairSkew {
    /// What started both: `software`, `trigger-link`, `digital-lines` or `channels`.
    pub coupling: &'static str,
    /// The largest distance, s, without its sign; absent where no clock gave a number. Of `software`
    /// it holds real time, also in simulation.
    pub skew_seconds_largest: Option<f64>,
    /// The largest uncertainty of one, s.
    pub skew_uncertainty_seconds_largest: Option<f64>,
}

/// Rows on disk against rows measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Count {
    /// Readings that the instruments returned.
    pub readings_made: u64,
    /// Readings in the campaign file.
    pub readings_stored: u64,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Readings: {} made, {} stored.", self.readings_made, self.readings_stored)
    }
}

/// What was noted beside a run's slopes, the most frequent first.
pub fn noted<'n>(notes: impl Iterator<Item = (&'n str, u64)>) -> String {
    let mut notes: Vec<_> = notes.collect();
    notes.sort_by_key(|it| std::cmp::Reverse(it.1));
    let notes: Vec<String> = notes.iter().map(|(kind, times)| format!("{kind} {times}")).collect();
    format!("Noted: {}; the campaign's table `events` has each.", notes.join(", "))
}

/// Where a run's data are.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// The run's number in the campaign.
    pub run: i64,
    /// The campaign file.
    pub campaign: PathBuf,
    /// The figures.
    pub plots: Vec<PathBuf>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Run {} in {} (docs/campaign-schema.md tells its tables)",
            self.run,
            self.campaign.display()
        )?;
        self.plots.iter().try_for_each(|it| write!(f, "\nPlot: {}", it.display()))
    }
}

/// What `memloop train` prints.
#[derive(Debug, Serialize)]
pub struct TrainReport {
    /// The experiment's name.
    pub experiment: String,
    /// The weights that every fold began with; absent where they were drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<StartConfig>,
    /// Where the data are.
    #[serde(flatten)]
    pub place: Place,
    /// The classes, in the order of the confusions.
    pub class_names: Vec<String>,
    /// Measured first, then the controls.
    pub arms: Vec<Arm>,
    /// The controls, held against the measured slopes on the same splits; absent without controls.
    pub comparison: Option<Compared>,
    /// One a pair.
    pub gradient_fidelity: Vec<PairFidelity>,
    /// The numerical gradient that it is told by, and how sure that is.
    pub reference: ReferenceReport,
    /// What the paper reports.
    pub paper: Paper,
    /// What happened beside, by the kind that the campaign calls it, and how often: drift that a sentinel
    /// saw, calibrations, lost links.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, u64>,
    /// Readings made and stored.
    #[serde(flatten)]
    pub count: Count,
    /// From the first message to the last.
    pub wall_seconds: f64,
}
