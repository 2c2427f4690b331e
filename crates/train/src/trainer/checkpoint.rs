use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{FoldId, Network, SlopeCount, Snapshot, optimiser::OptimiserState};

/// A fold between two of its epochs: everything that what follows depends on, but the data, the
/// recipe and the devices themselves.
///
/// A fold that goes on from it gives the same bits as one that was never interrupted, where the
/// activation gives the same: tables do, and software; devices have moved on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Which fold.
    pub id: FoldId,
    /// Epochs that have ended.
    pub epochs: usize,
    /// Steps that the optimiser has made.
    pub steps: u64,
    /// What is learned so far.
    pub network: Network,
    /// Moments of the optimiser.
    pub(crate) optimiser: OptimiserState<f32>,
    /// Draws the order of rows, and what else is random.
    pub rng: ChaCha8Rng,
    /// The training rows in the order of the last epoch, from which the next one is shuffled.
    pub order: Vec<usize>,
    /// Over all training passes.
    pub slopes: SlopeCount,
    /// After the last epoch, where rows are set aside for it.
    pub validated: Option<Validated>,
    /// The best by the validation rows, where training may stop early.
    pub best: Option<Best>,
    /// Of the activation.
    pub activation: Option<Snapshot>,
}

/// What the validation rows said after an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validated {
    /// Which, from 0.
    pub epoch: usize,
    /// In the loss's unit, mean over the rows.
    pub loss: f64,
    /// 0 to 1.
    pub accuracy: f64,
}

/// The lowest loss on the validation rows so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// When, and how low.
    pub validated: Validated,
    /// What was learned by then.
    pub network: Network,
}
