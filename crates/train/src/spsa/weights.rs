use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::SpsaConfig;
use crate::{ConfigError, Network, network::Real};

/// Simultaneous perturbation stochastic approximation (Spall, IEEE Trans. Autom. Control 37, 332,
/// 1992): all weights and biases are moved at once, each by ± c, and two losses estimate the whole
/// gradient.
///
/// ĝᵢ = (L(w + cΔ) − L(w − cΔ)) / (2 c Δᵢ), with Δᵢ = ± 1 equally likely and independent. Its mean
/// is the gradient but for a bias of order c²; the variance of one component is about the sum of
/// the squares of all others, so more weights need more averages, or smaller steps.
#[derive(Clone, Debug)]
pub struct Spsa {
    config: SpsaConfig,
    rng: ChaCha8Rng,
}

impl Spsa {
    /// The same seed gives the same perturbations, step by step.
    ///
    /// # Errors
    /// A configuration that is not accepted.
    pub fn new(config: SpsaConfig, seed: u64) -> Result<Spsa, ConfigError> {
        config.check()?;
        Ok(Spsa { config, rng: ChaCha8Rng::seed_from_u64(seed) })
    }

    /// Evaluations of the loss that one estimate asks for.
    pub fn evaluations(&self) -> usize {
        2 * self.config.averages
    }

    /// Estimates the gradient, at `network`, of a `loss` that is evaluated
    /// [`evaluations`](Spsa::evaluations) times, one after the other, at other weights each time.
    /// All should be of the same batch: then its rows' scatter cancels.
    ///
    /// A loss that is not finite makes an estimate that is not finite.
    ///
    /// # Errors
    /// The loss's.
    pub async fn gradient<F: Real, E>(
        &mut self,
        network: &Network<F>,
        mut loss: impl AsyncFnMut(&Network<F>) -> Result<f64, E>,
    ) -> Result<Network<F>, E> {
        let SpsaConfig { perturbation, averages } = self.config;
        let mut gradient = network.zeros_like();
        let mut moved = network.clone();
        for _ in 0..averages {
            let signs = signs_like(network, &mut self.rng);
            moved.clone_from(network);
            add_scaled(&mut moved, perturbation, &signs);
            let above = loss(&moved).await?;
            moved.clone_from(network);
            add_scaled(&mut moved, -perturbation, &signs);
            let below = loss(&moved).await?;
            // 1/Δ is Δ.
            let share = (above - below) / (2.0 * perturbation * averages as f64);
            add_scaled(&mut gradient, share, &signs);
        }
        Ok(gradient)
    }
}

/// ± 1, equally likely, in the shape of `network`.
pub(crate) fn signs_like<F: Real>(network: &Network<F>, rng: &mut impl Rng) -> Network<F> {
    let mut signs = network.zeros_like();
    for layer in &mut signs.layers {
        layer.weights.mapv_inplace(|_| sign(rng));
        layer.biases.mapv_inplace(|_| sign(rng));
    }
    signs
}

/// ± 1, equally likely.
pub(super) fn sign<F: Real>(rng: &mut impl Rng) -> F {
    if rng.random() { F::one() } else { -F::one() }
}

/// Adds `scale` times `direction`.
pub(crate) fn add_scaled<F: Real>(network: &mut Network<F>, scale: f64, direction: &Network<F>) {
    let scale = F::of(scale);
    for (layer, direction) in network.layers.iter_mut().zip(&direction.layers) {
        layer.weights.scaled_add(scale, &direction.weights);
        layer.biases.scaled_add(scale, &direction.biases);
    }
}
