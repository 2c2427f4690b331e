//! Back-propagation against central differences of the whole network's loss, in `f64`.

use ndarray::{Array2, Zip};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    Loss, Mapping, Network,
    features::Features,
    pass::{Pass, Penalty},
};

const ROWS: usize = 7;
const STEP: f64 = 1e-5;

/// An activation's value and slope at z.
type Curve = fn(f64) -> (f64, f64);

fn tanh(z: f64) -> (f64, f64) {
    let value = z.tanh();
    (value, 1.0 - value * value)
}

fn logistic(z: f64) -> (f64, f64) {
    let value = 1.0 / (1.0 + (-z).exp());
    (value, value * (1.0 - value))
}

fn softplus(z: f64) -> (f64, f64) {
    (z.exp().ln_1p(), logistic(z).0)
}

/// Neither odd nor monotonic.
fn bent(z: f64) -> (f64, f64) {
    (0.3 * (3.0 * z).sin() + 0.5 * z * z, 0.9 * (3.0 * z).cos() + z)
}

const MAPPING: Mapping =
    Mapping { volts_per_unit: 0.5, window: (-0.2, 0.3), current_scale: 1.0, gain: 2.0 };

/// A device with I = sinh(3 V) that is clipped to the window of [`MAPPING`].
fn clipped_sinh(z: f64) -> (f64, f64) {
    let volts = 0.5 * z - MAPPING.excess(z);
    let inside = MAPPING.excess(z) == 0.0;
    (2.0 * (3.0 * volts).sinh(), if inside { 3.0 * (3.0 * volts).cosh() } else { 0.0 })
}

struct Case {
    curve: Curve,
    loss: Loss,
    /// λ of the hidden layers, from the first.
    penalties: Vec<Option<Penalty<'static>>>,
    features: Features<f64>,
    labels: Vec<usize>,
}

impl Case {
    fn new(curve: Curve, loss: Loss, penalties: &[Option<f64>], rng: &mut ChaCha8Rng) -> Case {
        let penalty =
            |weight: Option<f64>| weight.map(|weight| Penalty { weight, mapping: &MAPPING });
        Case {
            curve,
            loss,
            penalties: penalties.iter().copied().map(penalty).collect(),
            features: Features::Dense(Array2::from_shape_fn((ROWS, 4), |_| {
                rng.random_range(-2.0..2.0)
            })),
            labels: (0..ROWS).map(|row| row % 3).collect(),
        }
    }

    fn loss(&self, network: &Network<f64>, pass: &mut Pass<f64>) -> f64 {
        pass.begin(&self.features, &(0..ROWS).collect::<Vec<_>>());
        let (hidden, last) = network.split();
        for layer in hidden {
            pass.apply(layer);
            let values = pass.outputs().mapv(|z| (self.curve)(z).0);
            let slopes = pass.outputs().mapv(|z| (self.curve)(z).1);
            pass.activated(values, slopes);
        }
        pass.apply(last);
        pass.loss(self.loss, self.labels.iter().copied()) + pass.penalty(&self.penalties)
    }

    fn check(&self, mut network: Network<f64>) {
        // Buffers larger than the batch must not matter.
        let mut pass = Pass::new(&network, ROWS + 2);
        self.loss(&network, &mut pass);
        let mut gradient = network.zeros_like();
        pass.backward(&network, &self.penalties, &mut gradient);

        for layer in 0..network.layers.len() {
            let mut numerical = gradient.layers[layer].clone();
            for at in ndarray::indices(numerical.weights.raw_dim()) {
                numerical.weights[at] =
                    self.slope(&mut network, &mut pass, |it| &mut it.layers[layer].weights[at]);
            }
            for at in 0..numerical.biases.len() {
                numerical.biases[at] =
                    self.slope(&mut network, &mut pass, |it| &mut it.layers[layer].biases[at]);
            }
            let exact = &gradient.layers[layer];
            Zip::from(&exact.weights).and(&numerical.weights).for_each(close);
            Zip::from(&exact.biases).and(&numerical.biases).for_each(close);
        }
    }

