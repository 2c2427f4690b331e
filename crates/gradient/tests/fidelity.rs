//! Figures and gradients against closed forms.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use gradient::fidelity::{Fidelity, FidelityError, MeanSd, Summary, compare, numerical_gradient};
use proptest::{collection::vec, prelude::*};

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

fn all(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

#[test]
fn an_offset_has_these_figures() {
    let found = compare(&all(&[1.5, 2.5, 3.5, 4.5]), &[1.0, 2.0, 3.0, 4.0]).unwrap();
    assert_eq!((found.points, found.absent), (4, 0));
    close(found.rmse_siemens, 0.5);
    close(found.rmse_over_range, 0.5 / 3.0);
    close(found.rmse_over_mean_abs, 0.2);
    close(found.rmse_over_rms, 0.5 / 7.5_f64.sqrt());
    close(found.rmse_over_max, 0.125);
    close(found.r2_determination, 0.8);
    close(found.r2_correlation, 1.0);
    close(found.sign_agreement, 1.0);
}

#[test]
fn a_gain_leaves_the_correlation_and_spoils_the_determination() {
    let found = compare(&all(&[-4.0, 2.0, 6.0]), &[-2.0, 1.0, 3.0]).unwrap();
    close(found.rmse_siemens, (14.0_f64 / 3.0).sqrt());
    close(found.rmse_over_mean_abs, (14.0_f64 / 3.0).sqrt() / 2.0);
    close(found.rmse_over_max, (14.0_f64 / 3.0).sqrt() / 3.0);
    close(found.r2_determination, 1.0 - 14.0 / (38.0 / 3.0));
    close(found.r2_correlation, 1.0);
}

#[test]
fn a_wrong_sign_correlates_and_disagrees() {
    let found = compare(&all(&[2.0, -1.0, -3.0]), &[-2.0, 1.0, 3.0]).unwrap();
    close(found.r2_correlation, 1.0);
    close(found.sign_agreement, 0.0);
    assert!(found.r2_determination < 0.0);
}

#[test]
fn points_without_a_slope_are_counted_and_change_no_figure() {
    let whole = compare(&all(&[1.5, 2.5, 4.5]), &[1.0, 2.0, 4.0]).unwrap();
    let gaps = [Some(1.5), None, Some(2.5), None, Some(4.5)];
    let found = compare(&gaps, &[1.0, 77.0, 2.0, -77.0, 4.0]).unwrap();
    assert_eq!(found, Fidelity { absent: 2, ..whole });
}

#[test]
fn constant_measured_slopes_explain_nothing() {
    let found = compare(&all(&[2.0, 2.0, 2.0]), &[1.0, 2.0, 3.0]).unwrap();
    assert_eq!(found.r2_correlation, 0.0);
    close(found.r2_determination, 0.0);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let few = FidelityError::TooFewPoints { least: 2, found: 1 };
    assert_eq!(compare(&[Some(1.0), None], &[1.0, 2.0]), Err(few));
    let lengths = FidelityError::Lengths { one: 1, other: 2 };
    assert_eq!(compare(&[Some(1.0)], &[1.0, 2.0]), Err(lengths));
    assert_eq!(compare(&all(&[1.0, 2.0]), &[3.0, 3.0]), Err(FidelityError::Constant));
    let not = |position| Err(FidelityError::NotANumber { position });
    assert_eq!(compare(&all(&[1.0, f64::NAN]), &[1.0, 2.0]), not(1));
    assert_eq!(compare(&all(&[1.0, 2.0]), &[f64::INFINITY, 2.0]), not(0));
}

#[test]
fn what_has_no_gradient_is_refused() {
    let levels = [0.0, 0.1, 0.2, 0.3, 0.4];
    let few = FidelityError::TooFewPoints { least: 5, found: 4 };
    assert_eq!(numerical_gradient(&levels[..4], &[0.0; 4]), Err(few));
    let lengths = FidelityError::Lengths { one: 5, other: 4 };
    assert_eq!(numerical_gradient(&levels, &[0.0; 4]), Err(lengths));
    for (at, level) in [(2, 0.1), (3, 0.15), (4, -1.0)] {
        let mut turned = levels;
        turned[at] = level;
        let found = numerical_gradient(&turned, &[0.0; 5]);
        assert_eq!(found, Err(FidelityError::NotASweep { position: at }));
    }
    let not = |position| Err(FidelityError::NotANumber { position });
    assert_eq!(numerical_gradient(&[0.4, 0.3, f64::NAN, 0.1, 0.0], &[0.0; 5]), not(2));
    assert_eq!(numerical_gradient(&levels, &[0.0, f64::NAN, 0.0, 0.0, 0.0]), not(1));
}

#[test]
fn the_slope_of_a_cubic_is_off_by_the_truncation_error() {
    let h = 0.05;
    let levels: Vec<f64> = (-10..=10).map(|it| h * f64::from(it)).collect();
    let currents: Vec<_> = levels.iter().map(|it| it.powi(3)).collect();
    let found = numerical_gradient(&levels, &currents).unwrap();
    // h²·I‴·(3m²+3m−1)/30 with I‴ = 6 and m = 2.
    for (level, slope) in levels.iter().zip(&found).skip(2).take(17) {
        close(slope - 3.0 * level * level, h * h * 6.0 * 17.0 / 30.0);
    }
}

#[test]
fn the_mean_and_deviation_of_figures_are_those_of_their_values() {
    let found = MeanSd::of(&[1.0, 2.0, 6.0]);
    close(found.mean, 3.0);
    close(found.sd.unwrap(), 7.0_f64.sqrt());
    assert_eq!(MeanSd::of(&[2.0]), MeanSd { mean: 2.0, sd: None });

    let one = compare(&all(&[1.5, 2.5, 3.5]), &[1.0, 2.0, 3.0]).unwrap();
    let other = compare(&all(&[2.5, 3.5, 4.5]), &[1.0, 2.0, 3.0]).unwrap();
    let summary = Summary::of(&[one, other]);
    close(summary.rmse_siemens.mean, 1.0);
    close(summary.rmse_over_range.mean, 0.5);
    close(summary.rmse_siemens.sd.unwrap(), 0.5_f64.sqrt());
    close(summary.r2_correlation.mean, 1.0);
    assert_eq!(Summary::of(&[one]).sign_agreement, MeanSd { mean: 1.0, sd: None });
}

proptest! {
    /// Popoviciu: no numbers vary by more than a quarter of their range squared.
    #[test]
    fn the_determination_is_bounded_by_the_error_over_the_range(
        points in vec((-10.0..10.0_f64, -10.0..10.0_f64), 2..40),
    ) {
        let (measured, reference): (Vec<_>, Vec<_>) = points.into_iter().unzip();
        if let Ok(found) = compare(&all(&measured), &reference) {
            let most = 1.0 - 4.0 * found.rmse_over_range.powi(2);
            let rounding = 1e-9 * found.r2_determination.abs().max(1.0);
            prop_assert!(found.r2_determination <= most + rounding);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&found.r2_correlation));
            prop_assert!(found.r2_determination <= found.r2_correlation + 1e-9);
            prop_assert!(found.rmse_over_rms <= found.rmse_over_mean_abs * (1.0 + 1e-12));
            prop_assert!(found.rmse_over_max <= found.rmse_over_rms * (1.0 + 1e-12));
        }
    }

    #[test]
    fn the_gradient_of_a_parabola_is_exact_at_every_level(
        steps in vec(1e-3..1.0_f64, 4..30),
        start in -2.0..2.0_f64,
        falls: bool,
        (a, b, c) in (-1.0..1.0_f64, -1.0..1.0_f64, -1.0..1.0_f64),
    ) {
        let mut level = start;
        let mut levels = vec![level];
        for step in steps {
            level += step;
            levels.push(level);
        }
        if falls {
            levels.reverse();
        }
        let currents: Vec<_> = levels.iter().map(|it| a + b * it + c * it * it).collect();
        let found = numerical_gradient(&levels, &currents).unwrap();
        prop_assert_eq!(found.len(), levels.len());
        // Rounding of currents of about 1e3 over steps of 1e-3.
        for (level, slope) in levels.iter().zip(found) {
            prop_assert!((slope - (b + 2.0 * c * level)).abs() < 1e-6, "{} at {}", slope, level);
        }
    }

    #[test]
    fn the_gradient_does_not_depend_on_the_units(exponent in -12..3_i32) {
        let unit = 10_f64.powi(exponent);
        let levels: Vec<f64> = (0..20).map(|it| 0.05 * f64::from(it)).collect();
        let currents: Vec<_> = levels.iter().map(|it| it.sinh()).collect();
        let scaled: Vec<_> = currents.iter().map(|it| it * unit).collect();
        let plain = numerical_gradient(&levels, &currents).unwrap();
        for (one, other) in plain.iter().zip(numerical_gradient(&levels, &scaled).unwrap()) {
            prop_assert!((one * unit - other).abs() <= 1e-9 * one * unit);
        }
    }
}
