//! The exponential integral E₁ and its inverse.

/// Euler's constant.
const GAMMA: f64 = 0.577_215_664_901_532_9;

/// `E₁(z) = ∫_z^∞ e^(−t)/t dt` for z > 0: the power series below 1.5, Lentz's continued fraction
/// above (Abramowitz and Stegun, 5.1.11 and 5.1.22).
pub(crate) fn e1(z: f64) -> f64 {
    if z < 1.5 {
        let (mut term, mut sum) = (1.0, 0.0);
        for n in 1..40 {
            let n = f64::from(n);
            term *= -z / n;
            sum -= term / n;
            if term.abs() < 1e-17 {
                break;
            }
        }
        return sum - GAMMA - z.ln();
    }
    let mut b = z + 1.0;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for n in 1..200 {
        let a = -f64::from(n) * f64::from(n);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        let change = c * d;
        fraction *= change;
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction * (-z).exp()
}

/// The z with `E₁(z) = value`, for value > 0. Newton in ln z, in which E₁ falls and is convex; the
/// start lies left of the root, so every step goes right.
pub(crate) fn inverse_e1(value: f64) -> f64 {
    let mut s = -GAMMA - value;
    // Left of −30 the start is the root to the last bit.
    if s < -40.0 {
        return s.exp();
    }
    for _ in 0..60 {
        let z = s.exp();
        let step = (e1(z) - value) * z.exp();
        s += step;
        if step.abs() < 1e-15 {
            break;
        }
    }
    s.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integral_has_its_tabulated_values() {
        // Abramowitz and Stegun, tables 5.1 and 5.2.
        for (z, expected) in [
            (0.5, 0.559_773_595),
            (1.0, 0.219_383_934),
            (2.0, 0.048_900_511),
            (10.0, 4.156_968_9e-6),
        ] {
            assert!((e1(z) / expected - 1.0).abs() < 1e-8, "{z}: {}", e1(z));
        }
        assert!((e1(1.499_999_999) / e1(1.500_000_001) - 1.0).abs() < 1e-8);
    }

    #[test]
    fn the_inverse_takes_the_integral_back() {
        for z in [1e-12, 1e-3, 0.2, 1.0, 1.7, 5.0, 18.0] {
            let found = inverse_e1(e1(z));
            assert!((found / z - 1.0).abs() < 1e-11, "{z}: {found}");
        }
    }
}
