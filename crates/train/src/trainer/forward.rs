//! A mini-batch through the network and back.

use ndarray::ArrayView2;

use super::{Ended, Trainer};
use crate::{
    Activated, Activation, Mapping, Place, Recipe, SlopeCount, SpsaConfig, TrainError, Watch,
    pass::Penalty,
    spsa::{add_scaled, signs_like},
};

impl<A: Activation, W: Watch> Trainer<'_, A, W> {
    /// Passes `rows` through the network, up to the scores, unless an event was answered with
    /// `Break`.
    pub(super) async fn forward(
        &mut self,
        rows: &[usize],
        place: Place,
    ) -> Result<SlopeCount, Ended> {
        if self.flow.is_break() {
            return Err(Ended::Interrupted);
        }
        let mut slopes = SlopeCount::default();
        self.pass.begin(&self.features, rows);
        let (hidden, last) = self.at.network.split();
        for (number, layer) in hidden.iter().enumerate() {
            self.pass.apply(layer);
            finite(self.pass.outputs(), "pre-activation", place)?;
            let activated = self.activation.activate(number, self.pass.outputs()).await;
            let activated = activated
                .map_err(|error| TrainError::Activation { place, source: Box::new(error) })?;
            let mapping = self.activation.mapping(number);
            slopes += inspect(self.pass.outputs(), &activated, mapping, place)?;
            self.pass.activated(activated.values, activated.slopes);
        }
        self.pass.apply(last);
        finite(self.pass.outputs(), "class score", place)?;
        Ok(slopes)
    }

    /// The loss of the rows just passed forward, with the range penalty.
    pub(super) fn loss(&mut self, rows: &[usize], place: Place) -> Result<f64, TrainError> {
        let penalties = penalties(self.activation, self.recipe);
        let labels = rows.iter().map(|&row| self.labels[row]);
        let loss =
            self.pass.loss(self.recipe.training.loss, labels) + self.pass.penalty(&penalties);
        if loss.is_finite() {
            Ok(loss)
        } else {
            Err(TrainError::NotFinite { place, quantity: "loss" })
        }
    }

    /// The loss of the rows just passed forward, and its gradient.
    pub(super) fn backward(&mut self, rows: &[usize], place: Place) -> Result<f64, TrainError> {
        let loss = self.loss(rows, place)?;
        let penalties = penalties(self.activation, self.recipe);
        self.pass.backward(&self.at.network, &penalties, &mut self.gradient);
        Ok(loss)
    }

    /// The loss of the rows just passed forward, and its gradient estimated from losses alone.
    pub(super) async fn perturb(
        &mut self,
        config: SpsaConfig,
        rows: &[usize],
        place: Place,
    ) -> Result<f64, Ended> {
        let SpsaConfig { perturbation, averages } = config;
        let loss = self.loss(rows, place)?;
        let here = self.at.network.clone();
        self.gradient = here.zeros_like();
        for _ in 0..averages {
            let signs = signs_like(&here, &mut self.at.rng);
            let mut losses = [0.0; 2];
            for (loss, moved) in losses.iter_mut().zip([perturbation, -perturbation]) {
                self.at.network.clone_from(&here);
                add_scaled(&mut self.at.network, moved, &signs);
                self.forward(rows, place).await?;
                *loss = self.loss(rows, place)?;
            }
            // 1/Δ is Δ.
            let share = (losses[0] - losses[1]) / (2.0 * perturbation * averages as f64);
            add_scaled(&mut self.gradient, share, &signs);
        }
        self.at.network = here;
        Ok(loss)
    }
}

/// One a hidden layer.
fn penalties<'a>(activation: &'a impl Activation, recipe: &Recipe) -> Vec<Option<Penalty<'a>>> {
    let weight = recipe.training.range_penalty;
    let mapping = |layer| activation.mapping(layer).filter(|_| weight > 0.0);
    let penalty = |layer| mapping(layer).map(|mapping| Penalty { weight, mapping });
    (0..recipe.network.hidden.len()).map(penalty).collect()
}

fn finite(
    values: ArrayView2<'_, f32>,
    quantity: &'static str,
    place: Place,
) -> Result<(), TrainError> {
    // Every value is looked at, so that many can be at once.
    let finite = values.fold(true, |finite, it| finite & it.is_finite());
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
    if slopes.fold(false, |infinite, it| infinite | it.is_infinite()) {
        return Err(TrainError::NotFinite { place, quantity: "slope" });
    }
    let clips = |&z: &f32| mapping.is_some_and(|it| it.clips(z));
    Ok(SlopeCount {
        asked: inputs.len() as u64,
        absent: slopes.iter().filter(|it| it.is_nan()).count() as u64,
        clipped: inputs.iter().filter(|z| clips(z)).count() as u64,
    })
}
