//! Values as they leave for an instrument.

use std::fmt;

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
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}
