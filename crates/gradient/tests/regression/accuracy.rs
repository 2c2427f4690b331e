//! How near slopes come to the mean device's true derivative, and whether they know it.
#![allow(clippy::unwrap_used, reason = "tests")]

use gradient::{Gradient, Knowledge, Method, Store};

use crate::simulated::*;

/// Over pairs: RMSE over the range, 1 − SSE/SST, and the shares within one uncertainty.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    rmse: f64,
    r2: f64,
    slopes_within: f64,
    currents_within: f64,
}

fn outcome(method: Method, shape: Shape, disturbance: Disturbance, pairs: usize) -> Outcome {
    outcome_knowing(&knowledge(shape, disturbance), method, shape, disturbance, pairs)
}

fn outcome_knowing(
    knowledge: &Knowledge,
    method: Method,
    shape: Shape,
    disturbance: Disturbance,
    pairs: usize,
) -> Outcome {
    let (mut rng, store) = (rng(1), Store::new(0));
    let plan = plan(method, &grid(), 0.1);
    let mut sum = Outcome::default();
    for _ in 0..pairs {
        let devices = Devices::drawn(shape, &mut rng);
        let rows = devices.measure(&plan, disturbance, &mut rng);
        let one = judge(&devices, &estimate(method, &plan, &rows, knowledge, &store));
        sum.rmse += one.rmse.powi(2) / pairs as f64;
        sum.r2 += one.r2 / pairs as f64;
        sum.slopes_within += one.slopes_within / pairs as f64;
        sum.currents_within += one.currents_within / pairs as f64;
    }
    Outcome { rmse: sum.rmse.sqrt(), ..sum }
}

fn judge(devices: &Devices, gradients: &[Gradient]) -> Outcome {
    let count = gradients.len() as f64;
    let truth: Vec<f64> = gradients.iter().map(|it| devices.slope(it.level)).collect();
    let most = truth.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = most - truth.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = truth.iter().sum::<f64>() / count;
    let spread: f64 = truth.iter().map(|it| (it - mean).powi(2)).sum();
    let (mut squares, mut slopes_within, mut currents_within) = (0.0, 0.0, 0.0);
    for (gradient, truth) in gradients.iter().zip(&truth) {
        let (slope, current) = (gradient.didv.unwrap(), gradient.current.unwrap());
        squares += (slope.value - truth).powi(2);
        let error = current.value - devices.mean(gradient.level);
        slopes_within +=
            f64::from(u8::from((slope.value - truth).abs() <= slope.uncertainty)) / count;
        currents_within += f64::from(u8::from(error.abs() <= current.uncertainty)) / count;
    }
    let rmse = (squares / count).sqrt() / range;
    Outcome { rmse, r2: 1.0 - squares / spread, slopes_within, currents_within }
}

/// For sinh, sat and filament.
fn assert_within(method: Method, disturbance: Disturbance, rmse: [f64; 3], r2: [f64; 3]) {
    for ((shape, rmse), r2) in [sinh as Shape, sat, filament].into_iter().zip(rmse).zip(r2) {
        let it = outcome(method, shape, disturbance, 200);
        assert!(it.rmse <= rmse && it.r2 >= r2, "{method}: {it:?}, not {rmse} and {r2}");
    }
}

#[test]
fn alternate_roles_reach_three_tenths_of_a_percent_with_two_operations_per_point() {
    let method = Method::AlternatelyChopped;
    assert_within(method, DEFAULT, [0.003, 0.004, 0.008], [0.9998, 0.9998, 0.999]);
}

#[test]
fn both_devices_at_one_level_reach_half_a_percent_with_two_operations_per_point() {
    let method = Method::LocalRegression;
    assert_within(method, DEFAULT, [0.005, 0.005, 0.011], [0.9995, 0.9997, 0.998]);
}

#[test]
fn what_both_devices_share_hardly_disturbs_alternate_roles() {
    let disturbance = Disturbance { common: 0.01, ..DEFAULT };
    let method = Method::AlternatelyChopped;
    assert_within(method, disturbance, [0.005, 0.006, 0.009], [0.9995, 0.9995, 0.999]);
    assert_within(Method::LocalRegression, disturbance, [0.02, 0.02, 0.036], [0.99; 3]);
}

#[test]
fn gains_that_walk_cost_no_more_than_the_walk() {
    let disturbance = Disturbance { walk: 0.003, ..DEFAULT };
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        assert_within(method, disturbance, [0.02, 0.02, 0.036], [0.99; 3]);
    }
}

#[test]
fn two_thirds_of_ten_thousand_slopes_lie_within_one_uncertainty() {
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        let shapes = [sinh as Shape, sat, filament];
        let each = shapes.map(|it| outcome(method, it, STATIONARY, 100));
        let mean = |of: fn(&Outcome) -> f64| each.iter().map(of).sum::<f64>() / 3.0;
        let (slopes, currents) = (mean(|it| it.slopes_within), mean(|it| it.currents_within));
        assert!((0.66..0.71).contains(&slopes), "{method}: {each:?}");
        assert!((0.66..0.72).contains(&currents), "{method}: {each:?}");
        assert!(each.iter().all(|it| (0.63..0.73).contains(&it.slopes_within)), "{each:?}");
    }
}

#[test]
fn uncertainties_grow_with_a_walk_of_the_gains() {
    let disturbance = Disturbance { walk: 0.003, ..DEFAULT };
    for shape in [sinh as Shape, sat, filament] {
        let it = outcome(Method::AlternatelyChopped, shape, disturbance, 100);
        assert!(it.slopes_within > 0.6 && it.currents_within > 0.6, "{it:?}");
    }
}
#[test]
fn a_survey_that_was_wrong_costs_little() {
    let method = Method::AlternatelyChopped;
    let wrong: [fn(&mut Knowledge); 4] = [
        |it| it.noise.floor /= 3.0,
        |it| it.noise.floor *= 3.0,
        |it| it.curve = knowledge(filament, DEFAULT).curve,
        |it| it.curve.thirds.iter_mut().for_each(|it| *it = 0.0),
    ];
    for (number, edit) in wrong.into_iter().enumerate() {
        let mut surveyed = knowledge(sat, DEFAULT);
        edit(&mut surveyed);
        let it = outcome_knowing(&surveyed, method, sat, DEFAULT, 50);
        assert!(it.rmse < 0.005 && (0.6..0.85).contains(&it.slopes_within), "{number}: {it:?}");
    }
}
