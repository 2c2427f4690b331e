//! One fold, trained and evaluated.

use std::ops::ControlFlow;

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use self::again::evaluate_again;
pub use self::checkpoint::{Best, Checkpoint, Validated};
use crate::{
    Activation, DataSet, Event, Fold, Network, Phase, Place, Recipe, Scale, SlopeCount, TrainError,
    Watch,
    features::Features,
    optimiser::{self, OptimiserState},
    pass::Pass,
    statistics::HeldOut,
};

mod again;
mod checkpoint;
mod epoch;
mod forward;

/// Which fold of which repeat, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldId {
    /// Which repeat.
    pub repeat: usize,
    /// Which of its folds is held out.
    pub fold: usize,
}

/// A trained fold, evaluated on the rows that were held out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldResult {
    /// Which.
    #[serde(flatten)]
    pub id: FoldId,
    /// Rows trained on.
    pub trained_on: usize,
    /// The held-out rows.
    pub rows: Vec<usize>,
    /// The class of the highest score, one for each of `rows`.
    pub predicted: Vec<usize>,
    /// 0 to 1, over `rows`.
    pub test_accuracy: f64,
    /// 0 to 1, over the rows set aside for validation, of the network that was evaluated; `None`
    /// where there are none.
    pub validation_accuracy: Option<f64>,
    /// Epochs that were trained; fewer than the recipe's where it stopped early.
    pub epochs: usize,
    /// Over all training passes.
    pub slopes: SlopeCount,
    /// How features were scaled.
    pub scale: Scale,
    /// What was learned.
    pub network: Network,
}

impl FoldResult {
    /// As tests between methods want it. `labels` are those of the whole data set.
    pub fn held_out(&self, labels: &[usize]) -> HeldOut {
        let FoldId { repeat, fold } = self.id;
        let right = self.rows.iter().zip(&self.predicted).map(|(&row, &it)| labels[row] == it);
        let (trained_on, rows) = (self.trained_on, self.rows.clone());
        HeldOut { repeat, fold, trained_on, rows, right: right.collect() }
    }
}

/// Trains a network on `fold.train` and evaluates it on `fold.test`.
///
/// Initial weights and the order of rows depend on `recipe.validation.seed` and `id` alone, so that
/// different activations begin equal. With a checkpoint of the same fold it goes on from there.
/// `Ok(None)`: `watch` ended it before its last mini-batch.
///
/// # Errors
/// A recipe that is not accepted, a failing activation, or a quantity that is not finite, with its
/// epoch and batch.
pub async fn train_fold<A: Activation>(
    recipe: &Recipe,
    data: &DataSet,
    fold: &Fold,
    id: FoldId,
    from: Option<Checkpoint>,
    activation: &mut A,
    watch: &mut impl Watch,
) -> Result<Option<FoldResult>, TrainError> {
    recipe.check()?;
    recipe.fits(data)?;
    let begin = Begin { id, from, flow: ControlFlow::Continue(()) };
    let (result, _) = run_fold(recipe, data, fold, begin, activation, watch).await?;
    Ok(result)
}

/// How a fold begins.
pub(crate) struct Begin {
    pub id: FoldId,
    /// Where it goes on from, if it was begun before.
    pub from: Option<Checkpoint>,
    /// `Break`: its beginning is told as a checkpoint, and no mini-batch is begun.
    pub flow: ControlFlow<()>,
}

/// As [`train_fold`], of a checked recipe; also says whether to stop after it.
pub(crate) async fn run_fold<A: Activation>(
    recipe: &Recipe,
    data: &DataSet,
    fold: &Fold,
    begin: Begin,
    activation: &mut A,
    watch: &mut impl Watch,
) -> Result<(Option<FoldResult>, ControlFlow<()>), TrainError> {
    let Begin { id, from, flow } = begin;
    let mut trainer = Trainer::new(recipe, data, fold, id, activation, watch);
    trainer.flow = flow;
    if let Some(checkpoint) = from {
        trainer.take_up(checkpoint);
    }
    match trainer.run().await {
        Ok(result) => Ok((Some(result), trainer.flow)),
        Err(Ended::Interrupted) => Ok((None, trainer.flow)),
        Err(Ended::Failed(error)) => Err(error),
    }
}

/// Why a fold has no result.
enum Ended {
    Interrupted,
    Failed(TrainError),
}

impl From<TrainError> for Ended {
    fn from(error: TrainError) -> Ended {
        Ended::Failed(error)
    }
}

