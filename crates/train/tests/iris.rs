//! Iris, 4-2-3, 5 folds, 10 repeats from seed 1000, against accuracies measured with independent
//! programs at the same settings: tanh 96.96 ± 0.84 %, ReLU 96.89 ± 0.77 % (both over 50 repeats),
//! a sinh pair with λ = 3 97.67 ± 0.55 %, with a constant slope 97.19 ± 0.60 %.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use common::{SinhPair, iris, keep_on, recipe};
use train::{Activation, ConstantSlope, CrossValidation, Progress, Software, cross_validate};

async fn ten_repeats(activation: &mut impl Activation) -> CrossValidation {
    let found = cross_validate(&recipe(10), &iris(), Progress::default(), activation, &mut keep_on)
        .await
        .unwrap();
    println!("{:.2} ± {:.2} %", 100.0 * found.mean().unwrap(), 100.0 * found.sd().unwrap());
    found
}

#[tokio::test]
async fn two_tanh_neurons_learn_iris_to_96_percent() {
    let found = ten_repeats(&mut Software::Tanh).await;
    assert!(found.mean().unwrap() >= 0.96);
    assert!(found.sd().unwrap() < 0.02);
}

#[tokio::test]
async fn two_relu_neurons_learn_iris_to_95_percent() {
    let found = ten_repeats(&mut Software::Relu).await;
    assert!(found.mean().unwrap() >= 0.95);
}

#[tokio::test]
async fn two_sinh_pairs_learn_iris_to_97_percent() {
    let found = ten_repeats(&mut SinhPair::new()).await;
    assert!(found.mean().unwrap() >= 0.97);
    let [asked, clipped] = [found.slopes.asked, found.slopes.clipped].map(|it| it as f64);
    assert!(clipped < 0.3 * asked, "the penalty keeps pre-activations in the window");
}

#[tokio::test]
async fn a_constant_slope_also_learns_iris_so_iris_proves_no_gradient() {
    let pair = SinhPair::new();
    let range = pair.mapping(0).unwrap().range();
    let mut control = ConstantSlope::of_mean(pair, 0, range, 101, 2).await.unwrap();
    assert!((control.slope() - 1.0).abs() < 0.2, "2 · 0.5 · ΔI/ΔV of a curve from -1 to 1");
    let found = ten_repeats(&mut control).await;
    assert!(found.mean().unwrap() >= 0.96);
}

#[tokio::test]
async fn every_row_is_predicted_once_a_repeat_and_the_confusion_says_the_same() {
    let found =
        cross_validate(&recipe(2), &iris(), Progress::default(), &mut Software::Tanh, &mut keep_on)
            .await
            .unwrap();
    for repeat in 0..2 {
        let folds = found.folds.iter().filter(|it| it.id.repeat == repeat);
        let mut rows: Vec<_> = folds.flat_map(|it| it.rows.clone()).collect();
        rows.sort_unstable();
        assert_eq!(rows, (0..150).collect::<Vec<_>>());
    }
    let actual: Vec<usize> = found.confusion.iter().map(|it| it.iter().sum()).collect();
    assert_eq!(actual, [100, 100, 100]);
    let diagonal: usize = (0..3).map(|it| found.confusion[it][it]).sum();
    assert!((diagonal as f64 / 300.0 - found.mean().unwrap()).abs() < 1e-12);
    assert!(!found.interrupted);
}
