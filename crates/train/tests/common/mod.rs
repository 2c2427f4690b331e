//! What the tests of this crate share.
#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests, not all used by each")]

use std::{convert::Infallible, ops::ControlFlow};

use ndarray::{Array2, ArrayView2};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};
use train::{
    Activated, Activation, DataSet, Event, LayerKind, Loss, Mapping, NetworkConfig, Optimiser,
    PairBinding, Recipe, Rule, Scaling, Schedule, TrainingConfig, ValidationConfig,
};

pub fn iris() -> DataSet {
    let text = include_str!("../../../../experiments/iris.csv");
    DataSet::from_csv("iris.csv", text, Some("species")).unwrap()
}

/// What `experiments/iris.toml` asks for, with `repeats`.
pub fn recipe(repeats: usize) -> Recipe {
    Recipe {
        network: NetworkConfig {
            inputs: Scaling::Standardise,
            hidden: vec![2],
            activation: vec![LayerKind::Device],
            pairs: PairBinding::Shared,
            init_scale: 0.3,
        },
        training: TrainingConfig {
            epochs: 50,
            batch: 16,
            loss: Loss::CrossEntropy,
            rule: Rule::BackPropagation,
            optimiser: Optimiser::default(),
            momentum: 0.9,
            learning_rate: 0.1,
            schedule: Schedule::Cosine,
            weight_decay: 0.01,
            range_penalty: 3.0,
            patience: None,
        },
        validation: ValidationConfig {
            folds: Some(5),
            hold_out: None,
            repeats,
            seed: 1000,
            validate: 0.0,
            test_every_epoch: false,
        },
        start: None,
    }
}

pub fn keep_on(_: Event) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A pair with a convex I-V curve as a function, where a test needs thousands of epochs: what goes
/// over the wire is tested with the simulated instruments.
pub struct SinhPair {
    mapping: Mapping,
    rng: ChaCha8Rng,
    noise: Normal<f64>,
}

const DELTA_V: f64 = 0.1;
/// Probe over base, one a neuron.
const PROBE_GAIN: [f64; 2] = [1.05, 0.95];

impl SinhPair {
    /// Currents in units of I(1 V), read with noise of 0.2 % of it; 5 % gain mismatch.
    pub fn new() -> SinhPair {
        let mapping =
            Mapping { volts_per_unit: 0.5, window: (-1.0, 1.0), current_scale: 1.0, gain: 2.0 };
        let noise = Normal::new(0.0, 0.002).unwrap();
        SinhPair { mapping, rng: ChaCha8Rng::seed_from_u64(7), noise }
    }

    fn read(&mut self, gain: f64, volts: f64) -> f64 {
        let current = 0.8 * (volts / 0.3).sinh() / (1.0_f64 / 0.3).sinh() + 0.2 * volts;
        gain * current + self.noise.sample(&mut self.rng)
    }
}

impl Activation for SinhPair {
    type Error = Infallible;

    async fn activate(
        &mut self,
        _: usize,
        inputs: ArrayView2<'_, f32>,
    ) -> Result<Activated, Infallible> {
        let mut values = Array2::zeros(inputs.raw_dim());
        let mut slopes = Array2::zeros(inputs.raw_dim());
        for (at, &z) in inputs.indexed_iter() {
            let level = self.mapping.level(z);
            let base = self.read(1.0, level);
            let probe = self.read(PROBE_GAIN[at.1 % 2], level + DELTA_V);
            let didv = ((probe - base) / DELTA_V).max(0.0);
            values[at] = self.mapping.value(base);
            slopes[at] = self.mapping.slope(z, didv);
        }
        Ok(Activated { values, slopes })
    }

    fn mapping(&self, _: usize) -> Option<&Mapping> {
        Some(&self.mapping)
    }
}
