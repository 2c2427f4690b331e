//! What moves the weights against the gradient.

mod adam;
mod sgd;

use serde::{Deserialize, Serialize};

use crate::{Dense, Network, network::Real};
use adam::Adam;
use sgd::Sgd;

/// The rule by which weights move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimiser {
    /// Adam (Kingma and Ba 2015, algorithm 1; β₁ = 0.9, β₂ = 0.999, ε = 1e-8). Weight decay is
    /// added to the gradient, and so is scaled like it.
    Adam,
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2): a step of
    /// learning rate η takes the share η · weight decay from every weight, whatever its gradient.
    #[default]
    AdamW,
    /// Stochastic gradient descent with momentum μ: u ← μ·u + g, w ← w − η·u. Weight decay is added
    /// to the gradient g.
    Sgd,
}

/// An optimiser with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Which.
    pub optimiser: Optimiser,
    /// μ of [`Optimiser::Sgd`], 0 or above, below 1; without effect on the others.
    pub momentum: f64,
    /// λ of the weights, 0 or above; biases do not decay.
    pub weight_decay: f64,
}

/// What an optimiser remembers from step to step.
///
/// Written and read as JSON or any other format that keeps numbers, it goes on with the same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OptimiserState<F> {
    /// Of Adam and AdamW.
    Adam(Adam<F>),
    /// Of gradient descent.
    Sgd(Sgd<F>),
}

impl<F: Real> OptimiserState<F> {
    /// Before the first step of `network`.
    pub fn new(rule: Rule, network: &Network<F>) -> OptimiserState<F> {
        match rule.optimiser {
            Optimiser::Adam | Optimiser::AdamW => OptimiserState::Adam(Adam::new(rule, network)),
            Optimiser::Sgd => OptimiserState::Sgd(Sgd::new(rule, network)),
        }
    }

    /// Moves `network` one step against `gradient`, both of the shape that the state was made for.
    pub fn step(&mut self, network: &mut Network<F>, gradient: &Network<F>, learning_rate: f64) {
        match self {
            OptimiserState::Adam(adam) => adam.step(network, gradient, learning_rate),
            OptimiserState::Sgd(sgd) => sgd.step(network, gradient, learning_rate),
        }
    }
}

/// Whether a parameter decays.
#[derive(Clone, Copy)]
enum Kind {
    Weight,
    Bias,
}

/// The parameters of a network, its weights and biases as slices in one order.
fn slices<F: Real>(network: &Network<F>) -> impl Iterator<Item = (Kind, &[F])> {
    network.layers.iter().flat_map(|Dense { weights, biases }| {
        let weights = weights.as_slice_memory_order().expect(CONTIGUOUS);
        let biases = biases.as_slice_memory_order().expect(CONTIGUOUS);
        [(Kind::Weight, weights), (Kind::Bias, biases)]
    })
}

/// As [`slices`], to be changed.
fn slices_mut<F: Real>(network: &mut Network<F>) -> impl Iterator<Item = &mut [F]> {
    network.layers.iter_mut().flat_map(|Dense { weights, biases }| {
        let weights = weights.as_slice_memory_order_mut().expect(CONTIGUOUS);
        let biases = biases.as_slice_memory_order_mut().expect(CONTIGUOUS);
        [weights, biases]
    })
}

const CONTIGUOUS: &str = "owned arrays of a network are contiguous";

/// Zero instead of what has lost digits: memories of gradients that have been zero for long would
/// else stay there, where some processors take a hundred times as long for every operation.
#[inline(always)]
fn flushed<F: Real>(value: F) -> F {
    if value.abs() < F::SMALLEST { F::zero() } else { value }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    const ALL: [Optimiser; 3] = [Optimiser::Adam, Optimiser::AdamW, Optimiser::Sgd];

    fn rule(optimiser: Optimiser) -> Rule {
        Rule { optimiser, momentum: 0.9, weight_decay: 0.5 }
    }

    /// A layer of one weight and one bias.
    pub(super) fn single<F: Real>(weight: F, bias: F) -> Network<F> {
        Network { layers: vec![Dense { weights: array![[weight]], biases: array![bias] }] }
    }

    /// Weight and bias after a step of rate 0.1 with gradient 0.2, and one of 0.05 with −0.1.
    pub(super) fn after_two_steps(optimiser: Optimiser) -> (f64, f64) {
        let mut network: Network<f64> = single(1.0, 1.0);
        let mut state = OptimiserState::new(rule(optimiser), &network);
        state.step(&mut network, &single(0.2, 0.2), 0.1);
        state.step(&mut network, &single(-0.1, -0.1), 0.05);
        (network.layers[0].weights[[0, 0]], network.layers[0].biases[0])
    }

    fn gradient(step: usize) -> Network<f32> {
        let of = |at: usize| ((at * 7 + step * 13) as f32).sin() * 0.1;
        let layer = |inputs: usize, outputs: usize| Dense {
            weights: ndarray::Array2::from_shape_fn((inputs, outputs), |(i, j)| of(5 * i + j)),
            biases: Array1::from_shape_fn(outputs, |at| of(100 + at)),
        };
        Network { layers: vec![layer(5, 3), layer(3, 2)] }
    }

    #[test]
    fn a_state_that_was_written_and_read_goes_on_with_the_same_bits() {
        for optimiser in ALL {
            let mut network = gradient(99);
            let mut state = OptimiserState::new(rule(optimiser), &network);
            (0..5).for_each(|step| state.step(&mut network, &gradient(step), 0.01));

            let text = serde_json::to_string(&(&network, &state)).unwrap();
            let (mut read, mut resumed): (Network<f32>, OptimiserState<f32>) =
                serde_json::from_str(&text).unwrap();
            for step in 5..9 {
                state.step(&mut network, &gradient(step), 0.01);
                resumed.step(&mut read, &gradient(step), 0.01);
            }
            let bits = |network: &Network<f32>| -> Vec<u32> {
                slices(network).flat_map(|(_, it)| it.iter().map(|it| it.to_bits())).collect()
            };
            assert_eq!(bits(&read), bits(&network));
            assert_eq!(resumed, state);
        }
    }

    #[test]
    fn optimisers_are_known_by_name() {
        let names = ALL.map(|it| serde_json::to_string(&it).unwrap());
        assert_eq!(names, ["\"adam\"", "\"adamw\"", "\"sgd\""]);
    }

    #[test]
    fn memories_of_gradients_long_gone_end_at_zero() {
        for optimiser in ALL {
            let mut network: Network<f32> = single(1.0, 1.0);
            let mut state = OptimiserState::new(rule(optimiser), &network);
            state.step(&mut network, &single(1e-30, 1e-30), 0.1);
            (0..2000).for_each(|_| state.step(&mut network, &single(0.0, 0.0), 0.0));
            let memory = match &state {
                OptimiserState::Adam(it) => it.memory_of_bias(),
                OptimiserState::Sgd(it) => it.memory_of_bias(),
            };
            assert_eq!(memory, 0.0);
        }
    }
}
