use statrs::function::beta::beta_reg;

/// The probability that Student's t with `df` degrees of freedom is further from zero than `t`.
///
/// I_x(ν/2, 1/2) with x = ν/(ν + t²), where I is the regularised incomplete beta function
/// (Abramowitz and Stegun 1964, 26.7.1 and 26.5.27). Not a number unless ν is above zero and t a
/// number.
pub fn two_sided_p(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if t.is_infinite() {
        return 0.0;
    }
    let squared = t * t;
    // Near t = 0 the other side keeps the digits that 1 - x would lose.
    if squared < df {
        1.0 - beta_reg(0.5, df / 2.0, squared / (df + squared))
    } else {
        beta_reg(df / 2.0, 0.5, df / (df + squared))
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    /// With one degree of freedom, 1 − (2/π) arctan t; with two, 1 − t/√(2 + t²).
    #[test]
    fn one_and_two_degrees_of_freedom_follow_their_closed_forms() {
        for t in [1e-9, 0.01, 0.5, 1.0, 1.5, 3.0, 40.0, 1e4] {
            let cauchy = 2.0 / PI * (1.0_f64 / t).atan();
            let two = 2.0 / ((2.0 + t * t).sqrt() * ((2.0 + t * t).sqrt() + t));
            for (found, exact) in [
                (two_sided_p(t, 1.0), cauchy),
                (two_sided_p(-t, 1.0), cauchy),
                (two_sided_p(t, 2.0), two),
            ] {
                assert!((found - exact).abs() <= 1e-12 * exact, "t = {t}: {found} against {exact}");
            }
        }
    }

    /// References to 16 digits from another implementation of the distribution (SciPy 1.17).
    #[test]
    fn other_degrees_of_freedom_agree_with_references_to_eleven_digits() {
        for (t, df, exact) in [
            (2.0, 9.0, 0.076_552_823_770_701_01),
            (0.75, 99.0, 0.455_033_391_339_895_6),
            (4.3, 49.0, 8.108_568_308_071_714e-5),
            (1e-6, 5.0, 0.999_999_240_786_620_4),
            (12.0, 4.0, 2.764_285_485_029_73e-4),
            (30.0, 200.0, 5.724_161_208_827_853e-76),
            (1.9, 3.5, 0.140_359_026_571_475_45),
        ] {
            let found = two_sided_p(t, df);
            assert!(
                (found - exact).abs() <= 1e-11 * exact,
                "t = {t}, {df}: {found} against {exact}"
            );
        }
    }

    /// The two-sided 5 % points of every printed table.
    #[test]
    fn the_five_percent_points_are_those_of_the_tables() {
        for (t, df) in [(12.706, 1.0), (2.571, 5.0), (2.262, 9.0), (2.010, 49.0), (1.984, 99.0)] {
            assert!((two_sided_p(t, df) - 0.05).abs() < 1e-4, "{df}");
        }
    }

    #[test]
    fn the_ends_are_exact_and_nonsense_is_not_a_number() {
        assert_eq!((two_sided_p(0.0, 7.0), two_sided_p(f64::INFINITY, 7.0)), (1.0, 0.0));
        assert!(two_sided_p(1.0, 0.0).is_nan() && two_sided_p(f64::NAN, 3.0).is_nan());
    }
}
