use serde::Serialize;

use super::{Summary, two_sided_p};

/// The corrected resampled t-test (Nadeau and Bengio, Machine Learning 52, 239, 2003): is the mean
/// of the differences between two methods, over many splits of the same rows, different from zero?
///
/// t = d̄ / √((1/n + n_test/n_train) s²), with n − 1 degrees of freedom. The second summand is for
/// the rows that the splits share: without it, repeats would be counted as if each brought fresh
/// data, and any difference would become significant by repeating. For r repeats of k folds, n is
/// r·k and n_test/n_train is 1/(k − 1) (Bouckaert and Frank, PAKDD 2004).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ResampledT {
    /// Splits.
    pub n: usize,
    /// The mean of the differences, in their unit.
    pub mean: f64,
    /// The standard error that the test uses, in their unit.
    pub standard_error: f64,
    /// `mean` over `standard_error`.
    pub t: f64,
    /// Two-sided, with n − 1 degrees of freedom.
    pub p: f64,
}

impl ResampledT {
    /// Of the differences, one a split, and the rows tested over the rows trained on.
    ///
    /// `None` where the test cannot be made: fewer than two differences, or no scatter among them.
    pub fn of(differences: &[f64], test_over_train: f64) -> Option<ResampledT> {
        let Summary { n, mean, sd, min, max } = Summary::of(differences)?;
        // The deviation of equal values is not zero to the last bit.
        let sd = sd.filter(|sd| min < max && *sd > 0.0)?;
        let standard_error = ((1.0 / n as f64 + test_over_train) * sd * sd).sqrt();
        let t = mean / standard_error;
        Some(ResampledT { n, mean, standard_error, t, p: two_sided_p(t, (n - 1) as f64) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The user guide of scikit-learn compares two support vector machines by ten repeats of
    /// ten folds: corrected t 0.750, right-tailed p 0.227; uncorrected t 2.611.
    #[test]
    fn the_published_example_of_ten_times_ten_folds_is_reproduced() {
        // 100 differences whose uncorrected t is 2.611: 50 pairs about the mean.
        let spread = (99.0_f64 / 100.0).sqrt();
        let mean = 2.611 / 10.0;
        let differences: Vec<_> =
            (0..100).map(|it| mean + if it % 2 == 0 { spread } else { -spread }).collect();
        let plain = ResampledT::of(&differences, 0.0).unwrap();
        assert!((plain.t - 2.611).abs() < 1e-9);
        assert!((plain.p / 2.0 - 0.005).abs() < 5e-4);
        let corrected = ResampledT::of(&differences, 1.0 / 9.0).unwrap();
        assert!((corrected.t - 0.750).abs() < 5e-4);
        assert!((corrected.p / 2.0 - 0.227).abs() < 5e-4);
    }

    /// References by the formula with another implementation of the distribution (SciPy 1.17).
    #[test]
    fn two_repeats_of_five_folds_agree_with_the_formula_by_hand() {
        let differences = [0.02, -0.01, 0.03, 0.00, 0.04, 0.01, 0.02, -0.02, 0.05, 0.01];
        let found = ResampledT::of(&differences, 0.25).unwrap();
        assert_eq!(found.n, 10);
        assert!((found.mean - 0.015).abs() < 1e-15);
        assert!((found.t - 1.166_766_702_393_896).abs() < 1e-12);
        assert!((found.p - 0.273_288_726_035_663_73).abs() < 1e-12);
    }

    #[test]
    fn more_repeats_of_the_same_scatter_do_not_make_a_difference_certain() {
        let of = |repeats: usize| {
            let five = [0.03, -0.01, 0.02, 0.00, 0.01];
            ResampledT::of(&five.repeat(repeats), 0.25).unwrap()
        };
        assert!(of(200).p > 0.15, "{:?}", of(200));
        assert!(of(200).t < 2.0 * of(1).t);
    }

    #[test]
    fn without_scatter_or_with_one_split_there_is_no_test() {
        assert_eq!(ResampledT::of(&[0.1], 0.25), None);
        assert_eq!(ResampledT::of(&[], 0.25), None);
        assert_eq!(ResampledT::of(&[0.1; 7], 0.25), None);
    }
}
