//! Numbers with exponent, quickly, where that is exact.
//!
//! Instruments answer thousands of numbers with seven digits. Such a number scaled by a power of ten
//! to a whole number of digits is off by one rounding, which decides nothing unless the digits
//! behind it are close to a half; then, and for what is very large or very small, the caller has
//! to take the slower way.

/// The powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The most digits behind the point: nine digits scaled are below 2^30, and off by less than 2^-23.
const MOST_DECIMALS: usize = 8;

/// Digits whose remainder is closer to a half than this are not decided here.
const UNDECIDED: f64 = 1e-6;

/// Appends `value` as C's `%+.*E` does; whether it could.
pub(super) fn write(out: &mut Vec<u8>, value: f64, decimals: usize) -> bool {
    if decimals == 0 || decimals > MOST_DECIMALS || !value.is_normal() {
        return false;
    }
    let Some((mut digits, exponent)) = round(value.abs(), decimals as i32) else {
        return false;
    };
    // Sign, digit, point, decimals, E, sign, two digits.
    let mut text = [0; MOST_DECIMALS + 7];
    let length = decimals + 7;
    text[0] = if value < 0.0 { b'-' } else { b'+' };
    for place in (3..3 + decimals).rev() {
        text[place] = b'0' + (digits % 10) as u8;
        digits /= 10;
    }
    text[1] = b'0' + digits as u8;
    text[2] = b'.';
    text[length - 4] = b'E';
    text[length - 3] = if exponent < 0 { b'-' } else { b'+' };
    text[length - 2] = b'0' + (exponent.unsigned_abs() / 10) as u8;
    text[length - 1] = b'0' + (exponent.unsigned_abs() % 10) as u8;
    out.extend_from_slice(&text[..length]);
    true
}

/// The digits of a positive number as one whole number, and its exponent.
fn round(value: f64, decimals: i32) -> Option<(u64, i32)> {
    const LOG10_OF_2: f64 = std::f64::consts::LOG10_2;
    let binary = (value.to_bits() >> 52) as i32 - 1023;
    let mut exponent = (f64::from(binary) * LOG10_OF_2).floor() as i32;
    let mut scaled = scale(value, decimals - exponent)?;
    // The binary exponent knows the decimal one to within one.
    if scaled >= POWERS[decimals as usize + 1] {
        exponent += 1;
        scaled = scale(value, decimals - exponent)?;
    }
    let whole = scaled.floor();
    let rest = scaled - whole;
    if (rest - 0.5).abs() < UNDECIDED {
        return None;
    }
    let digits = whole as u64 + u64::from(rest > 0.5);
    if digits as f64 == POWERS[decimals as usize + 1] {
        return Some((digits / 10, exponent + 1));
    }
    Some((digits, exponent))
}

/// `value · 10^power`, rounded once.
fn scale(value: f64, power: i32) -> Option<f64> {
    let factor = *POWERS.get(power.unsigned_abs() as usize)?;
    Some(if power < 0 { value / factor } else { value * factor })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn agrees(value: f64, decimals: usize) {
        let mut slow = Vec::new();
        super::super::any_nr3(&mut slow, value, decimals);
        let mut quick = Vec::new();
        if write(&mut quick, value, decimals) {
            let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
            assert_eq!(text(&quick), text(&slow), "{value:e} {decimals}");
        } else {
            assert!(quick.is_empty());
        }
    }

    #[test]
    fn readings_are_written_quickly() {
        for value in [1.000206, -1e-4, 48132.0, 9.9e37 / 1e30, 2.5e-12, 0.21, 1e-9, 99_999.999] {
            assert!(write(&mut Vec::new(), value, 6), "{value}");
        }
        for value in [0.0, -0.0, f64::NAN, f64::INFINITY, 9.9e37, 9.91e37, 1e-300, 5e-324] {
            assert!(!write(&mut Vec::new(), value, 6), "{value}");
        }
    }

    #[test]
    fn the_neighbours_of_powers_of_ten_and_of_halves_agree() {
        for decimals in 1..=MOST_DECIMALS {
            for exponent in -30..40 {
                for mantissa in
                    [1.0, 9.999_999_5, 9.999_999_499, 1.000_000_5, 1.234_567_5, 2.5, 9.5]
                {
                    let value: f64 = format!("{mantissa}e{exponent}").parse().unwrap();
                    let bits = value.to_bits();
                    for step in 0..7 {
                        agrees(f64::from_bits(bits + step - 3), decimals);
                        agrees(-f64::from_bits(bits + step - 3), decimals);
                    }
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn any_double_agrees(bits in any::<u64>(), decimals in 0usize..12) {
            agrees(f64::from_bits(bits), decimals);
        }

        #[test]
        fn any_reading_agrees(mantissa in -10.0f64..10.0, exponent in -15i32..12, decimals in 1usize..9) {
            agrees(mantissa * 10f64.powi(exponent), decimals);
        }

        #[test]
        fn any_count_agrees(count in -10_000_000i64..10_000_000, exponent in -12i32..3) {
            // Readings are whole counts: their digits end early, and halves are common.
            agrees(count as f64 * 10f64.powi(exponent), 6);
            agrees(count as f64 * 0.5 * 10f64.powi(exponent), 5);
        }
    }
}
