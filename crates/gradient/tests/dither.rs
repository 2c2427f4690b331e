//! The dither of the small-signal estimator, of many samples and of few.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use gradient::{Method, Shot, ShotReading};

use crate::devices::{Devices, SILENT, Shape, estimate, line, plan, reading, seeded};

#[path = "common/devices.rs"]
mod devices;

#[test]
fn a_dither_of_eight_samples_leaks_no_curvature_into_current_or_slope() {
    let plan = plan(Method::SmallSignal, &[0.3], 0.1, "[dither]\nsamples = 8\nperiods = 2");
    let parabola = |level: f64| reading(level, 2.0 + level + 5.0 * (level - 0.3).powi(2));
    let row = |shot: &Shot| ShotReading {
        base: parabola(shot.base),
        probe: shot.probe.map(parabola),
        skew: None,
    };
    let rows: Vec<_> = plan.shots.iter().map(row).collect();
    let devices = Devices::drawn(Shape::Sinh, &mut seeded(0));
    let found = estimate(Method::SmallSignal, &plan, &rows, &devices.knowledge(SILENT), None)[0];
    let at = plan.points[0].level;
    assert!((found.didv.unwrap().value - (1.0 + 10.0 * (at - 0.3))).abs() < 1e-11);
    let truth = 2.0 + at + 5.0 * (at - 0.3).powi(2);
    assert!((found.current.unwrap().value - truth).abs() < 1e-12);
}

#[test]
fn one_period_and_one_sample_each_way_still_make_a_slope() {
    for dither in
        ["samples = 2\nperiods = 1", "samples = 3\nperiods = 1", "samples = 4\nperiods = 1"]
    {
        let plan = plan(Method::SmallSignal, &[0.3], 0.1, &format!("[dither]\n{dither}"));
        let rows: Vec<_> = plan.shots.iter().map(line).collect();
        let devices = Devices::drawn(Shape::Sinh, &mut seeded(0));
        let knowledge = devices.knowledge(SILENT);
        let found = estimate(Method::SmallSignal, &plan, &rows, &knowledge, None)[0];
        assert!((found.didv.unwrap().value - 3.0).abs() < 1e-11, "{dither}");
        assert!((found.current.unwrap().value - (3.0 * found.level + 0.1)).abs() < 1e-11);
    }
}