    fn slope(
        &self,
        network: &mut Network<f64>,
        pass: &mut Pass<f64>,
        parameter: impl Fn(&mut Network<f64>) -> &mut f64,
    ) -> f64 {
        let value = *parameter(network);
        *parameter(network) = value + STEP;
        let above = self.loss(network, pass);
        *parameter(network) = value - STEP;
        let below = self.loss(network, pass);
        *parameter(network) = value;
        (above - below) / (2.0 * STEP)
    }
}

fn close(exact: &f64, numerical: &f64) {
    let tolerance = 1e-6 * exact.abs().max(numerical.abs()).max(1e-3);
    assert!((exact - numerical).abs() < tolerance, "{exact} against {numerical}");
}

/// Both losses, and from no hidden layer to three.
fn check(curve: Curve, penalties: &[Option<f64>]) {
    let shapes = [&[4, 3][..], &[4, 2, 3], &[4, 5, 3, 3], &[4, 3, 6, 2, 3]];
    for (seed, widths) in shapes.into_iter().enumerate() {
        for loss in [Loss::CrossEntropy, Loss::MeanSquare] {
            let mut rng = ChaCha8Rng::seed_from_u64(seed as u64);
            let case = Case::new(curve, loss, penalties, &mut rng);
            let mut network = Network::new(widths, 1.0, &mut rng);
            for layer in &mut network.layers {
                layer.biases.mapv_inplace(|_| rng.random_range(-0.5..0.5));
            }
            case.check(network);
        }
    }
}

#[test]
fn back_propagation_through_smooth_curves_is_the_gradient_of_the_loss() {
    for curve in [tanh, logistic, softplus, bent] {
        check(curve, &[]);
    }
}

#[test]
fn back_propagation_with_zero_slope_where_clipped_is_the_gradient_of_the_loss() {
    check(clipped_sinh, &[]);
}

#[test]
fn back_propagation_of_a_range_penalty_on_every_layer_is_its_gradient() {
    for curve in [tanh, bent, clipped_sinh] {
        check(curve, &[Some(3.0), Some(0.5), Some(2.0)]);
    }
}

#[test]
fn back_propagation_of_a_range_penalty_on_some_layers_is_its_gradient() {
    check(bent, &[None, Some(3.0)]);
    check(clipped_sinh, &[Some(3.0), None, Some(1.0)]);
}

#[test]
fn back_propagation_to_weights_of_sparse_features_is_the_gradient_of_the_loss() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for usual in [0.0, 1.5] {
        let mut case = Case::new(tanh, Loss::CrossEntropy, &[Some(3.0)], &mut rng);
        let value =
            |(row, column)| if (row + 2 * column) % 5 == 0 { row as f64 - 2.5 } else { usual };
        let features = Array2::from_shape_fn((ROWS, 4), value);
        case.features = Features::new(features.view(), |_| ());
        assert!(matches!(case.features, Features::Sparse(_)));
        case.check(Network::new(&[4, 5, 3], 1.0, &mut rng));
    }
}

#[test]
fn an_absent_slope_lets_no_gradient_through_and_leaves_the_others_alone() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let case = Case::new(tanh, Loss::CrossEntropy, &[], &mut rng);
    let network = Network::new(&[4, 2, 3], 1.0, &mut rng);
    let gradient = |slope_of_neuron_0: f64| {
        let mut pass = Pass::new(&network, ROWS);
        pass.begin(&case.features, &[0, 1, 2]);
        pass.apply(&network.layers[0]);
        let values = pass.outputs().mapv(f64::tanh);
        let mut slopes = values.mapv(|it| 1.0 - it * it);
        slopes.column_mut(0).fill(slope_of_neuron_0);
        pass.activated(values, slopes);
        pass.apply(&network.layers[1]);
        pass.loss(Loss::CrossEntropy, [0, 1, 2].into_iter());
        let mut gradient = network.zeros_like();
        pass.backward(&network, &[], &mut gradient);
        gradient
    };
    let (absent, present) = (gradient(f64::NAN), gradient(0.5));
    assert_eq!(absent, gradient(0.0));
    assert_ne!(present.layers[0].weights.column(0), absent.layers[0].weights.column(0));
    assert_eq!(present.layers[0].weights.column(1), absent.layers[0].weights.column(1));
    assert_eq!(present.layers[1], absent.layers[1]);
}
