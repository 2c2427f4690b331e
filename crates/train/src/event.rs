use std::{
    fmt,
    ops::{AddAssign, ControlFlow},
};

use serde::{Deserialize, Serialize};

use crate::{Checkpoint, FoldResult};

/// Where a cross-validation is; every number counts from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Which cross-validation.
    pub repeat: usize,
    /// Which fold is held out.
    pub fold: usize,
    /// What the forward pass is for.
    pub phase: Phase,
    /// Which mini-batch of it.
    pub batch: usize,
}

/// What a forward pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Training, in this epoch.
    Train {
        /// Which.
        epoch: usize,
    },
    /// Evaluating the rows set aside for validation after this epoch.
    Validate {
        /// Which.
        epoch: usize,
    },
    /// Evaluating the held-out rows after this epoch.
    Test {
        /// Which.
        epoch: usize,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { repeat, fold, phase, batch } = self;
        match phase {
            Phase::Train { epoch } => {
                write!(f, "repeat {repeat}, fold {fold}, epoch {epoch}, batch {batch}")
            }
            Phase::Validate { epoch } => {
                write!(
                    f,
                    "repeat {repeat}, fold {fold}, validation after epoch {epoch}, batch {batch}"
                )
            }
            Phase::Test { epoch } => {
                write!(f, "repeat {repeat}, fold {fold}, test after epoch {epoch}, batch {batch}")
            }
        }
    }
}

/// What happened. The receiver answers `Break` to end it before the next mini-batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// One mini-batch went through the network, and in training also back.
    Batch {
        /// Which.
        place: Place,
        /// Values that the activation was asked for: rows × hidden neurons. They add up to
        /// [`Plan::activations`](crate::Plan::activations).
        activations: u64,
    },
    /// One epoch of one fold ended.
    Epoch(Epoch),
    /// One fold was trained and evaluated.
    Fold {
        /// From 0.
        repeat: usize,
        /// From 0.
        fold: usize,
        /// 0 to 1, over the held-out rows.
        test_accuracy: f64,
    },
    /// One whole cross-validation ended.
    Repeat {
        /// From 0.
        repeat: usize,
        /// 0 to 1, pooled over the held-out rows of all folds.
        accuracy: f64,
    },
}

/// Who hears of a training, and may end it: any function of events, or something that also keeps
/// checkpoints.
pub trait Watch {
    /// Hears what happened; `Break` ends the training before the next mini-batch.
    fn event(&mut self, event: Event) -> ControlFlow<()>;

    /// Sees what came of a fold.
    fn fold(&mut self, result: &FoldResult) {
        let _ = result;
    }

    /// Sees where a fold is after each of its epochs.
    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        let _ = checkpoint;
    }
}

impl<F: FnMut(Event) -> ControlFlow<()>> Watch for F {
    fn event(&mut self, event: Event) -> ControlFlow<()> {
        self(event)
    }
}

/// One epoch's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Epoch {
    /// From 0.
    pub repeat: usize,
    /// From 0.
    pub fold: usize,
    /// From 0.
    pub epoch: usize,
    /// Cross-entropy and range penalty, nats, mean over the epoch's rows as they were passed
    /// forward: each under the weights of its moment.
    pub loss: f64,
    /// 0 to 1, over the same forward passes: it costs no reading.
    pub train_accuracy: f64,
    /// In the loss's unit, mean over the validation rows, where there are such.
    pub validation_loss: Option<f64>,
    /// 0 to 1, likewise.
    pub validation_accuracy: Option<f64>,
    /// 0 to 1, where [`ValidationConfig::test_every_epoch`](crate::ValidationConfig) asks for it,
    /// and after the last epoch.
    pub test_accuracy: Option<f64>,
    /// Over the training passes.
    pub slopes: SlopeCount,
}

/// What came of the slopes that training asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlopeCount {
    /// All of them.
    pub asked: u64,
    /// Could not be formed; they carried no gradient.
    pub absent: u64,
    /// Zero because the pre-activation was clipped to the window.
    pub clipped: u64,
}

impl AddAssign for SlopeCount {
    fn add_assign(&mut self, other: SlopeCount) {
        self.asked += other.asked;
        self.absent += other.absent;
        self.clipped += other.clipped;
    }
}
