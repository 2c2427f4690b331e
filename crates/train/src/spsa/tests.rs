//! Estimates against back-propagation, and what they train.

use std::{convert::Infallible, f64::consts::PI};

use ndarray::{Array1, Array2, Zip, array};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Spsa, SpsaConfig};
use crate::{
    Dense, Loss, Network, Optimiser,
    features::Features,
    optimiser::{OptimiserState, Rule},
    pass::Pass,
};

/// Rows, their classes, and a tanh network's loss of them.
struct Task {
    features: Array2<f64>,
    labels: Vec<usize>,
}

impl Task {
    /// A forward pass; the loss is that of the whole task.
    fn forward(&self, network: &Network<f64>) -> (Pass<f64>, f64) {
        let mut pass = Pass::new(network, self.labels.len());
        let features = Features::Dense(self.features.clone());
        pass.begin(&features, &(0..self.labels.len()).collect::<Vec<_>>());
        let (hidden, _) = network.split();
        for layer in hidden {
            pass.apply(layer);
            let values = pass.outputs().mapv(f64::tanh);
            let slopes = values.mapv(|it| 1.0 - it * it);
            pass.activated(values, slopes);
        }
        pass.apply(&network.layers[hidden.len()]);
        let loss = pass.loss(Loss::CrossEntropy, self.labels.iter().copied());
        (pass, loss)
    }

    fn back_propagated(&self, network: &Network<f64>) -> Network<f64> {
        let mut gradient = network.zeros_like();
        self.forward(network).0.backward(network, &[], &mut gradient);
        gradient
    }

    fn hits(&self, network: &Network<f64>) -> usize {
        let (pass, _) = self.forward(network);
        pass.predicted().zip(&self.labels).filter(|(found, label)| found == *label).count()
    }
}

fn xor() -> Task {
    Task {
        features: array![[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]],
        labels: vec![0, 1, 1, 0],
    }
}

/// Two half circles of radius 1 that reach into each other, each point off by up to 0.15.
fn two_moons(rows: usize, seed: u64) -> Task {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let labels: Vec<usize> = (0..rows).map(|row| row % 2).collect();
    let mut features = Array2::zeros((rows, 2));
    for (mut point, label) in features.rows_mut().into_iter().zip(&labels) {
        let (sin, cos) = rng.random_range(0.0..PI).sin_cos();
        let (x, y) = if *label == 0 { (cos, sin) } else { (1.0 - cos, 0.5 - sin) };
        point[0] = x - 0.5 + rng.random_range(-0.15..0.15);
        point[1] = y - 0.25 + rng.random_range(-0.15..0.15);
    }
    Task { features: features * 2.0, labels }
}

fn network(widths: &[usize], seed: u64) -> Network<f64> {
    Network::new(widths, 1.0, &mut ChaCha8Rng::seed_from_u64(seed))
}

fn spsa(perturbation: f64, averages: usize, seed: u64) -> Spsa {
    Spsa::new(SpsaConfig { perturbation, averages }, seed).unwrap()
}

async fn estimate(spsa: &mut Spsa, task: &Task, network: &Network<f64>) -> Network<f64> {
    let loss = async |it: &Network<f64>| Ok::<_, Infallible>(task.forward(it).1);
    spsa.gradient(network, loss).await.unwrap()
}

/// Every weight and bias, in one list.
fn flat(network: &Network<f64>) -> Array1<f64> {
    let layer = |it: &Dense<f64>| it.weights.iter().chain(&it.biases).copied().collect::<Vec<_>>();
    network.layers.iter().flat_map(layer).collect()
}

/// Asserts that the mean of `estimates` is `exact` within its own standard error, and that this
/// error is small enough to say so.
fn unbiased(estimates: &[Array1<f64>], exact: &Array1<f64>) {
    let n = estimates.len() as f64;
    let mean = estimates.iter().fold(Array1::<f64>::zeros(exact.len()), |sum, it| sum + it) / n;
    let squares = estimates
        .iter()
        .fold(Array1::zeros(exact.len()), |sum, it| sum + (it - &mean).mapv(|it| it * it));
    let error: Array1<f64> = squares.mapv(|it: f64| (it / (n - 1.0) / n).sqrt());
    // 4.5 standard errors: once in 150 000 by chance.
    Zip::from(&mean).and(exact).and(&error).for_each(|mean: &f64, exact, error| {
        assert!((mean - exact).abs() < 4.5 * error + 1e-6, "{mean} ± {error} against {exact}");
    });
    let norm = |it: &Array1<f64>| it.dot(it).sqrt();
    assert!(norm(&error) < 0.05 * norm(exact), "{} of {}", norm(&error), norm(exact));
    assert!(norm(&(&mean - exact)) < 0.1 * norm(exact));
}

