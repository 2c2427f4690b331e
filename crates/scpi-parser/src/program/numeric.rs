//! Decimal and other numbers, their suffixes, and the words that stand for numbers.

use std::num::IntErrorKind;

use crate::{
    error::{self, Error},
    quantity::mantissa_end,
    scan::trim_start,
};

/// The largest exponent, either sign (IEEE 488.2, section 7.7.2.4.1).
const LARGEST_EXPONENT: i32 = 32_000;
/// The most digits of a mantissa, leading zeros not counted (section 7.7.2.4.1).
const MOST_DIGITS: usize = 255;

/// A number, or a word that stands for one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numeric {
    /// A number.
    Value(f64),
    /// `MINimum`.
    Minimum,
    /// `MAXimum`.
    Maximum,
    /// `DEFault`.
    Default,
    /// `UP`.
    Up,
    /// `DOWN`.
    Down,
    /// `INFinity`.
    Infinity,
    /// `NINFinity`.
    NegativeInfinity,
    /// `NAN`.
    NotANumber,
}

pub(super) fn numeric(raw: &[u8], units: &[&str]) -> Result<Numeric, Error> {
    match raw {
        [b'#', b'0'..=b'9', ..] | [b'"' | b'\'' | b'(', ..] => Err(error::DATA_TYPE_ERROR),
        [b'#', base, digits @ ..] => radix(*base, digits),
        [first, ..] if first.is_ascii_alphabetic() => keyword(raw),
        _ => decimal(raw, units).map(Numeric::Value),
    }
}

/// Mantissa, exponent and suffix, white space between them allowed. The multiplier is added to the
/// exponent, so that the value is rounded once: `1.1 mV` is the number nearest to 0.0011.
fn decimal(raw: &[u8], units: &[&str]) -> Result<f64, Error> {
    let (mantissa, rest) = raw.split_at(mantissa_end(raw));
    let digits = mantissa.iter().filter(|it| it.is_ascii_digit());
    if digits.clone().count() == 0 {
        return Err(error::INVALID_CHARACTER_IN_NUMBER);
    }
    if digits.skip_while(|it| **it == b'0').count() > MOST_DIGITS {
        return Err(error::TOO_MANY_DIGITS);
    }
    let (exponent, rest) = exponent(rest)?;
    let suffix = trim_start(rest);
    let shift = match suffix {
        [] => 0,
        [b':' | b'"' | b'\'' | b'(' | b'#', ..] => return Err(error::INVALID_SEPARATOR),
        // White space and another number: the comma between them is missing.
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] if suffix.len() < rest.len() => {
            return Err(error::INVALID_SEPARATOR);
        }
        [first, ..] if first.is_ascii_alphabetic() || !first.is_ascii() || *first == b'/' => {
            multiplier(suffix, units)?
        }
        _ => return Err(error::INVALID_CHARACTER_IN_NUMBER),
    };
    // Mantissas are ASCII: sign, digits and point.
    let mantissa = std::str::from_utf8(mantissa).map_err(|_| error::NUMERIC_DATA_ERROR)?;
    let value = match exponent + shift {
        0 => mantissa.parse::<f64>(),
        shifted => format!("{mantissa}E{shifted}").parse(),
    };
    match value {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(error::EXPONENT_TOO_LARGE),
        Err(_) => Err(error::NUMERIC_DATA_ERROR),
    }
}

/// The exponent at the beginning, zero when there is none, and what follows it.
fn exponent(bytes: &[u8]) -> Result<(i32, &[u8]), Error> {
    let [b'E' | b'e', rest @ ..] = trim_start(bytes) else { return Ok((0, bytes)) };
    let (negative, rest) = match trim_start(rest) {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let digits = rest.iter().take_while(|it| it.is_ascii_digit()).count();
    if digits == 0 {
        // A suffix that begins with E: `1 EXHZ`.
        return Ok((0, bytes));
    }
    let (digits, rest) = rest.split_at(digits);
    let size = digits
        .iter()
        .fold(0i32, |sum, it| sum.saturating_mul(10).saturating_add(i32::from(it - b'0')));
    if size > LARGEST_EXPONENT {
        return Err(error::EXPONENT_TOO_LARGE);
    }
    Ok((if negative { -size } else { size }, rest))
}

fn radix(base: u8, digits: &[u8]) -> Result<Numeric, Error> {
    let base = match base.to_ascii_uppercase() {
        b'B' => 2,
        b'Q' => 8,
        b'H' => 16,
        _ => return Err(error::NUMERIC_DATA_ERROR),
    };
    // A sign is no digit, though Rust would read one.
    let text = std::str::from_utf8(digits).ok().filter(|it| !it.starts_with('+'));
    let text = text.ok_or(error::INVALID_CHARACTER_IN_NUMBER)?;
    match u64::from_str_radix(text, base) {
        Ok(value) => Ok(Numeric::Value(value as f64)),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Err(error::TOO_MANY_DIGITS),
        Err(_) => Err(error::INVALID_CHARACTER_IN_NUMBER),
    }
}

fn keyword(raw: &[u8]) -> Result<Numeric, Error> {
    const WORDS: [(&str, Numeric); 8] = [
        ("MINimum", Numeric::Minimum),
        ("MAXimum", Numeric::Maximum),
        ("DEFault", Numeric::Default),
        ("UP", Numeric::Up),
        ("DOWN", Numeric::Down),
        ("INFinity", Numeric::Infinity),
        ("NINFinity", Numeric::NegativeInfinity),
        ("NAN", Numeric::NotANumber),
    ];
    let found = WORDS.iter().find(|it| crate::table::word(it.0.as_bytes(), raw));
    found.map(|it| it.1).ok_or(error::INVALID_CHARACTER_DATA)
}

/// The power of ten of a suffix (IEEE 488.2, table 7-2); `M` before `OHM` and `HZ` is mega.
fn multiplier(suffix: &[u8], units: &[&str]) -> Result<i32, Error> {
    if units.is_empty() {
        return Err(error::SUFFIX_NOT_ALLOWED);
    }
    const PREFIXES: [(&str, i32); 13] = [
        ("", 0),
        ("EX", 18),
        ("PE", 15),
        ("T", 12),
        ("G", 9),
        ("MA", 6),
        ("K", 3),
        ("M", -3),
        ("U", -6),
        ("N", -9),
        ("P", -12),
        ("F", -15),
        ("A", -18),
    ];
    for unit in units {
        let Some(length) = suffix.len().checked_sub(unit.len()) else { continue };
        let (prefix, tail) = suffix.split_at(length);
        if !tail.eq_ignore_ascii_case(unit.as_bytes()) {
            continue;
        }
        if prefix.eq_ignore_ascii_case(b"M") && matches!(*unit, "OHM" | "HZ") {
            return Ok(6);
        }
        let found = PREFIXES.iter().find(|it| prefix.eq_ignore_ascii_case(it.0.as_bytes()));
        if let Some(found) = found {
            return Ok(found.1);
        }
    }
    Err(error::INVALID_SUFFIX)
}
