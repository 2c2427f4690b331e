//! Each estimator against closed form: 200 pairs of devices whose derivatives are exact, no
//! instruments.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use gradient::{Device, Gradient, Method, Noise, ShotReading};
use smu::Side;

use crate::devices::{
    Devices, NOISE, OURS, SHAPES, SILENT, Shape, changed, codes, estimate, largest_difference,
    levels, line, plan, plan_in, seeded, slopes,
};

#[path = "common/devices.rs"]
mod devices;

const PAIRS: u64 = 200;

/// Bias and noise as documented: of one slope, of one pair.
fn documented(method: Method, devices: &Devices, it: &Gradient, sigma: f64) -> (f64, f64) {
    let (d, v) = (it.delta_v, it.level);
    let truth = devices.of(it);
    let pair = 2.0f64.sqrt() * sigma / d;
    match method {
        Method::Forward => (d * truth.second() / 2.0 + devices.mismatch(v + d) / d, pair),
        Method::Central => (d * d * truth.third() / 24.0 + devices.mismatch(v) / d, pair),
        Method::ChoppedForward => (d * truth.second() / 2.0, sigma / d),
        Method::ChoppedCentral => (d * d * truth.third() / 24.0, sigma / d),
        Method::Abba => (d * d * truth.third() / 24.0, sigma / d / 2.0f64.sqrt()),
        Method::BaselineSubtracted | Method::OwnDevice => (d * d * truth.third() / 24.0, pair),
        // Four samples a period are two levels, d apart, eight readings of each in two periods; what
        // taking drift out costs is 42·8/(42·8 − 64) of the variance.
        Method::SmallSignal => {
            let drift = (336.0f64 / (336.0 - 64.0)).sqrt();
            (d * d * truth.third() / 24.0, drift * sigma / d / 2.0)
        }
        other => unreachable!("{other} is not of this test"),
    }
}

#[test]
fn bias_and_noise_are_as_documented() {
    let noise = Noise { common: 0.0, ..NOISE };
    for method in OURS.into_iter().filter(|it| *it != Method::CalibratedPair) {
        for shape in SHAPES {
            let plan = plan(method, &levels(20), 0.02, "");
            let mut errors = Vec::new();
            for seed in 0..PAIRS {
                let mut rng = seeded(seed);
                let devices = Devices::drawn(shape, &mut rng);
                let exact = method
                    .is_calibrated()
                    .then(|| devices.calibrated(221, 1, &SILENT, &mut seeded(0)));
                let rows = devices.shoot(&plan.shots, &noise, &mut rng);
                let knowledge = devices.knowledge(noise);
                for it in estimate(method, &plan, &rows, &knowledge, exact.as_ref()) {
                    let (bias, sd) = documented(method, &devices, &it, noise.floor);
                    let error = it.didv.unwrap().value - devices.of(&it).slope();
                    errors.push((error - bias) / sd);
                }
            }
            let n = errors.len() as f64;
            let mean = errors.iter().sum::<f64>() / n;
            let sd = (errors.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / n).sqrt();
            assert!(mean.abs() < 4.0 / n.sqrt(), "{method} {shape:?}: mean {mean}");
            assert!((sd - 1.0).abs() < 4.0 / (2.0 * n).sqrt(), "{method} {shape:?}: sd {sd}");
        }
    }
}

#[test]
fn a_calibrated_pair_is_biased_by_what_the_line_leaves() {
    let mut errors = Vec::new();
    let plan = plan(Method::CalibratedPair, &levels(20), 0.02, "");
    for seed in 0..PAIRS {
        let devices = Devices::drawn(Shape::Sinh, &mut seeded(seed));
        let calibration = devices.calibrated(221, 1, &SILENT, &mut seeded(0));
        let noise = Noise { common: 0.0, ..NOISE };
        let rows = devices.shoot(&plan.shots, &noise, &mut seeded(seed + 1000));
        let knowledge = devices.knowledge(noise);
        for it in estimate(Method::CalibratedPair, &plan, &rows, &knowledge, Some(&calibration)) {
            let (d, v, gain) = (it.delta_v, it.level, calibration.gain);
            let base = devices.at(Side::Base, v + d / 2.0).value();
            let left = devices.mismatch(v + d / 2.0) - (gain - 1.0) * base - calibration.offset;
            let bias = left / gain / d;
            let sd = noise.floor * (1.0 + gain.powi(-2)).sqrt() / d;
            let truth = devices.of(&it);
            let error = it.didv.unwrap().value - truth.slope() - d * d * truth.third() / 24.0;
            errors.push((error - bias) / sd);
            assert!(it.didv.unwrap().uncertainty > 0.9 * bias.abs());
        }
    }
    let n = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / n;
    let square = errors.iter().map(|it| it * it).sum::<f64>() / n;
    assert!(mean.abs() < 4.0 / n.sqrt() && (square - 1.0).abs() < 8.0 / (2.0 * n).sqrt());
}

#[test]
fn chopping_cancels_any_static_mismatch_to_rounding() {
    for method in [Method::ChoppedCentral, Method::ChoppedForward, Method::Abba] {
        let plan = plan(method, &levels(20), 0.05, "");
        for (seed, shape) in (0..PAIRS).zip(SHAPES.into_iter().cycle()) {
            let devices = Devices::drawn(shape, &mut seeded(seed));
            for it in changed(method, &plan, &devices, |_, _, current| current) {
                let low = if method == Method::ChoppedForward { 0.0 } else { -0.5 } * it.delta_v;
                let (low, high) = (it.level + low, it.level + low + it.delta_v);
                let difference = devices.mean(high).value() - devices.mean(low).value();
                let error = it.didv.unwrap().value - difference / it.delta_v;
                assert!(error.abs() < 1e-12, "{method} {shape:?} seed {seed}: {error}");
            }
        }
    }
}

