use std::ops::ControlFlow;

use ndarray::{Array2, ArrayView2};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::{
    Activated, Activation, DataSet, Epoch, Event, Fold, Loss, Mapping, Network, Optimiser, Phase,
    Place, Recipe, SlopeCount, Standardise, TrainError,
    optimiser::{OptimiserState, Rule},
    pass::{Pass, Penalty},
};

/// Which fold of which cross-validation, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FoldId {
    /// Which cross-validation.
    pub repeat: usize,
    /// Which of its folds is held out.
    pub fold: usize,
}

/// A trained fold, evaluated on the rows that were held out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoldResult {
    /// Which.
    #[serde(flatten)]
    pub id: FoldId,
    /// The held-out rows.
    pub rows: Vec<usize>,
    /// The class of the highest score, one for each of `rows`.
    pub predicted: Vec<usize>,
    /// 0 to 1, over `rows`.
    pub test_accuracy: f64,
    /// Over all training passes.
    pub slopes: SlopeCount,
    /// How features were scaled.
    pub scale: Standardise,
    /// What was learned.
    pub network: Network,
}

/// Trains a network on `fold.train` and evaluates it on `fold.test`.
///
/// Initial weights and the order of rows depend on `recipe.validation.seed` and `id` alone, so that
/// different activations begin equal. `Ok(None)`: `events` ended it before its last mini-batch.
///
/// # Errors
/// A recipe that is not accepted, a failing activation, or a quantity that is not finite, with its
/// epoch and batch.
pub async fn train_fold<A: Activation>(
    recipe: &Recipe,
    data: &DataSet,
    fold: &Fold,
    id: FoldId,
    activation: &mut A,
    events: &mut impl FnMut(Event) -> ControlFlow<()>,
) -> Result<Option<FoldResult>, TrainError> {
    recipe.check()?;
    let (result, _) = run_fold(recipe, data, fold, id, activation, events).await?;
    Ok(result)
}

/// As [`train_fold`], of a checked recipe; also says whether to stop after it.
pub(crate) async fn run_fold<A: Activation>(
    recipe: &Recipe,
    data: &DataSet,
    fold: &Fold,
    id: FoldId,
    activation: &mut A,
    events: &mut impl FnMut(Event) -> ControlFlow<()>,
) -> Result<(Option<FoldResult>, ControlFlow<()>), TrainError> {
    let mut trainer = Trainer::new(recipe, data, fold, id, activation, events);
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

struct Trainer<'a, A, E> {
    recipe: &'a Recipe,
    labels: &'a [usize],
    fold: &'a Fold,
    id: FoldId,
    activation: &'a mut A,
    events: &'a mut E,
    /// `Break` once an event was answered so.
    flow: ControlFlow<()>,
    rng: ChaCha8Rng,
    scale: Standardise,
    /// Scaled, all rows.
    features: Array2<f32>,
    network: Network,
    gradient: Network,
    optimiser: OptimiserState<f32>,
    pass: Pass<f32>,
}

