use serde::Serialize;
use statrs::function::{beta::beta_reg, erf::erfc, factorial::ln_binomial};

/// Above so many discordant rows the exact sum has nothing to add: the two forms differ by less
/// than one hundredth of the p-value where it matters.
const MOST_EXACT: usize = 1000;

/// McNemar's test (Psychometrika 12, 153, 1947): do two methods err on the same rows equally often?
///
/// Only the rows count on which one method is right and the other wrong: if neither is better,
/// either is as likely. The rows must be different ones: two repeats of a cross-validation predict
/// every row twice, and are not to be pooled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct McNemar {
    /// Rows that only the first method got right.
    pub only_first: usize,
    /// Rows that only the second got right.
    pub only_second: usize,
    /// How `p` was made.
    pub form: Form,
    /// Two-sided.
    pub p: f64,
    /// As `p` of the exact form, with half the probability of what was found: less cautious, and
    /// seldom above its level (Fagerland, Lydersen and Laake, BMC Med. Res. Methodol. 13:91, 2013).
    /// For information: verdicts use `p`, whose level is never exceeded. Absent in the other form.
    pub mid_p: Option<f64>,
}

/// How a p-value of McNemar's test is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Twice the smaller tail of the binomial distribution with probability 1/2: up to 1000
    /// discordant rows.
    Exact,
    /// (|b − c| − 1)²/(b + c) by the χ² distribution with one degree of freedom (Edwards,
    /// Psychometrika 13, 185, 1948): above.
    ContinuityCorrected,
}

impl McNemar {
    /// Of the numbers of rows that only one of the two got right.
    pub fn of_counts(only_first: usize, only_second: usize) -> McNemar {
        let discordant = only_first + only_second;
        let (form, p, mid_p) = if discordant <= MOST_EXACT {
            let (p, mid_p) = exact(only_first.min(only_second), discordant);
            (Form::Exact, p, Some(mid_p))
        } else {
            (Form::ContinuityCorrected, continuity_corrected(only_first, only_second), None)
        };
        McNemar { only_first, only_second, form, p, mid_p }
    }

    /// Of what two methods made of the same rows: whether each was right, row by row.
    pub fn of_rows(rows: impl IntoIterator<Item = (bool, bool)>) -> McNemar {
        let (mut only_first, mut only_second) = (0, 0);
        for (first, second) in rows {
            only_first += usize::from(first && !second);
            only_second += usize::from(second && !first);
        }
        McNemar::of_counts(only_first, only_second)
    }

    /// Rows on which one was right and the other wrong.
    pub fn discordant(&self) -> usize {
        self.only_first + self.only_second
    }

    /// The least p that so many rows can give: all of them discordant, and all the same way.
    pub fn least_p(rows: usize) -> f64 {
        McNemar::of_counts(rows, 0).p
    }
}

/// The exact p and its mid-p, of the rarer of two kinds among the discordant rows.
fn exact(rarer: usize, discordant: usize) -> (f64, f64) {
    let (k, n) = (rarer as f64, discordant as f64);
    let of_found =
        (ln_binomial(discordant as u64, rarer as u64) - n * std::f64::consts::LN_2).exp();
    if 2 * rarer == discordant {
        return (1.0, 1.0 - 0.5 * of_found);
    }
    // P(X ≤ k) = I_½(n − k, k + 1).
    let p = (2.0 * beta_reg(n - k, k + 1.0, 0.5)).min(1.0);
    (p, p - of_found)
}

fn continuity_corrected(only_first: usize, only_second: usize) -> f64 {
    let difference = only_first.abs_diff(only_second) as f64;
    let discordant = (only_first + only_second) as f64;
    let chi = (difference - 1.0).max(0.0) / discordant.sqrt();
    erfc(chi / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, exact: f64, what: &str) {
        assert!((found - exact).abs() <= 1e-10 * exact, "{what}: {found} against {exact}");
    }

    /// Fagerland, Lydersen and Laake 2013, table 1 (Bentur et al.): of 21 children, 1 lost and 7
    /// gained the condition. Exact p 0.0703, mid-p 0.0391.
    #[test]
    fn the_published_example_of_stem_cell_transplantation_is_reproduced() {
        let found = McNemar::of_counts(1, 7);
        assert_eq!((found.discordant(), found.form), (8, Form::Exact));
        close(found.p, 18.0 / 256.0, "exact");
        close(found.mid_p.unwrap(), 10.0 / 256.0, "mid-p");
        assert_eq!(McNemar::of_counts(7, 1).p, found.p);
    }

    /// References from another implementation of the binomial distribution (SciPy 1.17).
    #[test]
    fn exact_and_mid_p_agree_with_references() {
        for (b, c, p, mid_p) in [
            (6, 16, 0.052_478_790_283_203_125, 0.034_689_664_840_698_24),
            (2, 9, 0.065_429_687_5, 0.038_574_218_75),
            (12, 30, 0.007_915_897_334_896_727, 0.005_401_572_654_591_29),
            (400, 501, 8.541_955_361_977_202e-4, 7.622_534_311_579_731e-4),
        ] {
            let found = McNemar::of_counts(b, c);
            close(found.p, p, "exact");
            close(found.mid_p.unwrap(), mid_p, "mid-p");
        }
    }

    #[test]
    fn many_discordant_rows_take_the_continuity_corrected_form_close_to_the_exact() {
        for (b, c, corrected, exact) in [
            (480, 560, 0.014_298_083_798_964_153, 0.014_259_079_095_385_853),
            (2400, 2100, 8.302_596_022_757_476e-6, 8.242_415_506_022_7e-6),
            (4900, 5200, 0.002_928_346_229_962_802, 0.002_926_506_228_023_293),
        ] {
            let found = McNemar::of_counts(b, c);
            assert_eq!((found.form, found.mid_p), (Form::ContinuityCorrected, None));
            close(found.p, corrected, "corrected");
            assert!((found.p - exact).abs() < 0.01 * exact);
        }
    }

    #[test]
    fn without_a_difference_p_is_one() {
        assert_eq!(McNemar::of_counts(0, 0).p, 1.0);
        let even = McNemar::of_counts(5, 5);
        assert_eq!(even.p, 1.0);
        // 1 − ½ · C(10, 5)/2¹⁰.
        close(even.mid_p.unwrap(), 1.0 - 0.5 * 252.0 / 1024.0, "mid-p");
        assert_eq!(McNemar::of_counts(2000, 2000).p, 1.0);
    }

    #[test]
    fn only_rows_on_which_the_two_differ_count() {
        let rows = [(true, true), (true, false), (false, true), (true, false), (false, false)];
        let found = McNemar::of_rows(rows);
        assert_eq!((found.only_first, found.only_second), (2, 1));
    }

    #[test]
    fn five_rows_cannot_reach_five_percent_and_six_can() {
        close(McNemar::least_p(5), 0.0625, "five");
        close(McNemar::least_p(6), 0.03125, "six");
    }
}
