use scpi_parser::{
    reply::{self, Number, ReplyError},
    write,
};
use serde::{Deserialize, Serialize};

use crate::{
    SmuError,
    model::{Element, Readings},
};

/// One measured row.
///
/// Compliance and overflow are data: a reading that has them is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// V, as asked.
    pub level: f64,
    /// A; `None` when it overflowed or is not a number.
    pub current: Option<f64>,
    /// The source was limiting.
    pub in_compliance: bool,
    /// The current is beyond the range.
    pub overflow: bool,
    /// s, on the instrument's clock.
    pub time: f64,
    /// The instrument's status word, raw.
    pub status: u32,
}

/// Reads a reply of one row for each level.
pub(crate) fn decode(
    smu: &str,
    command: &str,
    layout: &Readings,
    levels: &[f64],
    text: &[u8],
) -> Result<Vec<Reading>, SmuError> {
    let stride = layout.elements.len();
    let found = text.split(|it| *it == b',').count();
    if found != levels.len() * stride {
        return Err(SmuError::Stride {
            smu: smu.to_owned(),
            points: levels.len(),
            elements: stride,
            found,
        });
    }
    let unreadable =
        |source| SmuError::Reply { smu: smu.to_owned(), command: command.to_owned(), source };
    let mut numbers = reply::numbers(text);
    let mut readings = Vec::with_capacity(levels.len());
    for &level in levels {
        let mut reading = Reading {
            level,
            current: None,
            in_compliance: false,
            overflow: false,
            time: f64::NAN,
            status: 0,
        };
        for (element, number) in layout.elements.iter().zip(&mut numbers) {
            let number = number.map_err(unreadable)?;
            match element {
                Element::Current => {
                    reading.current = number.value();
                    reading.overflow |= matches!(number, Number::Overflow { .. });
                }
                Element::Time => reading.time = number.value().unwrap_or(f64::NAN),
                Element::Status => {
                    reading.status = status_word(number).map_err(unreadable)?;
                    let any = |bits: &[u32]| bits.iter().any(|it| reading.status >> it & 1 == 1);
                    reading.in_compliance = any(&layout.in_compliance);
                    reading.overflow |= any(&layout.overflow);
                }
                Element::Voltage | Element::Resistance => {}
            }
        }
        readings.push(reading);
    }
    Ok(readings)
}

/// A word of at most 32 bits, which the instrument writes as a decimal number. A reading without its
/// flags would pass for a good one.
fn status_word(number: Number) -> Result<u32, ReplyError> {
    let word = number.value().filter(|it| (0.0..=f64::from(u32::MAX)).contains(it));
    let whole = word.filter(|it| it.fract() == 0.0);
    let found = || write::number(number.value().unwrap_or(f64::NAN));
    let not = || ReplyError::NotANumber { found: format!("status {}", found()) };
    whole.map(|it| it as u32).ok_or_else(not)
}
