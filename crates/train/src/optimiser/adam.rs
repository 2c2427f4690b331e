use multiversion::multiversion;
use serde::{Deserialize, Serialize};

use super::{Kind, Optimiser, Rule, flushed, slices, slices_mut};
use crate::{Network, network::Real};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The moments of [`Optimiser::Adam`] and [`Optimiser::AdamW`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Adam<F> {
    rule: Rule,
    steps: i32,
    first: Network<F>,
    second: Network<F>,
}

/// One step's factors.
#[derive(Clone, Copy)]
struct Factors<F> {
    /// η over the first moment's bias correction.
    rate: F,
    /// One over the second moment's.
    second_share: F,
    /// What decoupled decay leaves of a parameter.
    keep: F,
    /// The share of a parameter that is added to its gradient.
    decay: F,
}

impl<F: Real> Adam<F> {
    pub fn new(rule: Rule, network: &Network<F>) -> Adam<F> {
        Adam { rule, steps: 0, first: network.zeros_like(), second: network.zeros_like() }
    }

    pub fn step(&mut self, network: &mut Network<F>, gradient: &Network<F>, learning_rate: f64) {
        self.steps = self.steps.saturating_add(1);
        let biases = Factors {
            rate: F::of(learning_rate / (1.0 - BETA1.powi(self.steps))),
            second_share: F::of(1.0 / (1.0 - BETA2.powi(self.steps))),
            keep: F::one(),
            decay: F::zero(),
        };
        let weight_decay = self.rule.weight_decay;
        let weights = match self.rule.optimiser {
            Optimiser::Adam => Factors { decay: F::of(weight_decay), ..biases },
            _ => Factors { keep: F::of(1.0 - learning_rate * weight_decay), ..biases },
        };
        let moments = slices_mut(&mut self.first).zip(slices_mut(&mut self.second));
        for (((kind, gradient), values), (first, second)) in
            slices(gradient).zip(slices_mut(network)).zip(moments)
        {
            let factors = match kind {
                Kind::Weight => weights,
                Kind::Bias => biases,
            };
            adapt(values, gradient, first, second, factors);
        }
    }

    #[cfg(test)]
    pub fn memory_of_bias(&self) -> F {
        self.first.layers[0].biases[0]
    }
}

/// One pass over everything that belongs to a parameter. Products and sums stay apart, so that
/// every processor comes to the same bits.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+avx2+fma", "x86_64+avx2+fma"))]
fn adapt<F: Real>(
    values: &mut [F],
    gradient: &[F],
    first: &mut [F],
    second: &mut [F],
    factors: Factors<F>,
) {
    let Factors { rate, second_share, keep, decay } = factors;
    let (beta1, beta2, epsilon) = (F::of(BETA1), F::of(BETA2), F::of(EPSILON));
    let moments = first.iter_mut().zip(second);
    for ((value, &gradient), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
        let gradient = gradient + decay * *value;
        *first = flushed(beta1 * *first + (F::one() - beta1) * gradient);
        *second = flushed(beta2 * *second + (F::one() - beta2) * gradient * gradient);
        let towards = rate * *first / ((*second * second_share).sqrt() + epsilon);
        *value = *value * keep - towards;
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::after_two_steps, *};

    fn moved(m: f64, v: f64, t: i32) -> f64 {
        m / (1.0 - 0.9_f64.powi(t)) / ((v / (1.0 - 0.999_f64.powi(t))).sqrt() + 1e-8)
    }

    fn assert_close(found: (f64, f64), weight: f64, bias: f64) {
        assert!((found.0 - weight).abs() < 1e-15, "{} against {weight}", found.0);
        assert!((found.1 - bias).abs() < 1e-15, "{} against {bias}", found.1);
    }

    /// The bias after both steps of [`after_two_steps`], which does not decay.
    fn bias() -> f64 {
        let (m1, v1) = (0.1 * 0.2, 0.001 * 0.04);
        let (m2, v2) = (0.9 * m1 - 0.1 * 0.1, 0.999 * v1 + 0.001 * 0.01);
        1.0 - 0.1 * moved(m1, v1, 1) - 0.05 * moved(m2, v2, 2)
    }

    #[test]
    fn two_steps_with_decoupled_decay_follow_the_published_algorithm() {
        let (m1, v1) = (0.1 * 0.2, 0.001 * 0.04);
        let (m2, v2) = (0.9 * m1 - 0.1 * 0.1, 0.999 * v1 + 0.001 * 0.01);
        let weight = (1.0 - 0.1 * 0.5) - 0.1 * moved(m1, v1, 1);
        let weight = weight * (1.0 - 0.05 * 0.5) - 0.05 * moved(m2, v2, 2);
        assert_close(after_two_steps(Optimiser::AdamW), weight, bias());
    }

    #[test]
    fn two_steps_with_decay_in_the_gradient_follow_the_published_algorithm() {
        let g1 = 0.2 + 0.5 * 1.0;
        let (m1, v1) = (0.1 * g1, 0.001 * g1 * g1);
        let weight = 1.0 - 0.1 * moved(m1, v1, 1);
        let g2 = -0.1 + 0.5 * weight;
        let (m2, v2) = (0.9 * m1 + 0.1 * g2, 0.999 * v1 + 0.001 * g2 * g2);
        let weight = weight - 0.05 * moved(m2, v2, 2);
        assert_close(after_two_steps(Optimiser::Adam), weight, bias());
    }
}
