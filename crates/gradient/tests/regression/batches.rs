//! Batches that are no grid: few levels, clusters, gaps, repeats, the ends of a window.
#![allow(clippy::unwrap_used, reason = "tests")]

use gradient::{Absent, Method, Store};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::simulated::*;

/// Errors of slopes over their uncertainties, over batches of drawn pairs.
fn errors(
    method: Method,
    shape: Shape,
    batches: usize,
    draw: impl Fn(&mut ChaCha8Rng) -> Vec<f64>,
) -> Vec<f64> {
    let mut rng = rng(5);
    let (knowledge, store) = (knowledge(shape, STATIONARY), Store::new(0));
    let mut errors = Vec::new();
    for _ in 0..batches {
        let devices = Devices::drawn(shape, &mut rng);
        let plan = plan(method, &draw(&mut rng), 0.1);
        let rows = devices.measure(&plan, STATIONARY, &mut rng);
        for gradient in estimate(method, &plan, &rows, &knowledge, &store) {
            let slope = gradient.didv.unwrap();
            assert!(slope.value.is_finite() && slope.uncertainty.is_finite(), "{gradient:?}");
            assert!(gradient.current.unwrap().value.is_finite(), "{gradient:?}");
            errors.push((slope.value - devices.slope(gradient.level)) / slope.uncertainty);
        }
    }
    errors
}

fn assert_honest(errors: &[f64], what: &str) {
    let count = errors.len() as f64;
    let within = errors.iter().filter(|it| it.abs() <= 1.0).count() as f64 / count;
    let rms = (errors.iter().map(|it| it * it).sum::<f64>() / count).sqrt();
    assert!(within > 0.6 && rms < 1.4, "{what}: {within} within, root mean square {rms}");
}

fn uniform(rng: &mut ChaCha8Rng, count: usize, low: f64, high: f64) -> Vec<f64> {
    (0..count).map(|_| rng.random_range(low..high)).collect()
}

#[test]
fn sixteen_random_levels_are_answered_honestly() {
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        for shape in [sinh as Shape, sat, filament] {
            let errors = errors(method, shape, 200, |rng| uniform(rng, 16, -1.0, 1.0));
            assert_honest(&errors, method.name());
        }
    }
}

#[test]
fn uneven_levels_are_answered_honestly() {
    // Dense about zero, sparse at the ends.
    let levels: Vec<f64> = grid().iter().map(|it| it * it * it).collect();
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        for shape in [sinh as Shape, sat, filament] {
            assert_honest(&errors(method, shape, 100, |_| levels.clone()), method.name());
        }
    }
}

#[test]
fn a_cluster_and_levels_far_from_it_are_answered_honestly() {
    let draw = |rng: &mut ChaCha8Rng| {
        let mut levels = uniform(rng, 40, 0.2, 0.25);
        levels.extend([-0.9, -0.3, 0.8]);
        levels
    };
    for shape in [sinh as Shape, sat, filament] {
        assert_honest(&errors(Method::AlternatelyChopped, shape, 200, draw), "cluster");
    }
    for shape in [sinh as Shape, filament] {
        assert_honest(&errors(Method::LocalRegression, shape, 200, draw), "cluster");
    }
}

#[test]
fn repeats_and_the_ends_of_the_window_have_finite_answers() {
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        let levels = [-1.0, -1.0, 1.0, 1.0, 0.99, -0.99, 0.0, 0.0, 0.5, -0.5, 1e-6, 2e-6];
        let errors = errors(method, sat, 20, |_| levels.to_vec());
        assert_eq!(errors.len(), 20 * 9);
    }
}

#[test]
fn a_lone_level_is_its_own_pair_with_the_mismatch_in_its_uncertainty() {
    let errors = errors(Method::AlternatelyChopped, sat, 200, |_| vec![0.1]);
    let within = errors.iter().filter(|it| it.abs() <= 1.0).count();
    assert!(within > 100, "{within} of 200");
}

#[test]
fn a_lone_level_of_which_nothing_is_stored_has_no_local_regression() {
    let method = Method::LocalRegression;
    let plan = plan(method, &[0.1, 0.2], 0.1);
    let rows = Devices::differing(sinh, 0.0, 0.0).measure(&plan, STATIONARY, &mut rng(1));
    let knowledge = knowledge(sinh, STATIONARY);
    for gradient in estimate(method, &plan, &rows, &knowledge, &Store::new(0)) {
        assert_eq!(gradient.didv, Err(Absent::TooFewReadings));
        assert!(gradient.current.is_ok());
    }
}
