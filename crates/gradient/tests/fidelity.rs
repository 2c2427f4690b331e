//! Figures and gradients against closed forms.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use gradient::{
    Uncertain,
    fidelity::{
        Convention, Coverage, Fidelity, FidelityError, LocalPolynomial, MeanSd, Spread, Summary,
        compare, numerical_gradient,
    },
};
use proptest::{collection::vec, prelude::*};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

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

#[test]
fn a_local_cubic_is_exact_on_a_cubic_also_where_levels_are_unequal() {
    let curve = |v: f64| 1.0 + 2.0 * v - 3.0 * v * v + 4.0 * v * v * v;
    let slope = |v: f64| 2.0 - 6.0 * v + 12.0 * v * v;
    let levels: Vec<f64> = (0..60).map(|it| (f64::from(it) / 30.0 - 1.0).powi(3)).collect();
    let currents: Vec<f64> = levels.iter().map(|it| curve(*it)).collect();
    let fit = LocalPolynomial { half_width: 0.6, degree: 3 };
    for (it, at) in
        fit.slopes(&levels, &currents, &[-0.9, 0.0, 0.4]).unwrap().iter().zip([-0.9, 0.0, 0.4])
    {
        assert!((it.value - slope(at)).abs() < 1e-9, "{} and {}", it.value, slope(at));
        assert!(it.noise < 1e-9 && it.truncation_squared.abs() < 1e-12);
    }
}

/// Savitzky and Golay's parabola: noise sigma*sqrt(3/(h²m(m+1)(2m+1))), truncation
/// h²·I‴·(3m²+3m−1)/30.
#[test]
fn noise_and_stiffness_of_a_local_parabola_are_those_of_savitzky_and_golay() {
    let (h, m, third) = (0.01, 10.0, 60.0);
    let levels: Vec<f64> = (-100..=100).map(|it| h * f64::from(it)).collect();
    let fit = LocalPolynomial { half_width: h * m, degree: 2 };
    let smooth: Vec<f64> = levels.iter().map(|it| third / 6.0 * it.powi(3)).collect();
    let found = fit.slopes(&levels, &smooth, &[0.0]).unwrap()[0];
    let truncation = h * h * third * (3.0 * m * m + 3.0 * m - 1.0) / 30.0;
    assert!((found.value - truncation).abs() < 1e-9, "{} and {truncation}", found.value);

    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let (sigma, mut noise, mut scatter, n) = (0.02, 0.0, 0.0, 400);
    for _ in 0..n {
        let currents: Vec<f64> = levels
            .iter()
            .map(|_| -> f64 {
                let it: f64 = StandardNormal.sample(&mut rng);
                sigma * it
            })
            .collect();
        let found = fit.slopes(&levels, &currents, &[0.0]).unwrap()[0];
        noise += found.noise.powi(2) / f64::from(n);
        scatter += found.value.powi(2) / f64::from(n);
    }
    let expected = sigma * (3.0 / (h * h * m * (m + 1.0) * (2.0 * m + 1.0))).sqrt();
    assert!((noise.sqrt() / expected - 1.0).abs() < 0.05, "{} and {expected}", noise.sqrt());
    assert!((scatter.sqrt() / expected - 1.0).abs() < 0.15, "{} and {expected}", scatter.sqrt());
}

#[test]
fn a_fit_that_reaches_too_few_points_is_refused() {
    let levels: Vec<f64> = (0..50).map(|it| f64::from(it) * 0.1).collect();
    let fit = LocalPolynomial { half_width: 0.3, degree: 3 };
    let error = fit.slopes(&levels, &levels, &[0.0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the local fit at 0 V reaches 4 points within 0.3 V, and needs 7: choose a larger half_width, or more points"
    );
}

/// RMSE ρ times X leaves 1 − (ρ·X/sd)², whatever the slopes: an RMSE and a determination of the same
/// points tell the spread.
#[test]
fn a_convention_ties_rmse_and_determination_together() {
    let reference: Vec<f64> = (0..50).map(|it| 1.0 + (f64::from(it) / 7.0).powi(2)).collect();
    let measured: Vec<f64> = reference
        .iter()
        .enumerate()
        .map(|(at, it)| it + if at % 2 == 0 { 0.9 } else { -1.1 })
        .collect();
    let found = compare(&all(&measured), &reference).unwrap();
    let spread = Spread::of(&reference).unwrap();
    for (convention, rmse) in [
        (Convention::Range, found.rmse_over_range),
        (Convention::MeanAbs, found.rmse_over_mean_abs),
        (Convention::Rms, found.rmse_over_rms),
        (Convention::Max, found.rmse_over_max),
    ] {
        close(spread.determination(convention, rmse), found.r2_determination);
        close(spread.rmse(convention, found.r2_determination), rmse);
    }
}

#[test]
fn the_papers_pair_of_figures_is_impossible_over_range_and_possible_over_the_mean() {
    let needed = Convention::needed(0.0838, 0.98);
    assert!((needed - 0.5926).abs() < 1e-4, "{needed}");
    let possible = |it: &Convention| needed <= it.most();
    assert_eq!(Convention::ALL.map(|it| possible(&it)), [false, true, true, false]);
    // The most that any set of numbers is spread: half at either end.
    let widest = Spread::of(&[1.0, 1.0, 2.0, 2.0]).unwrap();
    close(widest.sd_over_range, 0.5);
    close(widest.determination(Convention::Range, 0.0838), 1.0 - 4.0 * 0.0838_f64.powi(2));
}

#[test]
fn coverage_counts_the_slopes_within_what_they_state() {
    let slope = |value: f64, uncertainty: f64| Some(Uncertain { value, uncertainty });
    let measured = [slope(1.0, 0.5), None, slope(2.0, 0.5), slope(3.0, 2.0)];
    let found = Coverage::of(&measured, &[1.4, 9.0, 2.6, 1.5]).unwrap();
    assert_eq!(found.slopes, 3);
    close(found.share_within_one_uncertainty, 2.0 / 3.0);
    close(found.mean_uncertainty_siemens, 1.0);
    let few = FidelityError::TooFewPoints { least: 1, found: 0 };
    assert_eq!(Coverage::of(&[None], &[1.0]), Err(few));
}