#[test]
fn a_constant_mismatch_cancels_also_where_the_codes_of_the_two_sources_differ() {
    for method in
        [Method::ChoppedCentral, Method::ChoppedForward, Method::Abba, Method::SmallSignal]
    {
        let plan = plan_in(codes([1.0 / 8192.0, 1.0 / 100.0]), method, &levels(20), 0.05, "");
        let devices = Devices::drawn(Shape::Sinh, &mut seeded(7));
        let plain = slopes(&changed(method, &plan, &devices, |_, _, it| it));
        let offset = |_, side, it| if side == Side::Probe { it + 0.3 } else { it };
        let offset = slopes(&changed(method, &plan, &devices, offset));
        assert!(largest_difference(&plain, &offset) < 1e-11, "{method}");
    }
}

#[test]
fn slopes_use_the_codes_as_sent() {
    for method in OURS {
        // 30 mV are 3.84 codes of 1/128 V.
        let plan = plan_in(codes([1.0 / 128.0; 2]), method, &levels(30), 0.03, "");
        let rows: Vec<ShotReading> = plan.shots.iter().map(line).collect();
        let devices = Devices::drawn(Shape::Sinh, &mut seeded(0));
        let same = gradient::Calibration {
            mismatch: gradient::Mismatch {
                levels: vec![-1.2, -0.4, 0.4, 1.2],
                differences: vec![0.0; 4],
                uncertainties: vec![0.0; 4],
                made_at: 0,
            },
            gain: 1.0,
            offset: 0.0,
        };
        for it in estimate(method, &plan, &rows, &devices.knowledge(SILENT), Some(&same)) {
            assert!((it.didv.unwrap().value - 3.0).abs() < 1e-11, "{method}: {:?}", it.didv);
        }
    }
}

#[test]
fn the_order_of_the_shots_of_a_point_does_not_matter_to_the_slope() {
    for method in [Method::ChoppedForward, Method::ChoppedCentral, Method::Abba, Method::OwnDevice]
    {
        let mut plan = plan(method, &levels(10), 0.05, "");
        let devices = Devices::drawn(Shape::Fil, &mut seeded(5));
        let mut rows = devices.shoot(&plan.shots, &NOISE, &mut seeded(6));
        let knowledge = devices.knowledge(NOISE);
        let one = slopes(&estimate(method, &plan, &rows, &knowledge, None));
        for point in &plan.points {
            let first = point.places().next().unwrap();
            let last = point.places().last().unwrap();
            plan.shots.swap(first, last);
            rows.swap(first, last);
        }
        let other = slopes(&estimate(method, &plan, &rows, &knowledge, None));
        assert!(largest_difference(&one, &other) < 1e-11, "{method}");
    }
}

#[test]
fn repeats_are_averaged() {
    let devices = Devices::drawn(Shape::Sat, &mut seeded(5));
    let noise = Noise { common: 0.0, ..NOISE };
    let calibration = devices.calibrated(41, 1, &SILENT, &mut seeded(0));
    for method in OURS.into_iter().filter(|it| *it != Method::SmallSignal) {
        let once = plan(method, &[0.1], 0.05, "");
        let knowledge = devices.knowledge(noise);
        let rows = devices.shoot(&once.shots, &noise, &mut seeded(8));
        let again = devices.shoot(&once.shots, &noise, &mut seeded(9));
        let single = [&rows, &again]
            .map(|rows| estimate(method, &once, rows, &knowledge, Some(&calibration))[0]);
        let mut twice = once.clone();
        twice.shots.extend(once.shots.clone());
        twice.points[0].shots = (0..twice.shots.len() as u32).collect();
        let both = [rows, again].concat();
        let double = estimate(method, &twice, &both, &knowledge, Some(&calibration))[0];
        let mean = |of: fn(&Gradient) -> f64| 0.5 * (of(&single[0]) + of(&single[1]));
        let value = |it: &Gradient| it.didv.unwrap().value;
        assert!((value(&double) - mean(value)).abs() < 1e-11, "{method}");
        let current = |it: &Gradient| it.current.unwrap().value;
        assert!((current(&double) - mean(current)).abs() < 1e-12, "{method}");
        let shrinks = double.didv.unwrap().uncertainty / single[0].didv.unwrap().uncertainty;
        assert!(shrinks > 0.7 && shrinks < 1.0, "{method}: {shrinks}");
    }
}

#[test]
fn the_two_devices_are_told_apart() {
    let devices = Devices::drawn(Shape::Sinh, &mut seeded(2));
    for method in OURS {
        let plan = plan(method, &levels(20), 0.02, "");
        for it in changed(method, &plan, &devices, |_, _, current| current) {
            let truth = devices.of(&it).value();
            let bound = 1.01 * it.current.unwrap().uncertainty + 1e-4;
            let error = it.current.unwrap().value - truth;
            assert!(error.abs() <= bound, "{method} at {}: {error} of {bound}", it.level);
            let base = [Method::Forward, Method::CalibratedPair, Method::OwnDevice];
            assert_eq!(it.device == Device::Base, base.contains(&method));
        }
    }
}
