use ndarray::Zip;
use serde::{Deserialize, Serialize};

use crate::{Network, network::Real};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019,
/// algorithm 2) on the weights, not on the biases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Adam<F> {
    first: Network<F>,
    second: Network<F>,
    steps: i32,
    weight_decay: f64,
}

impl<F: Real> Adam<F> {
    pub fn new(network: &Network<F>, weight_decay: f64) -> Adam<F> {
        let (first, second) = (network.zeros_like(), network.zeros_like());
        Adam { first, second, steps: 0, weight_decay }
    }

    /// Moves `network` one step against `gradient`.
    pub fn step(&mut self, network: &mut Network<F>, gradient: &Network<F>, learning_rate: f64) {
        self.steps = self.steps.saturating_add(1);
        let rate = F::of(learning_rate / (1.0 - BETA1.powi(self.steps)));
        let second_share = F::of(1.0 / (1.0 - BETA2.powi(self.steps)));
        let keep = F::of(1.0 - learning_rate * self.weight_decay);
        let (beta1, beta2, epsilon) = (F::of(BETA1), F::of(BETA2), F::of(EPSILON));
        let adapt = |value: &mut F, first: &mut F, second: &mut F, &gradient: &F| {
            *first = beta1 * *first + (F::one() - beta1) * gradient;
            *second = beta2 * *second + (F::one() - beta2) * gradient * gradient;
            *value -= rate * *first / ((*second * second_share).sqrt() + epsilon);
        };

        let moments = self.first.layers.iter_mut().zip(&mut self.second.layers);
        for ((layer, gradient), (first, second)) in
            network.layers.iter_mut().zip(&gradient.layers).zip(moments)
        {
            layer.weights.map_inplace(|weight| *weight *= keep);
            Zip::from(&mut layer.weights)
                .and(&mut first.weights)
                .and(&mut second.weights)
                .and(&gradient.weights)
                .for_each(adapt);
            Zip::from(&mut layer.biases)
                .and(&mut first.biases)
                .and(&mut second.biases)
                .and(&gradient.biases)
                .for_each(adapt);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Dense;

    /// Two steps written out by hand from the algorithm, the second with another gradient.
    #[test]
    fn two_steps_follow_the_published_algorithm() {
        let single = |weight, bias| Network {
            layers: vec![Dense { weights: array![[weight]], biases: array![bias] }],
        };
        let mut network: Network<f64> = single(1.0, 1.0);
        let mut adam = Adam::new(&network, 0.5);
        adam.step(&mut network, &single(0.2, 0.2), 0.1);
        adam.step(&mut network, &single(-0.1, -0.1), 0.05);

        let (m1, v1) = (0.1 * 0.2, 0.001 * 0.04);
        let (m2, v2) = (0.9 * m1 - 0.1 * 0.1, 0.999 * v1 + 0.001 * 0.01);
        let step = |m: f64, v: f64, t: i32| {
            m / (1.0 - 0.9_f64.powi(t)) / ((v / (1.0 - 0.999_f64.powi(t))).sqrt() + 1e-8)
        };
        let bias = 1.0 - 0.1 * step(m1, v1, 1) - 0.05 * step(m2, v2, 2);
        let weight = (1.0 - 0.1 * 0.5) - 0.1 * step(m1, v1, 1);
        let weight = weight * (1.0 - 0.05 * 0.5) - 0.05 * step(m2, v2, 2);
        assert!((network.layers[0].biases[0] - bias).abs() < 1e-15);
        assert!((network.layers[0].weights[[0, 0]] - weight).abs() < 1e-15);
    }
}