impl<'a, A, E> Trainer<'a, A, E>
where
    A: Activation,
    E: FnMut(Event) -> ControlFlow<()>,
{
    fn new(
        recipe: &'a Recipe,
        data: &'a DataSet,
        fold: &'a Fold,
        id: FoldId,
        activation: &'a mut A,
        events: &'a mut E,
    ) -> Self {
        let Recipe { network, training, validation } = recipe;
        // Stream 0 of the repeat's seed splits the rows.
        let mut rng = ChaCha8Rng::seed_from_u64(validation.seed_of(id.repeat));
        rng.set_stream(1 + id.fold as u64);
        let widths = [data.features.ncols(), network.hidden, data.class_names.len()];
        let network = Network::new(&widths, network.init_scale, &mut rng);
        let scale = Standardise::fit(data.features.view(), &fold.train);
        let rule = Rule {
            optimiser: Optimiser::AdamW,
            momentum: 0.0,
            weight_decay: training.weight_decay,
        };
        Trainer {
            recipe,
            labels: &data.labels,
            fold,
            id,
            activation,
            events,
            flow: ControlFlow::Continue(()),
            rng,
            features: scale.apply(data.features.view()),
            scale,
            gradient: network.zeros_like(),
            optimiser: OptimiserState::new(rule, &network),
            pass: Pass::new(&network, training.batch.min(data.labels.len())),
            network,
        }
    }

    async fn run(&mut self) -> Result<FoldResult, Ended> {
        let epochs = self.recipe.training.epochs;
        let mut order = self.fold.train.clone();
        let mut slopes = SlopeCount::default();
        let mut predicted = Vec::new();
        for epoch in 0..epochs {
            order.shuffle(&mut self.rng);
            let mut figures = self.epoch(epoch, &order).await?;
            slopes += figures.slopes;
            if epoch + 1 == epochs || self.recipe.validation.test_every_epoch {
                predicted = self.test(epoch).await?;
                figures.test_accuracy = Some(self.accuracy(&predicted));
            }
            self.tell(Event::Epoch(figures));
        }
        let FoldId { repeat, fold } = self.id;
        let test_accuracy = self.accuracy(&predicted);
        self.tell(Event::Fold { repeat, fold, test_accuracy });
        Ok(FoldResult {
            id: self.id,
            rows: self.fold.test.clone(),
            predicted,
            test_accuracy,
            slopes,
            scale: self.scale.clone(),
            network: self.network.clone(),
        })
    }

    async fn epoch(&mut self, epoch: usize, order: &[usize]) -> Result<Epoch, Ended> {
        let training = &self.recipe.training;
        let batches = order.len().div_ceil(training.batch);
        let steps = (training.epochs * batches) as u64;
        let (mut loss, mut correct, mut slopes) = (0.0, 0, SlopeCount::default());
        for (batch, rows) in order.chunks(training.batch).enumerate() {
            let place = self.place(Phase::Train { epoch }, batch);
            slopes += self.forward(rows, place).await?;
            correct += self.hits(rows);
            loss += self.backward(rows, place)? * rows.len() as f64;

            let step = (epoch * batches + batch) as u64;
            let rate = training.learning_rate * training.schedule.factor(step, steps);
            self.optimiser.step(&mut self.network, &self.gradient, rate);
            self.tell(Event::Batch { place, activations: self.activations(rows) });
        }
        let rows = order.len() as f64;
        Ok(Epoch {
            repeat: self.id.repeat,
            fold: self.id.fold,
            epoch,
            loss: loss / rows,
            train_accuracy: correct as f64 / rows,
            test_accuracy: None,
            slopes,
        })
    }

    /// The classes of the held-out rows as the network sees them now.
    async fn test(&mut self, epoch: usize) -> Result<Vec<usize>, Ended> {
        let fold = self.fold;
        let mut predicted = Vec::with_capacity(fold.test.len());
        for (batch, rows) in fold.test.chunks(self.recipe.training.batch).enumerate() {
            let place = self.place(Phase::Test { epoch }, batch);
            self.forward(rows, place).await?;
            predicted.extend(self.pass.predicted());
            self.tell(Event::Batch { place, activations: self.activations(rows) });
        }
        Ok(predicted)
    }

    /// Passes `rows` through the network, up to the scores, unless an event was answered with
    /// `Break`.
    async fn forward(&mut self, rows: &[usize], place: Place) -> Result<SlopeCount, Ended> {
        if self.flow.is_break() {
            return Err(Ended::Interrupted);
        }
        let mut slopes = SlopeCount::default();
        self.pass.begin(&self.features, rows);
        let (hidden, last) = self.network.split();
        for layer in hidden {
            self.pass.apply(layer);
            finite(self.pass.outputs(), "pre-activation", place)?;
            let activated = self.activation.activate(self.pass.outputs()).await;
            let activated = activated
                .map_err(|error| TrainError::Activation { place, source: Box::new(error) })?;
            let mapping = self.activation.mapping();
            slopes += inspect(self.pass.outputs(), &activated, mapping, place)?;
            self.pass.activated(activated.values, activated.slopes);
        }
        self.pass.apply(last);
        finite(self.pass.outputs(), "class score", place)?;
        Ok(slopes)
    }

    /// The loss of the rows just passed forward, and its gradient.
    fn backward(&mut self, rows: &[usize], place: Place) -> Result<f64, TrainError> {
        let penalty = self
            .activation
            .mapping()
            .map(|mapping| Penalty { weight: self.recipe.training.range_penalty, mapping });
        let labels = rows.iter().map(|&row| self.labels[row]);
        let loss = self.pass.loss(Loss::CrossEntropy, labels) + self.pass.penalty(&[penalty]);
        if !loss.is_finite() {
            return Err(TrainError::NotFinite { place, quantity: "loss" });
        }
        self.pass.backward(&self.network, &[penalty], &mut self.gradient);
        Ok(loss)
    }

    /// How many of the rows just passed forward got their own class.
    fn hits(&self, rows: &[usize]) -> usize {
        let labels = rows.iter().map(|&row| self.labels[row]);
        self.pass.predicted().zip(labels).filter(|(found, label)| found == label).count()
    }

    fn accuracy(&self, predicted: &[usize]) -> f64 {
        let rows = self.fold.test.iter().zip(predicted);
        let hits = rows.filter(|&(&row, &found)| self.labels[row] == found).count();
        hits as f64 / self.fold.test.len() as f64
    }

    fn activations(&self, rows: &[usize]) -> u64 {
        (rows.len() * self.recipe.network.hidden) as u64
    }

    fn place(&self, phase: Phase, batch: usize) -> Place {
        Place { repeat: self.id.repeat, fold: self.id.fold, phase, batch }
    }

    fn tell(&mut self, event: Event) {
        if (self.events)(event).is_break() {
            self.flow = ControlFlow::Break(());
        }
    }
}

fn finite(
    values: ArrayView2<'_, f32>,
    quantity: &'static str,
    place: Place,
) -> Result<(), TrainError> {
    let finite = values.iter().all(|it| it.is_finite());
    if finite { Ok(()) } else { Err(TrainError::NotFinite { place, quantity }) }
}

/// Counts slopes, and refuses what nothing can be learned from.
fn inspect(
    inputs: ArrayView2<'_, f32>,
    activated: &Activated,
    mapping: Option<&Mapping>,
    place: Place,
) -> Result<SlopeCount, TrainError> {
    let Activated { values, slopes } = activated;
    for found in [values.dim(), slopes.dim()] {
        if found != inputs.dim() {
            return Err(TrainError::Shape { place, expected: inputs.dim(), found });
        }
    }
    finite(values.view(), "activation", place)?;
    if slopes.iter().any(|it| it.is_infinite()) {
        return Err(TrainError::NotFinite { place, quantity: "slope" });
    }
    let clips = |&z: &f32| mapping.is_some_and(|it| it.clips(z));
    Ok(SlopeCount {
        asked: inputs.len() as u64,
        absent: slopes.iter().filter(|it| it.is_nan()).count() as u64,
        clipped: inputs.iter().filter(|z| clips(z)).count() as u64,
    })
}
