//! Roots of increasing functions.

/// Where `f` crosses zero between `low` and `high`, to about `tolerance` in its argument.
///
/// `f` must not fall. Where it has one sign over the whole interval the nearer end is returned.
/// Regula falsi with the Illinois rule, which halves the stale end's weight so that a strongly
/// curved function does not pin it, and bisection as a last resort.
pub(crate) fn crossing(mut low: f64, mut high: f64, tolerance: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut at_low, mut at_high) = (f(low), f(high));
    if at_low >= 0.0 {
        return low;
    }
    if at_high <= 0.0 {
        return high;
    }
    for round in 0..200 {
        if high - low <= tolerance {
            break;
        }
        let guess = if round % 8 == 7 {
            0.5 * (low + high)
        } else {
            (low * at_high - high * at_low) / (at_high - at_low)
        };
        let guess = if guess > low && guess < high { guess } else { 0.5 * (low + high) };
        let value = f(guess);
        if value == 0.0 {
            return guess;
        }
        if value < 0.0 {
            low = guess;
            at_low = value;
            at_high *= 0.5;
        } else {
            high = guess;
            at_high = value;
            at_low *= 0.5;
        }
    }
    0.5 * (low + high)
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
    fn an_interval_without_a_crossing_answers_its_nearer_end() {
        assert_eq!(crossing(1.0, 2.0, 1e-9, |v| v), 1.0);
        assert_eq!(crossing(-2.0, -1.0, 1e-9, |v| v), -1.0);
    }
}
