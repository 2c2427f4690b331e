//! What drift does to slopes, and what their uncertainties say of it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use gradient::{Method, Noise};
use smu::Side;

use crate::devices::{
    Devices, NOISE, SILENT, Shape, changed, estimate, largest_difference, levels, plan, seeded,
    slopes,
};

#[path = "common/devices.rs"]
mod devices;

#[test]
fn abba_and_the_dither_cancel_drift_in_proportion_to_time() {
    let devices = Devices::drawn(Shape::Sat, &mut seeded(1));
    let moved = |method| {
        let plan = plan(method, &levels(20), 0.05, "");
        let plain = slopes(&changed(method, &plan, &devices, |_, _, it| it));
        let drifting = |shot: usize, side, it| match side {
            Side::Base => it + 1e-3 * shot as f64,
            Side::Probe => it - 3e-3 * shot as f64,
        };
        largest_difference(&plain, &slopes(&changed(method, &plan, &devices, drifting)))
    };
    assert!(moved(Method::Abba) < 1e-11 && moved(Method::SmallSignal) < 1e-11);
    // Opposite drift enters the chopped pair: 4 mA a shot between the devices over 2·0.05 V.
    assert!((moved(Method::ChoppedCentral) - 0.04).abs() < 1e-3);
    assert!((moved(Method::OwnDevice) - 0.02).abs() < 1e-3);
}

#[test]
fn walking_gains_cost_the_own_device_most_and_abba_least() {
    let devices = Devices::drawn(Shape::Sinh, &mut seeded(2));
    let of = |method, common_walk, private_walk| {
        let noise = Noise { common_walk, private_walk, ..SILENT };
        let plan = plan(method, &[0.9], 0.02, "");
        let rows = devices.shoot(&plan.shots, &SILENT, &mut seeded(0));
        let found = estimate(method, &plan, &rows, &devices.knowledge(noise), None)[0];
        let quiet = estimate(method, &plan, &rows, &devices.knowledge(SILENT), None)[0];
        let added =
            found.didv.unwrap().uncertainty.powi(2) - quiet.didv.unwrap().uncertainty.powi(2);
        // In units of the walk of a current over the step.
        added.max(0.0).sqrt() * found.delta_v / devices.mean(0.9).value() / 1e-3
    };
    // The base alone: the whole walk between its two readings. Exchanged roles: none of what the two
    // walk together, half of what they walk apart, and of four shots √2/4.
    assert!((of(Method::OwnDevice, 1e-3, 0.0) - 1.0).abs() < 0.1);
    assert!(of(Method::ChoppedCentral, 1e-3, 0.0) < 0.05);
    assert!(of(Method::Abba, 1e-3, 0.0) < 0.05);
    assert!((of(Method::OwnDevice, 0.0, 1e-3) - 0.5).abs() < 0.05);
    assert!((of(Method::ChoppedCentral, 0.0, 1e-3) - 0.5).abs() < 0.05);
    assert!((of(Method::Abba, 0.0, 1e-3) - 0.3536).abs() < 0.05);
}

#[test]
fn a_calibration_that_ages_makes_slopes_less_sure() {
    let devices = Devices::drawn(Shape::Sinh, &mut seeded(2));
    let noise = Noise { private_walk: 1e-4, ..NOISE };
    let plan = plan(Method::BaselineSubtracted, &[0.9], 0.05, "");
    let rows = devices.shoot(&plan.shots, &SILENT, &mut seeded(0));
    let calibration = devices.calibrated(41, 4, &noise, &mut seeded(0));
    let after = |shots: usize| {
        let mut store = gradient::Store::new(0);
        let idle = vec![plan.shots[0]; shots];
        store.add(&idle, &devices.shoot(&idle, &SILENT, &mut seeded(0)));
        let evidence = gradient::Evidence {
            plan: &plan,
            rows: &rows,
            knowledge: &devices.knowledge(noise),
            calibration: Some(&calibration),
            store: &store,
            monotonic: gradient::Monotonic::Unknown,
        };
        Method::BaselineSubtracted.estimate(evidence)[0].didv.unwrap()
    };
    let (new, old) = (after(0), after(10_000));
    assert!((new.value - old.value).abs() < 1e-15);
    // 1e-4 · √10 000 = 1 % of the current, over the step.
    let walked = 0.01 * devices.mean(0.9).value() / 0.05;
    let grown = (old.uncertainty.powi(2) - new.uncertainty.powi(2)).sqrt();
    assert!((grown / walked - 1.0).abs() < 0.05, "{grown} of {walked}");
}
