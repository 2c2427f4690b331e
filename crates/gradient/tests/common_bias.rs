//! What a calibration at common bias learns of two devices.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use gradient::{Calibration, Noise, Purpose, Shot, ShotReading};

use crate::devices::{Devices, NOISE, SHAPES, SILENT, Shape, reading, seeded};

#[path = "common/devices.rs"]
mod devices;

fn shots(levels: &[f64]) -> Vec<Shot> {
    let at = |&level| Shot { base: level, probe: Some(level), purpose: Purpose::Calibration };
    levels.iter().map(at).collect()
}

/// A base of 2 S whose probe has 5 % more gain and 10 mA more.
fn row(shot: &Shot) -> ShotReading {
    let base = 2.0 * shot.base;
    let probe = shot.probe.map(|level| reading(level, 1.05 * base + 0.01));
    ShotReading { base: reading(shot.base, base), probe, skew: None }
}

fn learn(shots: &[Shot], rows: &[ShotReading]) -> Option<Calibration> {
    Calibration::learn(shots, rows, &NOISE, 7)
}

#[test]
fn gain_and_offset_of_a_straight_line_are_found() {
    let shots = shots(&[-1.0, -0.5, 0.0, 0.5, 1.0]);
    let rows: Vec<_> = shots.iter().map(row).collect();
    let found = learn(&shots, &rows).unwrap();
    assert!((found.gain - 1.05).abs() < 1e-12 && (found.offset - 0.01).abs() < 1e-12);
    assert_eq!(found.mismatch.made_at, 7);
    assert_eq!(found.mismatch.levels, [-1.0, -0.5, 0.0, 0.5, 1.0]);
    for (level, difference) in found.mismatch.levels.iter().zip(&found.mismatch.differences) {
        assert!((difference - (0.1 * level + 0.01)).abs() < 1e-12);
    }
}

#[test]
fn order_and_repeats_and_other_shots_do_not_matter() {
    let up = shots(&[-1.0, -0.5, 0.0, 0.5, 1.0]);
    let mut shuffled = shots(&[0.5, -1.0, 1.0, 0.0, -0.5, 0.5, 1.0]);
    shuffled.push(Shot { purpose: Purpose::Rest, ..shuffled[0] });
    let mut rows: Vec<_> = shuffled.iter().map(row).collect();
    rows.last_mut().unwrap().base.current = Some(1e3);
    let (one, other) = (
        learn(&up, &up.iter().map(row).collect::<Vec<_>>()).unwrap(),
        learn(&shuffled, &rows).unwrap(),
    );
    assert!((one.gain - other.gain).abs() < 1e-12);
    assert_eq!(one.mismatch.levels, other.mismatch.levels);
    assert!(one.mismatch.uncertainties[4] > other.mismatch.uncertainties[4]);
}

#[test]
fn readings_that_were_limited_do_not_count_and_too_few_levels_teach_nothing() {
    let shots = shots(&[-1.0, -0.5, 0.0, 0.5, 1.0]);
    let mut rows: Vec<_> = shots.iter().map(row).collect();
    rows[4].probe.as_mut().unwrap().in_compliance = true;
    rows[4].probe.as_mut().unwrap().current = Some(1e3);
    let found = learn(&shots, &rows).unwrap();
    assert_eq!(found.mismatch.levels, [-1.0, -0.5, 0.0, 0.5]);
    assert!((found.gain - 1.05).abs() < 1e-12);
    rows[3].base.current = None;
    assert_eq!(learn(&shots, &rows), None);
    assert_eq!(learn(&[], &[]), None);
}

#[test]
fn two_devices_that_conduct_nothing_have_no_gain() {
    let shots = shots(&[-1.0, -0.5, 0.0, 0.5, 1.0]);
    let at = |level| reading(level, 0.0);
    let dead =
        |shot: &Shot| ShotReading { base: at(shot.base), probe: shot.probe.map(at), skew: None };
    assert_eq!(learn(&shots, &shots.iter().map(dead).collect::<Vec<_>>()), None);
}

/// Errors of 100 calibrations over the noise of one level, in squares: as learnt, and in units of
/// what it says itself.
fn errors(shape: Shape, levels: i32, noise: Noise) -> (f64, f64) {
    let (mut learnt, mut stated, mut count) = (0.0, 0.0, 0.0);
    for seed in 0..100 {
        let mut rng = seeded(seed);
        let devices = Devices::drawn(shape, &mut rng);
        let found = devices.calibrated(levels, 2, &noise, &mut rng).mismatch;
        let values = found.differences.iter().zip(&found.uncertainties);
        for (level, (difference, u)) in found.levels.iter().zip(values) {
            let error = difference - devices.mismatch(*level);
            // Of two passes the mean, of two devices the difference.
            learnt += (error / noise.floor).powi(2);
            stated += (error / u).powi(2);
            count += 1.0;
        }
    }
    (learnt / count, stated / count)
}

#[test]
fn smoothing_lowers_the_error_where_the_mismatch_is_smooth_and_nowhere_raises_it() {
    for shape in SHAPES {
        for (levels, most) in [(21, 0.95), (41, 0.75), (81, 0.5)] {
            let (learnt, stated) = errors(shape, levels, Noise { common: 0.0, ..NOISE });
            assert!(learnt < most, "{shape:?} {levels} levels: {learnt}");
            assert!((0.8..1.3).contains(&stated), "{shape:?} {levels} levels: {stated}");
        }
    }
}

#[test]
fn the_curve_between_the_levels_is_followed_closely() {
    // Between the levels of a noiseless calibration a baseline-subtracted slope is a central one.
    let devices = Devices::drawn(Shape::Sinh, &mut seeded(1));
    let plan = devices::plan(gradient::Method::BaselineSubtracted, &devices::levels(37), 0.1, "");
    let rows = devices.shoot(&plan.shots, &SILENT, &mut seeded(0));
    let calibration = devices.calibrated(41, 1, &SILENT, &mut seeded(0));
    let knowledge = devices.knowledge(SILENT);
    let method = gradient::Method::BaselineSubtracted;
    for it in devices::estimate(method, &plan, &rows, &knowledge, Some(&calibration)) {
        let (low, high) = (it.level - it.delta_v / 2.0, it.level + it.delta_v / 2.0);
        let central = (devices.mean(high).value() - devices.mean(low).value()) / it.delta_v;
        assert!((it.didv.unwrap().value - central).abs() < 1e-3, "{}", it.level);
    }
}
