//! One pass through the training rows, and passes through rows that are only evaluated.

use super::{Best, Ended, Trainer, Validated};
use crate::{Activation, Epoch, Event, FoldId, Phase, Rule, SlopeCount, Watch};

impl<A: Activation, W: Watch> Trainer<'_, A, W> {
    pub(super) async fn epoch(&mut self) -> Result<Epoch, Ended> {
        let recipe = self.recipe;
        let training = &recipe.training;
        let epoch = self.at.epochs;
        let order = std::mem::take(&mut self.at.order);
        let batches = order.len().div_ceil(training.batch);
        let steps = (training.epochs * batches) as u64;
        let (mut loss, mut correct, mut slopes) = (0.0, 0, SlopeCount::default());
        for (batch, rows) in order.chunks(training.batch).enumerate() {
            let place = self.place(Phase::Train { epoch }, batch);
            slopes += self.forward(rows, place).await?;
            correct += self.hits(rows);
            loss += rows.len() as f64
                * match training.rule {
                    Rule::BackPropagation => self.backward(rows, place)?,
                    Rule::Spsa(config) => self.perturb(config, rows, place).await?,
                };

            let rate = training.learning_rate * training.schedule.factor(self.at.steps, steps);
            self.at.optimiser.step(&mut self.at.network, &self.gradient, rate);
            self.at.steps += 1;
            let activations = training.rule.passes() * self.activations(rows);
            self.tell(Event::Batch { place, activations });
        }
        let rows = order.len() as f64;
        self.at.order = order;
        self.at.epochs += 1;
        self.at.slopes += slopes;
        let FoldId { repeat, fold } = self.at.id;
        let validated = self.evaluate(Phase::Validate { epoch }).await?;
        let validated = validated.map(|(loss, predicted)| Validated {
            epoch,
            loss,
            accuracy: self.accuracy(&self.fold.validate, &predicted),
        });
        if let Some(validated) = validated {
            self.keep(validated);
        }
        // Where training may stop early it is only known afterwards which weights are tested.
        let ends = self.at.epochs == training.epochs && training.patience.is_none();
        self.predicted = match ends || recipe.validation.test_every_epoch {
            true => Some(self.evaluate(Phase::Test { epoch }).await?.unwrap_or_default().1),
            false => None,
        };
        Ok(Epoch {
            repeat,
            fold,
            epoch,
            loss: loss / rows,
            train_accuracy: correct as f64 / rows,
            validation_loss: validated.map(|it| it.loss),
            validation_accuracy: validated.map(|it| it.accuracy),
            test_accuracy: self.predicted.as_ref().map(|it| self.accuracy(&self.fold.test, it)),
            slopes,
        })
    }

    fn keep(&mut self, validated: Validated) {
        self.at.validated = Some(validated);
        if self.recipe.training.patience.is_none() {
            return;
        }
        if self.at.best.as_ref().is_none_or(|it| validated.loss < it.validated.loss) {
            self.at.best = Some(Best { validated, network: self.at.network.clone() });
        }
    }

    /// The loss of the rows that a phase evaluates, mean over them, and their classes as the network
    /// sees them now; `None` where there are no such rows.
    pub(super) async fn evaluate(
        &mut self,
        phase: Phase,
    ) -> Result<Option<(f64, Vec<usize>)>, Ended> {
        let fold = self.fold;
        let of_phase = match phase {
            Phase::Validate { .. } => &fold.validate,
            Phase::Train { .. } | Phase::Test { .. } => &fold.test,
        };
        if of_phase.is_empty() {
            return Ok(None);
        }
        let mut predicted = Vec::with_capacity(of_phase.len());
        let mut loss = 0.0;
        for (batch, rows) in of_phase.chunks(self.recipe.training.batch).enumerate() {
            let place = self.place(phase, batch);
            self.forward(rows, place).await?;
            predicted.extend(self.pass.predicted());
            loss += self.loss(rows, place)? * rows.len() as f64;
            self.tell(Event::Batch { place, activations: self.activations(rows) });
        }
        Ok(Some((loss / of_phase.len() as f64, predicted)))
    }

    /// How many of the rows just passed forward got their own class.
    fn hits(&self, rows: &[usize]) -> usize {
        let labels = rows.iter().map(|&row| self.labels[row]);
        self.pass.predicted().zip(labels).filter(|(found, label)| found == label).count()
    }

    fn activations(&self, rows: &[usize]) -> u64 {
        (rows.len() * self.recipe.network.hidden.iter().sum::<usize>()) as u64
    }
}
