//! Roots of increasing functions.

/// Where `f` crosses zero between `low` and `high`, to about `tolerance` in its argument.
///
/// `f` must not fall. Where it has one sign over the whole interval the nearer end is returned.
/// Chandrupatla's method (Adv. Eng. Softw. 28(3), 1997): inverse quadratic interpolation where three
/// points are in line enough for it, bisection elsewhere, also where values overflow.
pub(crate) fn crossing(low: f64, high: f64, tolerance: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (at_low, at_high) = (f(low), f(high));
    if at_low >= 0.0 {
        return low;
    }
    if at_high <= 0.0 {
        return high;
    }
    // The root is between `a`, the newest point, and `b`; `c` is the point before.
    let (mut a, mut fa) = (high, at_high);
    let (mut b, mut fb) = (low, at_low);
    let mut part = -at_high / (at_low - at_high);
    if !(0.0..=1.0).contains(&part) {
        part = 0.5;
    }
    for _ in 0..200 {
        let guess = a + part * (b - a);
        let value = f(guess);
        let (c, fc);
        if (value < 0.0) == (fa < 0.0) {
            (c, fc) = (a, fa);
        } else {
            (c, fc) = (b, fb);
            (b, fb) = (a, fa);
        }
        (a, fa) = (guess, value);
        let shortest = tolerance / (b - a).abs();
        if fa == 0.0 || shortest > 0.5 {
            break;
        }
        let place = (a - b) / (c - b);
        let height = (fa - fb) / (fc - fb);
        part = 0.5;
        if height * height < place && (1.0 - height) * (1.0 - height) < 1.0 - place {
            let quadratic = fa / (fb - fa) * fc / (fb - fc)
                + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb);
            if quadratic.is_finite() {
                part = quadratic.clamp(shortest, 1.0 - shortest);
            }
        }
    }
    if fa.abs() < fb.abs() { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steep_sinh_is_inverted_to_the_tolerance() {
        for target in [1e-6, 0.3, 12.0, 5e4] {
            let root = crossing(0.0, 210.0, 1e-12, |v| (v / 0.3).sinh() - target);
            assert!((root - 0.3 * f64::asinh(target)).abs() < 2e-12, "{target}: {root}");
        }
    }

    #[test]
    fn a_function_that_overflows_is_inverted_too() {
        let root = crossing(-210.0, 210.0, 1e-12, |v| 1e-9 * (v / 0.02).exp_m1() - 1e-3);
        assert!((root - 0.02 * f64::ln_1p(1e6)).abs() < 2e-12, "{root}");
    }

    #[test]
    fn an_interval_without_a_crossing_answers_its_nearer_end() {
        assert_eq!(crossing(1.0, 2.0, 1e-9, |v| v), 1.0);
        assert_eq!(crossing(-2.0, -1.0, 1e-9, |v| v), -1.0);
    }
}
