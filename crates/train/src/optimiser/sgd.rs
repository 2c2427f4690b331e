use multiversion::multiversion;
use serde::{Deserialize, Serialize};

use super::{Kind, Rule, flushed, slices, slices_mut};
use crate::{Network, network::Real};

/// The velocities of [`Optimiser::Sgd`](super::Optimiser::Sgd).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sgd<F> {
    rule: Rule,
    velocity: Network<F>,
}

impl<F: Real> Sgd<F> {
    pub fn new(rule: Rule, network: &Network<F>) -> Sgd<F> {
        Sgd { rule, velocity: network.zeros_like() }
    }

    pub fn step(&mut self, network: &mut Network<F>, gradient: &Network<F>, learning_rate: f64) {
        let (rate, momentum) = (F::of(learning_rate), F::of(self.rule.momentum));
        for (((kind, gradient), values), velocity) in
            slices(gradient).zip(slices_mut(network)).zip(slices_mut(&mut self.velocity))
        {
            let decay = match kind {
                Kind::Weight => F::of(self.rule.weight_decay),
                Kind::Bias => F::zero(),
            };
            descend(values, gradient, velocity, (rate, momentum, decay));
        }
    }

    #[cfg(test)]
    pub fn memory_of_bias(&self) -> F {
        self.velocity.layers[0].biases[0]
    }
}

/// `factors` are the rate, the momentum, and the share of a value that is added to its gradient.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+avx2+fma", "x86_64+avx2+fma"))]
fn descend<F: Real>(values: &mut [F], gradient: &[F], velocity: &mut [F], factors: (F, F, F)) {
    let (rate, momentum, decay) = factors;
    for ((value, &gradient), velocity) in values.iter_mut().zip(gradient).zip(velocity) {
        let gradient = gradient + decay * *value;
        *velocity = flushed(momentum * *velocity + gradient);
        *value -= rate * *velocity;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Optimiser, tests::after_two_steps};

    #[test]
    fn two_steps_with_momentum_and_decay_are_those_written_out() {
        let (weight, bias) = after_two_steps(Optimiser::Sgd);
        let u1 = 0.2 + 0.5 * 1.0;
        let w1 = 1.0 - 0.1 * u1;
        let u2 = 0.9 * u1 + (-0.1 + 0.5 * w1);
        assert!((weight - (w1 - 0.05 * u2)).abs() < 1e-15);
        let (u1, u2) = (0.2, 0.9 * 0.2 - 0.1);
        assert!((bias - (1.0 - 0.1 * u1 - 0.05 * u2)).abs() < 1e-15);
    }
}
