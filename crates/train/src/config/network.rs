use serde::{Deserialize, Serialize};

use super::accept::{MOST, Named, above_zero, accept, checked_serde, count, one_or_many};
use crate::{ConfigError, Scaling, Software};

/// The layers: the experiment's table `[network]`.
///
/// Deserialising refuses unknown keys and values outside what [`check`](NetworkConfig::check)
/// accepts; so do the other tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct NetworkConfig {
    /// How features are scaled before the first layer, by the training rows; standardised when absent.
    #[serde(default)]
    pub inputs: Scaling,
    /// Neurons of each hidden layer, from the inputs to the outputs, at least 1 each. One layer may
    /// be written as a number.
    #[serde(deserialize_with = "one_or_many::deserialize")]
    pub hidden: Vec<usize>,
    /// What stands behind each hidden layer: one for all of them, or one for each. Devices when
    /// absent.
    #[serde(default = "devices", deserialize_with = "one_or_many::deserialize")]
    pub activation: Vec<LayerKind>,
    /// Which pair of devices a neuron is.
    #[serde(default)]
    pub pairs: PairBinding,
    /// Weights begin uniform within ± this many times √(6 / (inputs + outputs)) (Xavier), biases at
    /// zero. Above 0.
    pub init_scale: f64,
}

/// What stands behind a hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// Pairs of devices: what is measured on them, now or when their table was made.
    Device,
    /// The hyperbolic tangent, in software.
    Tanh,
    /// max(z, 0), in software.
    Relu,
    /// 1/(1 + e⁻ᶻ), in software.
    Sigmoid,
    /// z itself.
    Identity,
}

/// Which pair of devices a neuron is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairBinding {
    /// Pairs are used again and again: neuron j of any layer is pair j modulo the number of pairs.
    #[default]
    Shared,
    /// Every neuron of every device layer is a pair of its own, in the order of layers and neurons.
    Own,
}

fn devices() -> Vec<LayerKind> {
    vec![LayerKind::Device]
}

impl Named for LayerKind {
    const NAME: &'static str = "\"device\", \"tanh\", \"relu\", \"sigmoid\" or \"identity\"";
}

impl LayerKind {
    /// What a computer evaluates; `None` for devices.
    pub fn software(self) -> Option<Software> {
        match self {
            LayerKind::Device => None,
            LayerKind::Tanh => Some(Software::Tanh),
            LayerKind::Relu => Some(Software::Relu),
            LayerKind::Sigmoid => Some(Software::Sigmoid),
            LayerKind::Identity => Some(Software::Identity),
        }
    }
}

impl NetworkConfig {
    /// Refuses what cannot be built.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        let layers = self.hidden.len();
        let accepted = "1 to 100 hidden layers";
        accept(
            "network.hidden",
            format!("{layers} layers"),
            (1..=100).contains(&layers),
            accepted,
        )?;
        self.hidden.iter().try_for_each(|&it| count("network.hidden", it))?;
        let parameters = self.hidden.windows(2).map(|it| it[0].saturating_mul(it[1]));
        let all = parameters.fold(0_usize, usize::saturating_add);
        let found = format!("{all} weights between hidden layers");
        let accepted = "at most 100000000 weights between hidden layers";
        accept("network.hidden", found, all <= 100 * MOST, accepted)?;
        let kinds = self.activation.len();
        accept(
            "network.activation",
            format!("{kinds} activations for {layers} hidden layers"),
            kinds == 1 || kinds == layers,
            "one for all hidden layers, or one for each",
        )?;
        above_zero("network.init_scale", self.init_scale)
    }

    /// What stands behind hidden layer `layer`, from 0.
    pub fn kind(&self, layer: usize) -> LayerKind {
        self.activation[layer.min(self.activation.len() - 1)]
    }

    /// One a hidden layer.
    pub fn kinds(&self) -> impl Iterator<Item = LayerKind> {
        (0..self.hidden.len()).map(|it| self.kind(it))
    }

    /// Neurons that are devices, over all layers.
    pub fn device_neurons(&self) -> usize {
        let layers = self.hidden.iter().zip(self.kinds());
        layers.filter(|it| it.1 == LayerKind::Device).map(|it| it.0).sum()
    }
}

checked_serde!(NetworkConfig);
