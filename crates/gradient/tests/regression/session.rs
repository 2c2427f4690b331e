//! What earlier readings are worth.
#![allow(clippy::unwrap_used, reason = "tests")]

use gradient::{Method, Purpose, Shot, ShotReading, Store};
use rand::RngExt as _;
use smu::Side;

use crate::reading::reading;
use crate::simulated::*;

/// Root mean square error of batches of sixteen levels, S, and mean uncertainty, after so many
/// earlier batches.
fn after(method: Method, batches: usize, disturbance: Disturbance) -> (f64, f64) {
    let (mut squares, mut uncertainty, mut count) = (0.0, 0.0, 0.0);
    for seed in 0..40 {
        let mut rng = rng(seed);
        let devices = Devices::drawn(filament, &mut rng);
        let knowledge = knowledge(filament, disturbance);
        let mut store = Store::new(10_000);
        for batch in 0..=batches {
            let levels: Vec<f64> = (0..16).map(|_| rng.random_range(-1.0..1.0)).collect();
            let plan = plan(method, &levels, 0.1);
            let rows = devices.measure(&plan, disturbance, &mut rng);
            if batch == batches {
                for gradient in estimate(method, &plan, &rows, &knowledge, &store) {
                    let slope = gradient.didv.unwrap();
                    squares += (slope.value - devices.slope(gradient.level)).powi(2);
                    uncertainty += slope.uncertainty;
                    count += 1.0;
                }
            }
            store.add(&plan.shots, &rows);
        }
    }
    ((squares / count).sqrt(), uncertainty / count)
}

#[test]
fn earlier_batches_make_slopes_better() {
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        let (alone, later) = (after(method, 0, STATIONARY), after(method, 7, STATIONARY));
        assert!(later.0 < 0.5 * alone.0 && later.1 < 0.5 * alone.1, "{alone:?}, {later:?}");
    }
}

#[test]
fn readings_age_with_drift() {
    let still = after(Method::LocalRegression, 7, STATIONARY);
    // As large a walk makes readings of the batch before last worthless; the devices stand still.
    let mut walking = knowledge(filament, STATIONARY);
    walking.noise.private_walk = 0.05;
    let mut rng = rng(1);
    let devices = Devices::drawn(filament, &mut rng);
    let mut store = Store::new(10_000);
    let plan = plan(Method::LocalRegression, &grid(), 0.1);
    let rows = devices.measure(&plan, STATIONARY, &mut rng);
    let estimate = |knowledge: &gradient::Knowledge, store: &Store| {
        let gradients = estimate(Method::LocalRegression, &plan, &rows, knowledge, store);
        gradients.iter().map(|it| it.didv.unwrap().value).collect::<Vec<f64>>()
    };
    let none = estimate(&walking, &store);
    let other = Devices::drawn(filament, &mut rng).measure(&plan, STATIONARY, &mut rng);
    store.add(&plan.shots, &other);
    store.add(&vec![plan.shots[0]; 5000], &vec![rows[0]; 5000]);
    let distance = |one: &[f64], two: &[f64]| {
        let squares: f64 = one.iter().zip(two).map(|(a, b)| (a - b).powi(2)).sum();
        (squares / one.len() as f64).sqrt()
    };
    let aged = distance(&estimate(&walking, &store), &none);
    assert!(aged < 0.2 * still.0, "{aged} of {}", still.0);
}

#[test]
fn the_store_keeps_the_newest_readings_and_counts_all_shots() {
    let mut store = Store::new(4);
    let shots: Vec<Shot> = [0.1, 0.2, 0.3]
        .map(|it| Shot { base: it, probe: Some(-it), purpose: Purpose::Check })
        .into();
    let row = |shot: &Shot| ShotReading {
        base: reading(shot.base, 1e-6),
        probe: shot.probe.map(|it| reading(it, 2e-6)),
        skew: None,
    };
    let rows: Vec<ShotReading> = shots.iter().map(row).collect();
    store.add(&shots, &rows);
    assert_eq!(store.shots(), 3);
    let newest: Vec<f64> = store.newest(-1.0, 1.0).map(|it| it.level).collect();
    assert_eq!(newest, [-0.3, 0.3, -0.2, 0.2]);
    let positive: Vec<f64> = store.newest(0.0, 0.25).map(|it| it.level).collect();
    assert_eq!(positive, [0.2]);
    assert!(store.newest(-1.0, -0.25).all(|it| it.side == Side::Probe && it.shot == 2));
}

#[test]
fn readings_that_only_hold_a_state_are_not_stored() {
    let mut store = Store::new(10);
    for purpose in [Purpose::Rest, Purpose::Hold, Purpose::Condition] {
        let row = ShotReading { base: reading(0.0, 0.0), probe: None, skew: None };
        store.add(&[Shot { base: 0.0, probe: None, purpose }], &[row]);
    }
    assert_eq!((store.readings().count(), store.shots()), (0, 3));
}

#[test]
fn a_store_reads_back_as_it_was_written() {
    let mut store = Store::new(10);
    let row = ShotReading { base: reading(0.1, 0.3e-6), probe: None, skew: None };
    store.add(&[Shot { base: 0.1, probe: None, purpose: Purpose::Point(0) }], &[row]);
    let text = serde_json::to_string(&store).unwrap();
    assert_eq!(serde_json::from_str::<Store>(&text).unwrap(), store);
}
