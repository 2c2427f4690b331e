use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, Slice, Zip, linalg::general_mat_mul};

use crate::{
    Dense, Loss, Mapping, Network,
    features::{Features, SparseBatch},
    network::Real,
};

/// The range penalty: λ/2 · mean over the rows of Σ excess², where the excess, in V, is what a
/// pre-activation asks beyond the window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Penalty<'a> {
    /// λ, 1/V².
    pub weight: f64,
    /// Where the window ends.
    pub mapping: &'a Mapping,
}

/// A forward pass and its way back: what every layer received and returned.
///
/// The caller alternates [`apply`](Pass::apply) and [`activated`](Pass::activated) layer by layer,
/// so that devices can stand between the two; the slopes are kept from there for the way back.
/// Buffers serve every batch.
pub(crate) struct Pass<F> {
    /// Rows × features, where these are kept whole.
    inputs: Array2<F>,
    /// Where they are not.
    sparse: Option<SparseBatch<F>>,
    /// One a layer, rows × outputs: pre-activations of the hidden layers, scores of the last.
    outputs: Vec<Array2<F>>,
    /// The loss by `outputs`, likewise.
    deltas: Vec<Array2<F>>,
    /// One a hidden layer, rows × outputs, as the activation returned them.
    activated: Vec<(Array2<F>, Array2<F>)>,
    /// Rows of this batch, at the head of the buffers.
    rows: usize,
}

impl<F: Real> Pass<F> {
    /// Buffers for batches of at most `most_rows`.
    pub fn new(network: &Network<F>, most_rows: usize) -> Pass<F> {
        let zeros = |width| Array2::zeros((most_rows, width));
        let widths = || network.layers.iter().map(|it| it.weights.ncols());
        let features = network.layers.first().map_or(0, |it| it.weights.nrows());
        Pass {
            inputs: zeros(features),
            sparse: None,
            outputs: widths().map(zeros).collect(),
            deltas: widths().map(zeros).collect(),
            activated: Vec::with_capacity(network.layers.len()),
            rows: 0,
        }
    }

    /// Begins a batch with the `rows` of `features`.
    pub fn begin(&mut self, features: &Features<F>, rows: &[usize]) {
        self.rows = rows.len();
        self.activated.clear();
        match features {
            Features::Dense(features) => {
                self.sparse = None;
                for (mut input, &row) in self.inputs.rows_mut().into_iter().zip(rows) {
                    input.assign(&features.row(row));
                }
            }
            Features::Sparse(features) => {
                let batch = self.sparse.get_or_insert_with(|| SparseBatch::new(features));
                batch.gather(features, rows);
            }
        }
    }

    /// Writes the pre-activations, or the scores, of the next layer: x·W + b.
    pub fn apply(&mut self, layer: &Dense<F>) {
        let mut outputs = head_mut(&mut self.outputs[self.activated.len()], self.rows);
        let inputs = match (self.activated.last(), &mut self.sparse) {
            (Some((values, _)), _) => values.view(),
            (None, Some(sparse)) => return sparse.apply(layer, outputs),
            (None, None) => head(&self.inputs, self.rows),
        };
        outputs.assign(&layer.biases);
        general_mat_mul(F::one(), &inputs, &layer.weights, F::one(), &mut outputs);
    }

    /// What [`apply`](Pass::apply) wrote last, rows × outputs.
    pub fn outputs(&self) -> ArrayView2<'_, F> {
        head(&self.outputs[self.activated.len()], self.rows)
    }

    /// What the activation made of the outputs; the next layer's inputs.
    pub fn activated(&mut self, values: Array2<F>, slopes: Array2<F>) {
        self.activated.push((values, slopes));
    }

    /// The class of the highest score, one a row.
    pub fn predicted(&self) -> impl Iterator<Item = usize> {
        (0..self.rows).map(|row| {
            let scores = self.outputs[self.activated.len()].row(row);
            let best = |best: usize, at: usize| if scores[at] > scores[best] { at } else { best };
            (1..scores.len()).fold(0, best)
        })
    }

    /// The loss of the scores, mean over the rows; keeps its gradient for
    /// [`backward`](Pass::backward).
    pub fn loss(&mut self, loss: Loss, labels: impl Iterator<Item = usize>) -> f64 {
        let layer = self.activated.len();
        let scores = head(&self.outputs[layer], self.rows);
        loss.evaluate(scores, head_mut(&mut self.deltas[layer], self.rows), labels)
    }

    /// The range penalties of the pre-activations; `penalties` are those of the hidden layers, from
    /// the first.
    pub fn penalty(&self, penalties: &[Option<Penalty<'_>>]) -> f64 {
        let of_layer = |(outputs, penalty): (&Array2<F>, &Option<Penalty<'_>>)| {
            let Some(Penalty { weight, mapping }) = penalty else { return 0.0 };
            let square = |z: F| mapping.excess(z.to_f64()).powi(2);
            0.5 * weight * head(outputs, self.rows).fold(0.0, |sum, &z| sum + square(z))
        };
        let hidden = &self.outputs[..self.activated.len()];
        let sum: f64 = hidden.iter().zip(penalties).map(of_layer).sum();
        sum / self.rows as f64
    }

    /// Carries the gradient of [`loss`](Pass::loss), and of the hidden layers' penalties where there
    /// are any, back to every weight. An absent slope (NaN) lets no gradient through.
    pub fn backward(
        &mut self,
        network: &Network<F>,
        penalties: &[Option<Penalty<'_>>],
        gradient: &mut Network<F>,
    ) {
        let rows = self.rows;
        for layer in (0..network.layers.len()).rev() {
            let (before, from) = self.deltas.split_at_mut(layer);
            let deltas = head(&from[0], rows);
            let Dense { weights, biases } = &mut gradient.layers[layer];
            let inputs = match layer.checked_sub(1) {
                None => head(&self.inputs, rows),
                Some(hidden) => self.activated[hidden].0.view(),
            };
            biases.fill(F::zero());
            deltas.rows().into_iter().for_each(|row| *biases += &row);
            match &self.sparse {
                Some(sparse) if layer == 0 => sparse.gradient(deltas, biases.view(), weights),
                _ => general_mat_mul(F::one(), &inputs.t(), &deltas, F::zero(), weights),
            }

            let Some(hidden) = layer.checked_sub(1) else { continue };
            let mut into = head_mut(&mut before[hidden], rows);
            let weights = network.layers[layer].weights.t();
            general_mat_mul(F::one(), &deltas, &weights, F::zero(), &mut into);
            Zip::from(&mut into).and(&self.activated[hidden].1).for_each(|delta, &slope| {
                *delta = if slope.is_nan() { F::zero() } else { *delta * slope };
            });
            if let Some(&Some(penalty)) = penalties.get(hidden) {
                add_penalty(into, head(&self.outputs[hidden], rows), penalty);
            }
        }
    }
}

fn add_penalty<F: Real>(deltas: ArrayViewMut2<'_, F>, z: ArrayView2<'_, F>, penalty: Penalty<'_>) {
    let factor = penalty.weight * penalty.mapping.volts_per_unit / z.nrows() as f64;
    Zip::from(deltas).and(z).for_each(|delta, &z| {
        *delta += F::of(factor * penalty.mapping.excess(z.to_f64()));
    });
}

fn head<F>(array: &Array2<F>, rows: usize) -> ArrayView2<'_, F> {
    array.slice_axis(Axis(0), Slice::from(..rows))
}

fn head_mut<F>(array: &mut Array2<F>, rows: usize) -> ArrayViewMut2<'_, F> {
    array.slice_axis_mut(Axis(0), Slice::from(..rows))
}
