//! One standard uncertainty holds 68 % of the errors: 10 000 currents and slopes of 200 pairs for each
//! estimator and shape. What is known of a pair is exact where not said otherwise; the calibrations are
//! measured, with the noise of everything else.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use gradient::{Device, Evidence, Knowledge, Method, Monotonic, Noise, Store};
use rand_chacha::ChaCha8Rng;
use smu::Side;

use crate::devices::{
    Devices, NOISE, OURS, SHAPES, Shape, estimate, gaussian, half, levels, plan, seeded,
};

#[path = "common/devices.rs"]
mod devices;

const PAIRS: u64 = 200;

/// Shares of currents and of slopes that lie within one standard uncertainty of the truth.
fn shares(
    method: Method,
    shape: Shape,
    delta_v: f64,
    more: &str,
    know: impl Fn(&Devices, &mut ChaCha8Rng) -> Knowledge,
) -> (f64, f64) {
    let plan = plan(method, &levels(50), delta_v, more);
    let noise = NOISE;
    let (mut currents, mut slopes, mut all) = (0u32, 0u32, 0u32);
    for seed in 0..PAIRS {
        let mut rng = seeded(seed);
        let devices = Devices::drawn(shape, &mut rng);
        let calibration =
            method.is_calibrated().then(|| devices.calibrated(41, 4, &noise, &mut rng));
        let rows = devices.shoot(&plan.shots, &noise, &mut rng);
        let knowledge = know(&devices, &mut rng);
        for it in estimate(method, &plan, &rows, &knowledge, calibration.as_ref()) {
            let truth = devices.of(&it);
            let (current, didv) = (it.current.unwrap(), it.didv.unwrap());
            currents += u32::from((current.value - truth.value()).abs() <= current.uncertainty);
            slopes += u32::from((didv.value - truth.slope()).abs() <= didv.uncertainty);
            all += 1;
        }
    }
    assert_eq!(all, 10_000);
    let share = |count: u32| f64::from(count) / f64::from(all);
    (share(currents), share(slopes))
}

/// The step of a shape that is neither all noise nor all truncation.
fn step(shape: Shape) -> f64 {
    match shape {
        Shape::Sinh | Shape::Sat => 0.1,
        Shape::Fil => 0.05,
    }
}

fn check(method: Method, step: fn(Shape) -> f64, more: &str) {
    let exact = |devices: &Devices, _: &mut ChaCha8Rng| devices.knowledge(NOISE);
    let found = SHAPES.map(|shape| (shape, shares(method, shape, step(shape), more, exact)));
    print(method, &found);
    for (_, (currents, slopes)) in found {
        let honest = |share: f64| (0.66..=0.70).contains(&share);
        assert!(honest(currents) && honest(slopes), "{method}: {found:?}");
    }
}

fn print(method: Method, found: &[(Shape, (f64, f64))]) {
    println!("{method}: {found:?}");
}

#[test]
fn the_uncertainty_of_a_chopped_central_slope_is_honest() {
    check(Method::ChoppedCentral, step, "");
}

#[test]
fn the_uncertainty_of_a_chopped_forward_slope_is_honest() {
    check(Method::ChoppedForward, |_| 0.02, "");
}

#[test]
fn the_uncertainty_of_an_abba_slope_is_honest() {
    check(Method::Abba, step, "");
}

#[test]
fn the_uncertainty_of_an_own_device_slope_is_honest() {
    check(Method::OwnDevice, step, "");
}

#[test]
fn the_uncertainty_of_a_baseline_subtracted_slope_is_honest() {
    check(Method::BaselineSubtracted, step, "");
}

#[test]
fn the_uncertainty_of_a_small_signal_slope_is_honest() {
    check(Method::SmallSignal, step, "");
}

#[test]
fn the_uncertainty_of_a_dither_of_eight_samples_is_honest() {
    check(Method::SmallSignal, step, "[dither]\nsamples = 8\nperiods = 2");
}

#[test]
fn the_uncertainty_of_a_central_slope_holds_what_mismatch_does_to_it() {
    check(Method::Central, step, "");
}

#[test]
fn the_uncertainty_of_a_forward_slope_holds_what_mismatch_does_to_it() {
    check(Method::Forward, step, "");
}

