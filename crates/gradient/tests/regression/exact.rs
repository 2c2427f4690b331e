//! What costs nothing.
#![allow(clippy::unwrap_used, reason = "tests")]

use gradient::{Knowledge, Method, Plan, ShotReading, Store};
use rand::seq::SliceRandom as _;

use crate::simulated::*;

fn cubic(v: f64) -> f64 {
    0.1 + 0.5 * v - 0.2 * v * v + 0.6 * v * v * v
}

fn cubic_slope(v: f64) -> f64 {
    FULL_SCALE * (0.5 - 0.4 * v + 1.8 * v * v)
}

/// A survey that found hardly any noise.
fn quiet(shape: Shape) -> Knowledge {
    knowledge(shape, Disturbance { read: 1e-7, common: 0.0, walk: 0.0 })
}

fn slopes(method: Method, plan: &Plan, rows: &[ShotReading], shape: Shape) -> Vec<f64> {
    let gradients = estimate(method, plan, rows, &quiet(shape), &Store::new(0));
    gradients.iter().map(|it| it.didv.unwrap().value).collect()
}

#[test]
fn a_cubic_comes_back_to_rounding() {
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        let plan = plan(method, &grid(), 0.1);
        let rows = Devices::differing(cubic, 0.0, 0.0).measure(&plan, NONE, &mut rng(1));
        for (slope, point) in slopes(method, &plan, &rows, cubic).iter().zip(&plan.points) {
            let error = (slope - cubic_slope(point.level)) / FULL_SCALE;
            assert!(error.abs() < 1e-8, "{method} at {} V: {error}", point.level);
        }
    }
}

#[test]
fn a_constant_mismatch_cancels() {
    let plan = plan(Method::AlternatelyChopped, &grid(), 0.1);
    let rows = Devices::differing(cubic, 0.0, 0.05).measure(&plan, NONE, &mut rng(1));
    let slopes = slopes(Method::AlternatelyChopped, &plan, &rows, cubic);
    for (slope, point) in slopes.iter().zip(&plan.points) {
        let error = (slope - cubic_slope(point.level)) / FULL_SCALE;
        assert!(error.abs() < 1e-8, "at {} V: {error}", point.level);
    }
}

#[test]
fn a_mismatch_in_proportion_to_the_level_cancels() {
    let straight: Shape = |v| v;
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        let plan = plan(method, &grid(), 0.1);
        let rows = Devices::differing(straight, 0.1, 0.02).measure(&plan, NONE, &mut rng(1));
        for slope in slopes(method, &plan, &rows, straight) {
            assert!((slope / FULL_SCALE - 1.0).abs() < 1e-8, "{method}: {slope}");
        }
    }
}

#[test]
fn the_order_of_measurement_does_not_matter() {
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        let mut rng = rng(3);
        let plan = plan(method, &grid(), 0.1);
        let rows = Devices::drawn(filament, &mut rng).measure(&plan, STATIONARY, &mut rng);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.shuffle(&mut rng);
        let mut other = plan.clone();
        other.shots = order.iter().map(|it| plan.shots[*it]).collect();
        for shot in other.points.iter_mut().flat_map(|it| &mut it.shots) {
            *shot = order.iter().position(|it| *it as u32 == *shot).unwrap() as u32;
        }
        let shuffled: Vec<ShotReading> = order.iter().map(|it| rows[*it]).collect();
        let knowledge = knowledge(filament, STATIONARY);
        let of = |plan: &Plan, rows: &[ShotReading]| {
            estimate(method, plan, rows, &knowledge, &Store::new(0))
        };
        for (one, other) in of(&plan, &rows).iter().zip(of(&other, &shuffled)) {
            let (one, other) = (one.didv.unwrap(), other.didv.unwrap());
            assert!((one.value - other.value).abs() < 1e-6 * one.uncertainty);
        }
    }
}
