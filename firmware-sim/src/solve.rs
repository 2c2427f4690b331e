//! Roots of increasing functions.

/// Where `f` crosses zero between `low` and `high`, to about `tolerance` in its argument; what is
/// searched widens around `guess`.
///
/// `f` must not fall. Where it has one sign over the whole interval the nearer end is returned.
pub(crate) fn crossing(
    guess: f64,
    (low, high): (f64, f64),
    tolerance: f64,
    f: impl Fn(f64) -> f64,
) -> f64 {
    let mut near = (guess.clamp(low, high), 0.0);
    near.1 = f(near.0);
    let mut step = 1e-4 * (1.0 + near.0.abs());
    // Overflow and all, the sign tells on which side the root is.
    while near.1 != 0.0 {
        let upwards = near.1 < 0.0;
        let end = if upwards { high } else { low };
        if near.0 == end {
            return end;
        }
        let next = if upwards { (near.0 + step).min(end) } else { (near.0 - step).max(end) };
        let next = (next, f(next));
        if (next.1 < 0.0) != upwards {
            let (below, above) = if upwards { (near, next) } else { (next, near) };
            return between(below, above, tolerance, f);
        }
        near = next;
        step *= 16.0;
    }
    near.0
}

/// A step of Newton's method this short ends it, in volts. It leaves an error of about its square
/// times half the logarithmic derivative of the slope, of which the steepest law has 1/(0.3 V).
const LAST_STEP: f64 = 1e-7;

/// Where a function with a known derivative crosses zero between `low` and `high`, by Newton's method
/// from a guess that is near. `tangent` gives value and slope. `None` where that leads nowhere soon:
/// a search that always ends is then to be made.
pub(crate) fn near_crossing(
    mut guess: f64,
    (low, high): (f64, f64),
    tangent: impl Fn(f64) -> Option<(f64, f64)>,
) -> Option<f64> {
    for _ in 0..8 {
        let (value, slope) = tangent(guess)?;
        let step = value / slope;
        guess -= step;
        // Overflow, beyond the ends, or away from the root: all of them fail here.
        if !(slope > 0.0 && slope.is_finite() && step.is_finite() && low <= guess && guess <= high)
        {
            return None;
        }
        if step.abs() <= LAST_STEP {
            return Some(guess);
        }
    }
    None
}

/// No voltage is further away than this.
const WIDE: f64 = 1e4;

/// Where `f`, which rises by at least as much as its argument, crosses zero; searched from `guess`.
pub(crate) fn steep_crossing(mut guess: f64, tolerance: f64, f: impl Fn(f64) -> f64) -> f64 {
    let mut at_guess = f(guess);
    // A guess at which the function overflows is worth nothing.
    if !at_guess.is_finite() {
        guess = 0.0;
        at_guess = f(guess);
    }
    // The root is no further than the value is from zero.
    let far = guess - at_guess * (1.0 + 1e-9);
    let at_far = f(far);
    if at_guess.abs() <= tolerance {
        return guess;
    }
    if (at_far < 0.0) == (at_guess < 0.0) {
        // It does not rise so everywhere: a measured curve has a dip here.
        return crossing(guess, (guess - WIDE, guess + WIDE), tolerance, f);
    }
    let (low, high) = if far < guess {
        ((far, at_far), (guess, at_guess))
    } else {
        ((guess, at_guess), (far, at_far))
    };
    between(low, high, tolerance, f)
}

/// Chandrupatla's method (Adv. Eng. Softw. 28(3), 1997): inverse quadratic interpolation where three
/// points are in line enough for it, bisection elsewhere, also where values overflow.
fn between(
    (low, at_low): (f64, f64),
    (high, at_high): (f64, f64),
    tolerance: f64,
    f: impl Fn(f64) -> f64,
) -> f64 {
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
            let root = crossing(0.0, (0.0, 210.0), 1e-12, |v| (v / 0.3).sinh() - target);
            assert!((root - 0.3 * f64::asinh(target)).abs() < 2e-12, "{target}: {root}");
        }
    }

    #[test]
    fn a_crossing_is_found_from_any_guess() {
        for guess in [-300.0, 0.0, 0.1, 0.305_3, 3.0, 210.0] {
            let root = crossing(guess, (-210.0, 210.0), 1e-12, |v| (v / 0.02).sinh() - 1e3);
            assert!((root - 0.02 * f64::asinh(1e3)).abs() < 2e-12, "{guess}: {root}");
            assert_eq!(crossing(guess, (-2.0, -1.0), 1e-9, |v| v), -1.0);
            assert_eq!(crossing(guess, (1.0, 2.0), 1e-9, |v| v), 1.0);
        }
    }

    #[test]
    fn a_steep_crossing_is_found_from_any_guess() {
        for guess in [-5.0, 0.0, 0.1, 3.0] {
            let f = |v: f64| v + 0.01 * (v / 0.05).sinh() - 0.7;
            let root = steep_crossing(guess, 1e-13, f);
            assert!(f(root).abs() < 1e-11, "{guess}: {root}");
        }
    }

    #[test]
    fn newtons_method_ends_at_the_root_or_says_that_it_did_not() {
        let tangent = |v: f64| Some(((v / 0.3).sinh() - 12.0, (v / 0.3).cosh() / 0.3));
        let root = 0.3 * f64::asinh(12.0);
        for guess in [root, root + 1e-9, 0.9, 1.1, 1.5] {
            let found = near_crossing(guess, (0.0, 2.0), tangent).unwrap();
            assert!((found - root).abs() < 1e-13, "{guess}: {found}");
        }
        assert_eq!(near_crossing(0.0, (0.0, 2.0), tangent), None, "far beyond the end");
        assert_eq!(near_crossing(0.9, (0.0, 0.8), tangent), None, "no root in reach");
        assert_eq!(near_crossing(0.9, (0.0, 2.0), |_| Some((0.0, 0.0))), None, "no slope");
    }

    #[test]
    fn a_function_that_overflows_is_inverted_too() {
        let root = crossing(210.0, (-210.0, 210.0), 1e-12, |v| 1e-9 * (v / 0.02).exp_m1() - 1e-3);
        assert!((root - 0.02 * f64::ln_1p(1e6)).abs() < 2e-12, "{root}");
    }
}
