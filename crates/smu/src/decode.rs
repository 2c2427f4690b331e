//! From a reply to readings.

use scpi_parser::{
    reply::{self, Number, ReplyError},
    write,
};

use crate::{
    Reading, SmuError,
    model::{BlockLayout, ByteOrder, Element, Readings},
};

/// What a reply is made of, and whose it is.
pub(crate) struct Layout<'m> {
    pub(crate) smu: &'m str,
    pub(crate) command: &'m str,
    pub(crate) elements: &'m [Element],
    pub(crate) readings: &'m Readings,
    /// `None` for text.
    pub(crate) binary: Option<BlockLayout>,
    /// V; levels that the instrument reports may differ by half of it.
    pub(crate) resolution: f64,
}

/// Relative difference that decimal replies of seven digits can have.
const REPLY_DIGITS: f64 = 1e-6;

/// Reads a reply of one row for each level.
pub(crate) fn decode(
    layout: &Layout<'_>,
    levels: &[f64],
    data: &[u8],
) -> Result<Vec<Reading>, SmuError> {
    match layout.binary {
        None => {
            let found = data.iter().filter(|it| **it == b',').count() + 1;
            layout.check_stride(levels, found)?;
            layout.rows(levels, reply::numbers(data))
        }
        Some(binary) => {
            let (data, _) = reply::block(data).map_err(|it| layout.unreadable(it))?;
            let mut found = data.len() / binary.width;
            if !data.len().is_multiple_of(binary.width) {
                // Torn in a number: never the length that was asked.
                found += 1;
                layout.check_stride(levels, found)?;
            }
            layout.check_stride(levels, found)?;
            let numbers = data.chunks_exact(binary.width).map(|it| Ok(float(it, binary.order)));
            layout.rows(levels, numbers)
        }
    }
}

impl Layout<'_> {
    fn check_stride(&self, levels: &[f64], found: usize) -> Result<(), SmuError> {
        if found == levels.len() * self.elements.len() {
            return Ok(());
        }
        Err(SmuError::Stride {
            smu: self.smu.to_owned(),
            points: levels.len(),
            elements: self.elements.len(),
            found,
        })
    }

    fn unreadable(&self, source: ReplyError) -> SmuError {
        let (smu, command) = (self.smu.to_owned(), self.command.to_owned());
        SmuError::Reply { smu, command, source }
    }

    fn rows(
        &self,
        levels: &[f64],
        mut numbers: impl Iterator<Item = Result<Number, ReplyError>>,
    ) -> Result<Vec<Reading>, SmuError> {
        let (in_compliance, overflow) =
            (mask(&self.readings.in_compliance), mask(&self.readings.overflow));
        let mut readings = Vec::with_capacity(levels.len());
        for (at, &level) in levels.iter().enumerate() {
            let mut reading = Reading {
                level,
                voltage: None,
                current: None,
                in_compliance: false,
                overflow: false,
                time: 0.0,
                status: 0,
            };
            for (element, number) in self.elements.iter().zip(&mut numbers) {
                let number = number.map_err(|it| self.unreadable(it))?;
                match element {
                    Element::Voltage => reading.voltage = number.value(),
                    Element::Current => {
                        reading.current = number.value();
                        reading.overflow |= matches!(number, Number::Overflow { .. });
                    }
                    Element::Time | Element::Seconds | Element::Fraction => {
                        reading.time += number.value().unwrap_or(f64::NAN);
                    }
                    Element::Status => {
                        reading.status = status_word(number).map_err(|it| self.unreadable(it))?;
                        reading.in_compliance = reading.status & in_compliance != 0;
                        reading.overflow |= reading.status & overflow != 0;
                    }
                    Element::Level => self.check_level(at, level, number)?,
                    Element::Resistance | Element::Other => {}
                }
            }
            readings.push(reading);
        }
        Ok(readings)
    }

    /// The level that the instrument says it sourced must be the one that was asked at this place.
    fn check_level(&self, at: usize, expected: f64, number: Number) -> Result<(), SmuError> {
        let found = number.value().unwrap_or(f64::NAN);
        let tolerance = 0.5 * self.resolution + REPLY_DIGITS * expected.abs();
        if (found - expected).abs() <= tolerance * (1.0 + REPLY_DIGITS) {
            return Ok(());
        }
        Err(SmuError::Level { smu: self.smu.to_owned(), point: at + 1, expected, found })
    }
}

fn mask(bits: &[u32]) -> u32 {
    bits.iter().fold(0, |mask, it| mask | 1 << it)
}

fn float(bytes: &[u8], order: ByteOrder) -> Number {
    let value = match (<[u8; 4]>::try_from(bytes), <[u8; 8]>::try_from(bytes), order) {
        (Ok(it), _, ByteOrder::BigEndian) => f64::from(f32::from_be_bytes(it)),
        (Ok(it), _, ByteOrder::LittleEndian) => f64::from(f32::from_le_bytes(it)),
        (_, Ok(it), ByteOrder::BigEndian) => f64::from_be_bytes(it),
        (_, Ok(it), ByteOrder::LittleEndian) => f64::from_le_bytes(it),
        // The file's width is 4 or 8: it was checked when it was loaded.
        _ => f64::NAN,
    };
    // A single-precision number has the sentinels only nearly.
    let near = |sentinel: f64| (value.abs() - sentinel).abs() < 1e-6 * sentinel;
    if near(reply::INFINITY) || value.is_infinite() {
        Number::Overflow { negative: value < 0.0 }
    } else if near(reply::NOT_A_NUMBER) || value.is_nan() {
        Number::NotANumber
    } else {
        Number::Value(value)
    }
}

/// A word of at most 32 bits, which the instrument writes as a number. A reading without its flags
/// would pass for a good one.
fn status_word(number: Number) -> Result<u32, ReplyError> {
    let word = number.value().filter(|it| (0.0..=f64::from(u32::MAX)).contains(it));
    let whole = word.filter(|it| it.fract() == 0.0);
    let found = || write::number(number.value().unwrap_or(f64::NAN));
    let not = || ReplyError::NotANumber { found: format!("status {}", found()) };
    whole.map(|it| it as u32).ok_or_else(not)
}
