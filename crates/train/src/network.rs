use ndarray::{Array1, Array2, NdFloat};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The arithmetic of a network: `f32` trains; `f64` lets tests hold back-propagation against
/// finite differences to ten digits.
pub trait Real: NdFloat + Serialize + DeserializeOwned {
    /// The smallest positive value that has all its digits; below it arithmetic is slow on some
    /// processors.
    const SMALLEST: Self;

    /// The nearest value.
    fn of(value: f64) -> Self;
    /// The same value.
    fn to_f64(self) -> f64;
}

impl Real for f32 {
    const SMALLEST: f32 = f32::MIN_POSITIVE;

    fn of(value: f64) -> f32 {
        value as f32
    }

    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    const SMALLEST: f64 = f64::MIN_POSITIVE;

    fn of(value: f64) -> f64 {
        value
    }

    fn to_f64(self) -> f64 {
        self
    }
}

/// A fully connected layer, z = x·W + b.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dense<F> {
    /// Inputs × outputs.
    pub weights: Array2<F>,
    /// One an output.
    pub biases: Array1<F>,
}

/// Fully connected layers with an activation after each but the last, whose outputs are the
/// classes' scores.
///
/// Gradients and what optimisers remember have the same shape, and are also kept as a `Network`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network<F = f32> {
    /// From the features to the scores.
    pub layers: Vec<Dense<F>>,
}

impl<F: Real> Network<F> {
    /// A network of `widths` = [features, hidden.., classes]: weights uniform within
    /// ± `init_scale` · √(6 / (inputs + outputs)) (Glorot and Bengio 2010, eq. 16), biases zero.
    pub(crate) fn new(widths: &[usize], init_scale: f64, rng: &mut impl Rng) -> Network<F> {
        let layers = widths.windows(2).map(|width| {
            let (inputs, outputs) = (width[0], width[1]);
            let limit = init_scale * (6.0 / (inputs + outputs) as f64).sqrt();
            let weight = |_| F::of(rng.random_range(-limit..=limit));
            Dense {
                weights: Array2::from_shape_fn((inputs, outputs), weight),
                biases: Array1::zeros(outputs),
            }
        });
        Network { layers: layers.collect() }
    }

    /// [features, hidden.., classes].
    pub(crate) fn widths(&self) -> Vec<usize> {
        let inputs = self.layers.first().map(|it| it.weights.nrows());
        inputs.into_iter().chain(self.layers.iter().map(|it| it.weights.ncols())).collect()
    }

    /// Zeros in the shape of `self`.
    pub(crate) fn zeros_like(&self) -> Network<F> {
        let zeros = |it: &Dense<F>| Dense {
            weights: Array2::zeros(it.weights.raw_dim()),
            biases: Array1::zeros(it.biases.raw_dim()),
        };
        Network { layers: self.layers.iter().map(zeros).collect() }
    }

    /// The layers that an activation follows, and the last.
    pub(crate) fn split(&self) -> (&[Dense<F>], &Dense<F>) {
        let (last, hidden) = self.layers.split_last().expect("a network has a last layer");
        (hidden, last)
    }
}
