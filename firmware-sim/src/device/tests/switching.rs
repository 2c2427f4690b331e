//! The smooth switch against its closed form.

use super::*;

const FULL_SCALE: f64 = 60e-6;

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn steady(volts: f64) -> f64 {
    logistic((volts - 0.38) / 0.07) + 0.65 * logistic((-0.55 - volts) / 0.07)
}

/// The current in state `w`, in shares of the full scale.
fn documented(volts: f64, w: f64) -> f64 {
    let g = |w: f64| (0.06 + 0.94 * w) / (1.0 + 0.25 * (0.06 + 0.94 * w));
    volts * g(w) / g(steady(1.0))
}

fn device(keys: &str) -> Terminals {
    on(&written(&format!("device = {{ preset = \"switching\"{keys} }}")))
}

#[test]
fn the_steady_current_is_the_documented_shape() {
    let mut device = device("");
    for level in [-1.3, -0.6, -0.2, 0.0, 0.1, 0.38, 0.5, 1.0] {
        let amperes = held(&mut device, level, 1.0).amperes;
        let expected = FULL_SCALE * documented(level, steady(level));
        assert!((amperes - expected).abs() < 1e-15, "{level} V: {amperes} {expected}");
    }
    assert!((held(&mut device, 1.0, 1.0).amperes - FULL_SCALE).abs() < 1e-15);
}

#[test]
fn the_steady_slope_has_a_dead_zone_and_is_nowhere_zero() {
    let mut device = device("");
    let at: Vec<f64> = (-1301..=1301)
        .map(|it| held(&mut device, 1e-3 * f64::from(it), 1.0).amperes / FULL_SCALE)
        .collect();
    let slopes: Vec<f64> = at.windows(3).map(|it| (it[2] - it[0]) / 2e-3).collect();
    let at_zero = slopes[1300];
    let inside = &slopes[300..=2300];
    let least = inside.iter().copied().fold(f64::INFINITY, f64::min);
    let most = inside.iter().copied().fold(0.0, f64::max);
    assert!((at_zero - 0.08).abs() < 0.005, "{at_zero}");
    assert!((least - 0.076).abs() < 0.005 && (most - 1.91).abs() < 0.02, "{least} {most}");
    assert!(slopes.iter().all(|it| *it > 0.0));
}

#[test]
fn wherever_the_thresholds_are_the_steady_current_rises() {
    for (positive, negative) in [(0.1, -0.1), (0.1, -2.0), (0.9, -0.1), (2.0, -0.3)] {
        let keys = format!(", threshold = \"{positive} V\", negative_threshold = \"{negative} V\"");
        let mut device = device(&keys);
        let currents: Vec<f64> =
            (-1300..=1300).map(|it| held(&mut device, 2e-3 * f64::from(it), 1.0).amperes).collect();
        assert!(currents.windows(2).all(|it| it[1] > it[0]), "{keys}");
        let at_one = held(&mut device, 1.0, 1.0).amperes;
        assert!((at_one - FULL_SCALE).abs() < 1e-15, "{keys}: {at_one}");
    }
}

#[test]
fn the_state_keeps_its_share_from_reading_to_reading() {
    // A reading every 10 ms keeps 30 % with a time constant of 10 ms / ln(1/0.3).
    let time_constant = 10e-3 / (1.0f64 / 0.3).ln();
    let mut device = device(&format!(", relaxation = \"{time_constant} s\""));
    let mut w = steady(0.0);
    for level in [0.9, 0.2, -0.8, 0.4, 0.6, -0.5, 0.1] {
        let amperes = held(&mut device, level, 10e-3).amperes;
        w = steady(level) + 0.3 * (w - steady(level));
        let expected = FULL_SCALE * documented(level, w);
        assert!((amperes - expected).abs() < 1e-15, "{level} V: {amperes} {expected}");
    }
}

#[test]
fn at_a_microsecond_a_reading_knows_no_past() {
    let mut device = device(", relaxation = \"1 us\"");
    device.settling(14.5e-6);
    for level in [0.9, 0.2, -0.8, 0.4, 0.35, -0.5, 0.1] {
        let amperes = held(&mut device, level, 1e-3).amperes;
        let expected = FULL_SCALE * documented(level, steady(level));
        assert!((amperes - expected).abs() < 1e-12, "{level} V: {amperes} {expected}");
    }
}
