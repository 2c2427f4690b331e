//! Quantities as people write them: `20 mV`, `1 mA`, `5 ms`, `10 V/s`.
//!
//! Multipliers are those of IEEE 488.2, section 7.7.3, in the case that people use: `m` is milli and
//! `M` is mega; `µ` is accepted for `u`.

use std::fmt;

/// Why a text is not a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantityError {
    /// It does not begin with a number.
    #[error("\"{text}\" is not a quantity; write for example \"20 m{unit}\"")]
    NotANumber {
        /// The text.
        text: String,
        /// The unit expected.
        unit: String,
    },
    /// A number alone.
    #[error("\"{text}\" has no unit; write for example \"20 m{unit}\"")]
    MissingUnit {
        /// The text.
        text: String,
        /// The unit expected.
        unit: String,
    },
    /// Another unit.
    #[error("\"{text}\" is not in {unit}; write for example \"20 m{unit}\"")]
    WrongUnit {
        /// The text.
        text: String,
        /// The unit expected.
        unit: String,
    },
}

const PREFIXES: [(&str, i32); 13] = [
    ("a", -18),
    ("f", -15),
    ("p", -12),
    ("n", -9),
    ("u", -6),
    ("µ", -6),
    ("μ", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
];

/// Reads a quantity in `unit`, for example `parse("20 mV", "V")`.
///
/// # Errors
/// Not a number, no unit, or another unit.
///
/// ```
/// assert_eq!(scpi_parser::quantity::parse("20 mV", "V"), Ok(0.02));
/// ```
pub fn parse(text: &str, unit: &str) -> Result<f64, QuantityError> {
    let owned = || (text.to_owned(), unit.to_owned());
    let trimmed = text.trim();
    let end = number_end(trimmed.as_bytes());
    let (number, suffix) = (&trimmed[..end], trimmed[end..].trim_start());
    if !number.parse::<f64>().is_ok_and(f64::is_finite) {
        let (text, unit) = owned();
        return Err(QuantityError::NotANumber { text, unit });
    }
    if suffix.is_empty() {
        let (text, unit) = owned();
        return Err(QuantityError::MissingUnit { text, unit });
    }
    let exponent = suffix
        .strip_suffix(unit)
        .and_then(|prefix| PREFIXES.iter().find(|it| it.0 == prefix).map(|it| it.1));
    let Some(exponent) = exponent else {
        let (text, unit) = owned();
        return Err(QuantityError::WrongUnit { text, unit });
    };
    scaled(number, exponent).ok_or_else(|| {
        let (text, unit) = owned();
        QuantityError::NotANumber { text, unit }
    })
}

/// The number with its decimal exponent shifted, rounded once: 20 milli is exactly 0.02.
fn scaled(number: &str, exponent: i32) -> Option<f64> {
    let (mantissa, own) = match number.find(['e', 'E']) {
        Some(at) => (&number[..at], number[at + 1..].parse::<i32>().ok()?),
        None => (number, 0),
    };
    let shifted = own.checked_add(exponent)?;
    format!("{mantissa}e{shifted}").parse::<f64>().ok().filter(|it| it.is_finite())
}

fn digits_end(bytes: &[u8], at: usize) -> usize {
    at + bytes.iter().skip(at).take_while(|it| it.is_ascii_digit()).count()
}

/// The length of sign, digits and point at the beginning.
pub(crate) fn mantissa_end(bytes: &[u8]) -> usize {
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let at = digits_end(bytes, sign);
    if bytes.get(at) == Some(&b'.') { digits_end(bytes, at + 1) } else { at }
}

/// The length of the decimal number at the beginning.
fn number_end(bytes: &[u8]) -> usize {
    let at = mantissa_end(bytes);
    if !matches!(bytes.get(at), Some(b'e' | b'E')) {
        return at;
    }
    let digits = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
    let end = digits_end(bytes, digits);
    if end > digits { end } else { at }
}

/// Writes a quantity with the prefix that leaves one to three digits before the point; what is
/// written reads back as the same number.
///
/// ```
/// assert_eq!(scpi_parser::quantity::display(0.02, "V").to_string(), "20 mV");
/// ```
pub fn display(value: f64, unit: &str) -> impl fmt::Display {
    Written { value, unit: unit.to_owned() }
}

struct Written {
    value: f64,
    unit: String,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Written { value, unit } = self;
        // The shortest digits and their decimal exponent, as Rust writes them.
        let text = format!("{value:e}");
        let Some((mantissa, exponent)) = text.split_once('e') else {
            return write!(f, "{text} {unit}");
        };
        let exponent: i32 = exponent.parse().map_err(|_| fmt::Error)?;
        let (sign, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", mantissa),
        };
        let group = exponent.div_euclid(3) * 3;
        let prefix = PREFIXES.iter().find(|it| it.1 == group && it.0 != "µ" && it.0 != "μ");
        let Some((prefix, _)) = prefix.filter(|_| *value != 0.0) else {
            return write!(f, "{value} {unit}");
        };
        let digits: String = mantissa.chars().filter(|it| *it != '.').collect();
        let before = usize::try_from(exponent - group).unwrap_or(0) + 1;
        if digits.len() <= before {
            let zeros = "0".repeat(before - digits.len());
            write!(f, "{sign}{digits}{zeros} {prefix}{unit}")
        } else {
            write!(f, "{sign}{}.{} {prefix}{unit}", &digits[..before], &digits[before..])
        }
    }
}
