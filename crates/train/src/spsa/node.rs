use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{SpsaConfig, weights::sign};
use crate::{ConfigError, network::Real};

/// Node perturbation, of all neurons of a layer at once (McCaughan et al., APL Mach. Learn. 1,
/// 026118, 2023): pre-activations are moved, not weights.
///
/// Each row has its own loss and its own perturbations, so that two passes of a batch estimate the
/// loss's slope by every pre-activation: δ̂ᵣⱼ = (Lᵣ(z + cΔ) − Lᵣ(z − cΔ)) / (2 c Δᵣⱼ). There are as
/// many unknowns a row as the layer has neurons, fewer than weights. The gradient of the layer's
/// weights then is that of back-propagation, xᵀ·δ̂ over the rows' number, and no slope is in it.
#[derive(Clone, Debug)]
pub struct NodePerturbation {
    config: SpsaConfig,
    rng: ChaCha8Rng,
}

impl NodePerturbation {
    /// The same seed gives the same perturbations, step by step. `config.perturbation` is in units
    /// of the pre-activations.
    ///
    /// # Errors
    /// A configuration that is not accepted.
    pub fn new(config: SpsaConfig, seed: u64) -> Result<NodePerturbation, ConfigError> {
        config.check()?;
        Ok(NodePerturbation { config, rng: ChaCha8Rng::seed_from_u64(seed) })
    }

    /// Passes of the batch that one estimate asks for.
    pub fn evaluations(&self) -> usize {
        2 * self.config.averages
    }

    /// Estimates the slope of every row's loss by every pre-activation of a layer: `shape` is rows ×
    /// neurons, of the offsets that `losses` adds to the pre-activations, and of what is returned.
    /// `losses` answers one loss a row, and is asked [`evaluations`](NodePerturbation::evaluations)
    /// times.
    ///
    /// # Errors
    /// Those of `losses`.
    ///
    /// # Panics
    /// Another number of losses than of rows.
    pub async fn deltas<F: Real, E>(
        &mut self,
        shape: (usize, usize),
        mut losses: impl AsyncFnMut(ArrayView2<'_, F>) -> Result<Array1<f64>, E>,
    ) -> Result<Array2<F>, E> {
        let SpsaConfig { perturbation, averages } = self.config;
        let mut deltas = Array2::zeros(shape);
        for _ in 0..averages {
            let signs: Array2<F> = Array2::from_shape_simple_fn(shape, || sign(&mut self.rng));
            let offsets = signs.mapv(|it| it * F::of(perturbation));
            let above = losses(offsets.view()).await?;
            let below = losses((-offsets).view()).await?;
            let slope = (above - below) / (2.0 * perturbation * averages as f64);
            deltas += &(signs * slope.mapv(F::of).insert_axis(Axis(1)));
        }
        Ok(deltas)
    }
}