struct Trainer<'a, A, W> {
    recipe: &'a Recipe,
    labels: &'a [usize],
    fold: &'a Fold,
    activation: &'a mut A,
    watch: &'a mut W,
    /// `Break` once an event was answered so.
    flow: ControlFlow<()>,
    scale: Scale,
    /// Scaled, all rows.
    features: Features<f32>,
    /// All that changes from epoch to epoch.
    at: Checkpoint,
    gradient: Network,
    pass: Pass<f32>,
}

impl<'a, A: Activation, W: Watch> Trainer<'a, A, W> {
    fn new(
        recipe: &'a Recipe,
        data: &'a DataSet,
        fold: &'a Fold,
        id: FoldId,
        activation: &'a mut A,
        watch: &'a mut W,
    ) -> Self {
        let Recipe { network, training, validation, start } = recipe;
        // Stream 0 of the repeat's seed splits the rows.
        let mut rng = ChaCha8Rng::seed_from_u64(validation.seed_of(id.repeat));
        rng.set_stream(1 + id.fold as u64);
        // Drawn also where they are not used: rows come in the same order with them and without.
        let drawn = Network::new(&recipe.widths(data), network.init_scale, &mut rng);
        let (network, scale) = match start {
            Some(start) => (start.network.clone(), start.scale.clone()),
            None => (drawn, network.inputs.fit(data.features.view(), &fold.train)),
        };
        let rule = optimiser::Rule {
            optimiser: training.optimiser,
            momentum: training.momentum,
            weight_decay: training.weight_decay,
        };
        Trainer {
            recipe,
            labels: &data.labels,
            fold,
            activation,
            watch,
            flow: ControlFlow::Continue(()),
            features: Features::new(data.features.view(), |rows| scale.apply_in_place(rows)),
            scale,
            gradient: network.zeros_like(),
            pass: Pass::new(&network, training.batch.min(data.labels.len())),
            at: Checkpoint {
                id,
                epochs: 0,
                steps: 0,
                optimiser: OptimiserState::new(rule, &network),
                network,
                rng,
                order: fold.train.clone(),
                slopes: SlopeCount::default(),
                validated: None,
                best: None,
                predicted: None,
                activation: None,
            },
        }
    }

    fn take_up(&mut self, mut checkpoint: Checkpoint) {
        if let Some(snapshot) = checkpoint.activation.take() {
            self.activation.restore(snapshot);
        }
        self.at = checkpoint;
    }

    async fn run(&mut self) -> Result<FoldResult, Ended> {
        let training = &self.recipe.training;
        if self.at.epochs == 0 {
            self.checkpoint();
        }
        while self.at.epochs < training.epochs && !self.is_stale() {
            self.at.order.shuffle(&mut self.at.rng);
            let figures = self.epoch().await?;
            self.tell(Event::Epoch(figures));
            self.checkpoint();
        }
        if let Some(best) = &self.at.best {
            self.at.network = best.network.clone();
            self.at.validated = Some(best.validated);
        }
        let epoch = self.at.epochs - 1;
        let predicted = match self.at.predicted.take() {
            Some(predicted) if self.at.best.is_none() => predicted,
            _ => self.evaluate(Phase::Test { epoch }).await?.unwrap_or_default().1,
        };
        let test_accuracy = self.accuracy(&self.fold.test, &predicted);
        let FoldId { repeat, fold } = self.at.id;
        self.tell(Event::Fold { repeat, fold, test_accuracy });
        Ok(FoldResult {
            id: self.at.id,
            trained_on: self.fold.train.len(),
            rows: self.fold.test.clone(),
            predicted,
            test_accuracy,
            validation_accuracy: self.at.validated.map(|it| it.accuracy),
            epochs: self.at.epochs,
            slopes: self.at.slopes,
            scale: self.scale.clone(),
            network: self.at.network.clone(),
        })
    }

    fn checkpoint(&mut self) {
        self.at.activation = self.activation.snapshot();
        self.watch.checkpoint(&self.at);
    }

    /// The loss on the validation rows has not fallen for as long as the recipe waits.
    fn is_stale(&self) -> bool {
        let patience = self.recipe.training.patience;
        let since = self.at.best.as_ref().map(|it| self.at.epochs - 1 - it.validated.epoch);
        patience.zip(since).is_some_and(|(patience, since)| since >= patience)
    }

    fn accuracy(&self, rows: &[usize], predicted: &[usize]) -> f64 {
        let hits = rows.iter().zip(predicted).filter(|&(&row, &it)| self.labels[row] == it);
        hits.count() as f64 / rows.len() as f64
    }

    fn place(&self, phase: Phase, batch: usize) -> Place {
        let FoldId { repeat, fold } = self.at.id;
        Place { repeat, fold, phase, batch }
    }

    fn tell(&mut self, event: Event) {
        if self.watch.event(event).is_break() {
            self.flow = ControlFlow::Break(());
        }
    }
}
