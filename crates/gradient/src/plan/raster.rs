//! Rounding to the codes of one source.

/// Voltages as whole numbers of codes. Whoever rounds many keeps it: what it divides by is known then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raster {
    /// Codes in one volt, a whole number: divided by them, 0.3 V stays the number 0.3.
    per_volt: f64,
    /// What counts as the rounding of numbers, V.
    nothing: f64,
}

/// Numbers below this, with so much added, have no digits behind the point.
const WHOLE: f64 = (1_u64 << 51) as f64;
const SHIFT: f64 = 3.0 * WHOLE;

impl Raster {
    /// Of so many volts between two codes.
    pub(super) fn new(resolution: f64) -> Raster {
        Raster { per_volt: (1.0 / resolution).round(), nothing: 1e-6 * resolution }
    }

    /// The nearest code, V, as `Smu::level_as_sourced` rounds.
    #[inline]
    pub(super) fn round(self, level: f64) -> f64 {
        // Adding zero makes -0 of a small negative level 0.
        nearest(level * self.per_volt) / self.per_volt + 0.0
    }

    /// The number of the code that a level is.
    pub(super) fn code(self, level: f64) -> i64 {
        nearest(level * self.per_volt) as i64
    }

    /// The nearest code, V; of two that are as near the lower.
    #[inline]
    pub(super) fn round_half_down(self, level: f64) -> f64 {
        // A level between two codes is seldom exactly there as a number.
        ceiling(level * self.per_volt - 0.5 - 1e-6) / self.per_volt + 0.0
    }

    /// What is a whole number of half codes but for the rounding of numbers, as that: 0.3 V and not
    /// 0.30000000000000004 V.
    #[inline]
    pub(super) fn brief(self, volts: f64) -> f64 {
        let half_codes = 2.0 * self.per_volt;
        let brief = nearest(volts * half_codes) / half_codes + 0.0;
        if (brief - volts).abs() < self.nothing { brief } else { volts }
    }
}

/// As `f64::round`, which is a call on processors that are not known to round by themselves.
#[inline]
fn nearest(x: f64) -> f64 {
    if !is_small(x) {
        return x.round();
    }
    // Of two that are as near the even one; the difference is exact.
    let even = (x + SHIFT) - SHIFT;
    let is_short = (x - even).abs() == 0.5 && even.abs() < x.abs();
    if is_short { even + 1.0_f64.copysign(x) } else { even }
}

/// As `f64::ceil`, for the same reason.
#[inline]
fn ceiling(x: f64) -> f64 {
    if !is_small(x) {
        return x.ceil();
    }
    let near = (x + SHIFT) - SHIFT;
    if near < x { near + 1.0 } else { near }
}

/// Not so of what is no number.
#[inline]
fn is_small(x: f64) -> bool {
    x.abs() < WHOLE
}

#[cfg(test)]
mod tests {
    use super::{WHOLE, ceiling, nearest};

    #[test]
    fn numbers_are_rounded_as_the_standard_library_rounds_them() {
        let edges =
            [0.0, 0.5, 0.49999999999999994, 1.5, 2.5, 3.5, 1e-300, WHOLE - 0.5, WHOLE + 0.5, 1e300];
        let many = (0..1000).map(|it| (f64::from(it) * 0.618_033_988_75).fract() * 1e5);
        for x in edges.into_iter().chain(many).flat_map(|it| [it, -it]).chain([f64::INFINITY]) {
            assert_eq!(nearest(x), x.round(), "{x}");
            assert_eq!(ceiling(x), x.ceil(), "{x}");
        }
        assert!(nearest(f64::NAN).is_nan() && ceiling(f64::NAN).is_nan());
    }
}