#[test]
fn the_uncertainty_of_a_calibrated_slope_holds_what_the_line_leaves() {
    check(Method::CalibratedPair, step, "");
}

#[test]
fn the_uncertainty_is_nearly_as_honest_with_the_errors_of_a_survey() {
    let surveyed = |devices: &Devices, rng: &mut ChaCha8Rng| devices.surveyed(NOISE, rng);
    for method in OURS {
        let step = |shape| if method == Method::ChoppedForward { 0.02 } else { step(shape) };
        let found = SHAPES.map(|shape| (shape, shares(method, shape, step(shape), "", surveyed)));
        print(method, &found);
        for (_, (currents, slopes)) in found {
            let honest = |share: f64| (0.64..=0.72).contains(&share);
            assert!(honest(currents) && honest(slopes), "{method}: {found:?}");
        }
    }
}

#[test]
fn the_uncertainty_stays_honest_where_the_gains_walk() {
    let noise =
        Noise { floor: 0.0005, relative: 0.002, private_walk: 3e-3, common_walk: 3e-3, ..NOISE };
    for method in [Method::ChoppedCentral, Method::Abba, Method::OwnDevice, Method::SmallSignal] {
        let found = SHAPES.map(|shape| (shape, walking(method, shape, noise)));
        for (_, slopes) in found {
            assert!((0.66..=0.70).contains(&slopes), "{method}: {found:?}");
        }
    }
}

#[test]
fn the_uncertainty_of_a_baseline_that_has_aged_is_honest() {
    let noise = Noise { private_walk: 1e-4, ..NOISE };
    let plan = plan(Method::BaselineSubtracted, &levels(10), 0.1, "");
    let (mut within, mut all) = (0u32, 0u32);
    for seed in 0..1000 {
        let mut rng = seeded(seed);
        let devices = Devices::drawn(Shape::Sinh, &mut rng);
        let still = Noise { private_walk: 0.0, ..noise };
        let calibration = devices.calibrated(41, 4, &still, &mut rng);
        // 2000 shots later.
        let now = devices.moved(noise.private_walk * 2000.0f64.sqrt() * gaussian(&mut rng));
        let mut store = Store::new(0);
        let idle = [plan.shots[0]; 2000];
        store.add(&idle, &idle.map(|it| devices.read(&it, |_, current| current)));
        let rows = now.shoot(&plan.shots, &noise, &mut rng);
        let knowledge = &devices.knowledge(noise);
        let (plan, rows, calibration) = (&plan, &rows[..], Some(&calibration));
        let (store, monotonic) = (&store, Monotonic::Unknown);
        let evidence = Evidence { plan, rows, knowledge, calibration, store, monotonic };
        for it in Method::BaselineSubtracted.estimate(evidence) {
            let didv = it.didv.unwrap();
            let error = didv.value - now.of(&it).slope();
            within += u32::from(error.abs() <= didv.uncertainty);
            all += 1;
        }
    }
    let share = f64::from(within) / f64::from(all);
    assert!((0.66..=0.70).contains(&share), "{share}");
}

/// As [`shares`] of slopes, with one point a plan. The truth is the device as it was on average over
/// the shots of the point.
fn walking(method: Method, shape: Shape, noise: Noise) -> f64 {
    let plans: Vec<_> =
        levels(50).iter().map(|it| plan(method, &[*it], 0.5 * step(shape), "")).collect();
    let (mut slopes, mut all) = (0u32, 0u32);
    for seed in 0..PAIRS {
        let mut rng = seeded(seed);
        let devices = Devices::drawn(shape, &mut rng);
        let knowledge = devices.knowledge(noise);
        for plan in &plans {
            let (rows, [both, between]) = devices.walk(&plan.shots, &noise, &mut rng);
            let it = estimate(method, plan, &rows, &knowledge, None)[0];
            let of =
                |side| devices.at(side, it.level).slope() * (1.0 + both + half(side) * between);
            let truth = match it.device {
                Device::Base => of(Side::Base),
                Device::Mean => 0.5 * (of(Side::Base) + of(Side::Probe)),
            };
            let didv = it.didv.unwrap();
            slopes += u32::from((didv.value - truth).abs() <= didv.uncertainty);
            all += 1;
        }
    }
    f64::from(slopes) / f64::from(all)
}