#[tokio::test]
async fn the_mean_of_many_estimates_is_the_gradient_of_back_propagation() {
    let (task, network) = (two_moons(12, 1), network(&[2, 3, 2], 2));
    let exact = flat(&task.back_propagated(&network));
    let mut estimates = Vec::new();
    for seed in 0..10_000 {
        estimates.push(flat(&estimate(&mut spsa(1e-3, 1, seed), &task, &network).await));
    }
    unbiased(&estimates, &exact);
}

#[tokio::test]
async fn averages_lower_the_variance_by_their_number() {
    let (task, network) = (two_moons(12, 1), network(&[2, 3, 2], 2));
    let exact = flat(&task.back_propagated(&network));
    let mut variance = Vec::new();
    for averages in [1, 16] {
        let mut spsa = spsa(1e-3, averages, 5);
        assert_eq!(spsa.evaluations(), 2 * averages);
        let mut squares = 0.0;
        for _ in 0..400 {
            let error = flat(&estimate(&mut spsa, &task, &network).await) - &exact;
            squares += error.dot(&error);
        }
        variance.push(squares / 400.0);
    }
    let ratio = variance[0] / variance[1];
    assert!((12.0..21.0).contains(&ratio), "{ratio}");
}

#[tokio::test]
async fn the_seed_decides_the_perturbations_and_a_failing_loss_ends_the_step() {
    let (task, network) = (xor(), network(&[2, 3, 2], 2));
    let one = estimate(&mut spsa(0.01, 3, 7), &task, &network).await;
    assert_eq!(one, estimate(&mut spsa(0.01, 3, 7), &task, &network).await);
    assert_ne!(one, estimate(&mut spsa(0.01, 3, 8), &task, &network).await);

    let mut asked = 0;
    let fails = async |_: &Network<f64>| {
        asked += 1;
        if asked == 3 { Err("third") } else { Ok(1.0) }
    };
    assert_eq!(spsa(0.01, 3, 7).gradient(&network, fails).await, Err("third"));
    assert_eq!(asked, 3);
}

/// Trains with Adam on estimates of the whole task's gradient.
async fn train(
    task: &Task,
    mut network: Network<f64>,
    mut spsa: Spsa,
    steps: usize,
) -> Network<f64> {
    let mut adam = OptimiserState::new(
        Rule { optimiser: Optimiser::AdamW, momentum: 0.0, weight_decay: 0.0 },
        &network,
    );
    for _ in 0..steps {
        let gradient = estimate(&mut spsa, task, &network).await;
        adam.step(&mut network, &gradient, 0.05);
    }
    network
}

#[tokio::test]
async fn xor_is_learned_from_losses_alone() {
    for seed in 0..5 {
        let network = train(&xor(), network(&[2, 4, 2], seed), spsa(0.01, 4, seed), 600).await;
        assert_eq!(xor().hits(&network), 4, "seed {seed}");
    }
}

#[tokio::test]
async fn two_moons_are_learned_to_95_percent_from_losses_alone() {
    let network = network(&[2, 8, 2], 3);
    let network = train(&two_moons(100, 1), network, spsa(0.01, 8, 3), 1000).await;
    let fresh = two_moons(400, 2);
    let hits = fresh.hits(&network);
    assert!(hits >= 380, "{hits} of 400 rows that it was not trained on");
}

#[test]
fn what_cannot_perturb_is_refused_by_its_key() {
    let refusal = |perturbation, averages| {
        let config = SpsaConfig { perturbation, averages };
        Spsa::new(config, 1).unwrap_err().to_string()
    };
    assert_eq!(
        refusal(0.0, 1),
        "training.rule.spsa.perturbation = 0: accepted is a number above 0"
    );
    let whole = "accepted is a whole number from 1 to 1000000";
    assert_eq!(refusal(0.1, 0), format!("training.rule.spsa.averages = 0: {whole}"));
}
