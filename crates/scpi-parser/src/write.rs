//! Values as they leave for an instrument.

use std::{fmt, io::Write};

/// The shortest decimal text that reads back as the same number: `1.000001`, `1E-6`.
///
/// Numbers that are not finite are written as SCPI's `INF`, `NINF` and `NAN`.
///
/// ```
/// assert_eq!(scpi_parser::write::number(1.000001).to_string(), "1.000001");
/// assert_eq!(scpi_parser::write::number(2e-5).to_string(), "2E-5");
/// ```
pub fn number(value: f64) -> impl fmt::Display {
    Number(value)
}

/// Numbers separated by commas.
pub fn numbers(values: &[f64]) -> impl fmt::Display + '_ {
    Numbers(values)
}

/// A string in double quotes, quotes inside doubled.
pub fn string(text: &str) -> impl fmt::Display + '_ {
    Quoted(text)
}

/// The most bytes that a definite block can hold: its length has at most nine digits.
const LONGEST_BLOCK: usize = 999_999_999;

/// Appends a definite block, `#<n><len>` and the data; an indefinite one, `#0`, which has to be the
/// last of its message, when the data are longer than 999 999 999 bytes.
///
/// ```
/// let mut message = b":TRAC:DATA ".to_vec();
/// scpi_parser::write::block(&mut message, b"a\nb");
/// assert_eq!(message, b":TRAC:DATA #13a\nb");
/// ```
pub fn block(out: &mut Vec<u8>, data: &[u8]) {
    let length = data.len();
    if length > LONGEST_BLOCK {
        out.extend_from_slice(b"#0");
    } else {
        let digits = length.checked_ilog10().unwrap_or(0) + 1;
        // Writing to a vector cannot fail.
        let _ = write!(out, "#{digits}{length}");
    }
    out.extend_from_slice(data);
}

struct Number(f64);
struct Numbers<'a>(&'a [f64]);
struct Quoted<'a>(&'a str);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        if value.is_nan() {
            f.write_str("NAN")
        } else if value.is_infinite() {
            f.write_str(if value > 0.0 { "INF" } else { "NINF" })
        } else if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
            write!(f, "{value}")
        } else {
            write!(f, "{value:E}")
        }
    }
}

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, value) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            Number(*value).fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for (at, part) in self.0.split('"').enumerate() {
            if at > 0 {
                f.write_str("\"\"")?;
            }
            f.write_str(part)?;
        }
        f.write_str("\"")
    }
}
