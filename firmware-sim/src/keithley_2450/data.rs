//! Readings as they leave: ASCII or binary, the elements that were asked for, in their order.

use std::io::Write as _;

use super::{
    buffer::{Buffer, Reading},
    call::write_number,
    code::{self, Code},
    settings::{ByteOrder, DataFormat, Format, Unit},
};
use crate::engine::{choice::choice, date::Date};

choice!(
    /// The elements of a reading (2450 Reference Manual, `:TRAC:DATA?`).
    Element {
        Date = "DATE", Formatted = "FORMatted", Fraction = "FRACtional", Reading = "READing",
        Relative = "RELative", Seconds = "SEConds", Source = "SOURce",
        SourceFormatted = "SOURFORMatted", SourceStatus = "SOURSTATus", SourceUnit = "SOURUNIT",
        Status = "STATus", Time = "TIME", Stamp = "TSTamp", Unit = "UNIT",
    }
);

impl Element {
    /// The most elements of one query.
    pub(super) const MOST: usize = 14;

    /// Whether a block of numbers can hold it (2461 Reference Manual, page 6-46).
    fn is_binary(self) -> bool {
        matches!(self, Element::Reading | Element::Relative | Element::Source)
    }
}

/// What all readings of one answer share.
pub(super) struct Rows<'a> {
    pub(super) format: &'a Format,
    pub(super) elements: &'a [Element],
    pub(super) buffer: &'a Buffer,
    /// The clock's seconds at power-on.
    pub(super) epoch: f64,
}

impl Rows<'_> {
    /// Writes readings, one row behind the other.
    pub(super) fn write<'r>(
        &self,
        readings: impl Iterator<Item = &'r Reading>,
        out: &mut Vec<u8>,
    ) -> Result<(), Code> {
        if self.format.data == DataFormat::Ascii {
            for reading in readings {
                for element in self.elements {
                    self.write_text(*element, reading, out);
                    out.push(b',');
                }
            }
            out.pop();
            return Ok(());
        }
        if !self.elements.iter().all(|it| it.is_binary()) {
            return Err(code::NOT_A_VALID_NAME);
        }
        out.extend_from_slice(b"#0");
        for reading in readings {
            for element in self.elements {
                self.write_binary(self.number(*element, reading), out);
            }
        }
        Ok(())
    }

    /// Seconds since 1970.
    fn moment(&self, reading: &Reading) -> f64 {
        self.epoch + reading.at
    }

    fn number(&self, element: Element, reading: &Reading) -> f64 {
        match element {
            Element::Reading => reading.value,
            Element::Source => reading.source,
            Element::Relative => self.buffer.relative(reading),
            Element::Seconds => self.moment(reading).floor(),
            Element::Fraction => self.moment(reading).fract(),
            Element::Status => f64::from(reading.status),
            Element::SourceStatus => f64::from(reading.source_status),
            _ => f64::NAN,
        }
    }

    fn write_binary(&self, value: f64, out: &mut Vec<u8>) {
        let single = value as f32;
        match (self.format.data, self.format.order) {
            (DataFormat::Single, ByteOrder::Normal) => out.extend_from_slice(&single.to_be_bytes()),
            (DataFormat::Single, ByteOrder::Swapped) => {
                out.extend_from_slice(&single.to_le_bytes());
            }
            (_, ByteOrder::Normal) => out.extend_from_slice(&value.to_be_bytes()),
            (_, ByteOrder::Swapped) => out.extend_from_slice(&value.to_le_bytes()),
        }
    }

    fn write_text(&self, element: Element, reading: &Reading, out: &mut Vec<u8>) {
        let digits = match self.format.precision {
            0 => 7,
            digits => digits as usize,
        };
        // Writing to a vector cannot fail.
        let _ = match element {
            Element::Reading | Element::Source => {
                write_number(self.number(element, reading), digits, out);
                Ok(())
            }
            Element::Relative => write!(out, "{:.6}", self.buffer.relative(reading)),
            Element::Fraction => write!(out, "{:.9}", self.moment(reading).fract()),
            Element::Seconds | Element::Status | Element::SourceStatus => {
                write!(out, "{}", self.number(element, reading))
            }
            Element::Date => write!(out, "{}", Date::at(self.moment(reading)).day()),
            Element::Time => write!(out, "{}", Date::at(self.moment(reading)).time()),
            Element::Stamp => {
                let date = Date::at(self.moment(reading));
                write!(out, "{} {}", date.day(), date.time())
            }
            Element::Formatted => write!(out, "{}", formatted(reading.value, reading.unit)),
            Element::SourceFormatted => {
                write!(out, "{}", formatted(reading.source, reading.source_unit))
            }
            Element::Unit => write!(out, "{}", name(reading.unit)),
            Element::SourceUnit => write!(out, "{}", name(reading.source_unit)),
        };
    }
}

/// The unit as buffers name it.
fn name(unit: Unit) -> &'static str {
    match unit {
        Unit::Ohm => "Ohm",
        Unit::Watt => "Watt DC",
        Unit::Ampere => "Amp DC",
        Unit::Volt => "Volt DC",
    }
}

/// A reading as the display shows it: a prefix, a unit. UNVERIFIED in its number of digits.
fn formatted(value: f64, unit: Unit) -> String {
    const PREFIXES: [(&str, f64); 7] =
        [("M", 1e6), ("k", 1e3), ("", 1.0), ("m", 1e-3), ("u", 1e-6), ("n", 1e-9), ("p", 1e-12)];
    let symbol = match unit {
        Unit::Ohm => "Ohm",
        Unit::Watt => "W",
        Unit::Ampere => "A",
        Unit::Volt => "V",
    };
    let smallest = PREFIXES[PREFIXES.len() - 1];
    let fitting = PREFIXES.iter().find(|it| value.abs() >= it.1).copied();
    let (prefix, factor) = fitting.unwrap_or(if value == 0.0 { PREFIXES[2] } else { smallest });
    format!("{:.6} {prefix}{symbol}", value / factor)
}
