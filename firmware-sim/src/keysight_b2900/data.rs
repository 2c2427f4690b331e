//! Readings as they leave (SCPI Command Reference pages 1-12 and 1-13): per point the elements of
//! channel 1, then those of channel 2. Numbers in ASCII, or a definite block of all of them.

use std::io::Write;

use scpi_parser::response::nr3;

use super::{
    call::{Call, Channels, Handled},
    readings::Reading,
    settings::{ByteOrder, ELEMENTS, Format},
    smu::Smu,
};
use crate::engine::channel::{NOT_A_NUMBER, OVERFLOW};

/// Which elements of a reading, by [`super::settings::Element`].
pub(super) type Elements = [bool; ELEMENTS];

/// Which readings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The newest one.
    Scalar,
    /// Those of the last run.
    Array,
}

impl Call<'_, '_> {
    /// The elements of `:FORM:ELEM:SENS`, or the only one that the header names.
    pub(super) fn elements(&self, only: Option<Elements>) -> Elements {
        let unit = &self.unit;
        only.unwrap_or_else(|| Smu::asked(&unit.format, unit.disturbances.wrong_stride))
    }

    /// The last run's readings of channels. Where a channel has none, or fewer than the other, it
    /// has not-a-number (page 4-68).
    pub(super) fn answer_samples(
        &mut self,
        channels: Channels,
        elements: Elements,
        extent: Extent,
    ) -> Handled {
        let mut columns: [Vec<Reading>; 2] = Default::default();
        let chosen = || (0..self.unit.smus.len()).filter(|it| channels[*it]);
        match extent {
            Extent::Array => {
                for channel in chosen().collect::<Vec<_>>() {
                    columns[channel] = std::mem::take(&mut self.unit.smus[channel].samples);
                }
            }
            Extent::Scalar => {
                for channel in chosen() {
                    columns[channel].extend(self.unit.smus[channel].latest);
                }
            }
        }
        let rows: Vec<&[Reading]> =
            (0..2).filter(|it| channels[*it]).map(|it| &columns[it][..]).collect();
        self.answer_rows(&rows, elements);
        if extent == Extent::Array {
            for (channel, column) in columns.into_iter().enumerate() {
                if channels[channel] {
                    self.unit.smus[channel].samples = column;
                }
            }
        }
        Ok(())
    }

    /// Columns of readings, row by row; at least one row.
    pub(super) fn answer_rows(&mut self, columns: &[&[Reading]], elements: Elements) {
        let rows = columns.iter().map(|it| it.len()).max().unwrap_or(0).max(1);
        let width = elements.iter().filter(|it| **it).count() * columns.len();
        let format = self.unit.format.clone();
        let mut writer = Writer::begin(self.data(), &format, rows * width);
        for row in 0..rows {
            for column in columns {
                let values = column.get(row).map_or(Reading::NOTHING, Reading::elements);
                for (value, _) in values.into_iter().zip(elements).filter(|it| it.1) {
                    writer.write(value);
                }
            }
        }
    }

    /// Numbers that are no readings, in the format of readings.
    pub(super) fn answer_numbers(&mut self, values: &[f64]) -> Handled {
        let format = self.unit.format.clone();
        let mut writer = Writer::begin(self.data(), &format, values.len());
        values.iter().for_each(|value| writer.write(*value));
        Ok(())
    }
}

/// Writes numbers in the format of `:FORM`.
struct Writer<'o, 'f> {
    out: &'o mut Vec<u8>,
    format: &'f Format,
    first: bool,
}

impl<'o, 'f> Writer<'o, 'f> {
    /// Begins data of so many numbers.
    fn begin(out: &'o mut Vec<u8>, format: &'f Format, numbers: usize) -> Self {
        if format.width > 0 {
            let length = numbers * format.width;
            let digits = length.checked_ilog10().unwrap_or(0) + 1;
            // Writing to a vector cannot fail.
            let _ = write!(out, "#{digits}{length}");
        }
        out.reserve(numbers * format.width.max(14));
        Writer { out, format, first: true }
    }

    fn write(&mut self, value: f64) {
        if self.format.width == 0 {
            if !std::mem::take(&mut self.first) {
                self.out.push(b',');
            }
            return nr3(self.out, value, 6);
        }
        let value = binary(value);
        let start = self.out.len();
        if self.format.width == 4 {
            self.out.extend_from_slice(&(value as f32).to_be_bytes());
        } else {
            self.out.extend_from_slice(&value.to_be_bytes());
        }
        if self.format.order == ByteOrder::Swapped {
            self.out[start..].reverse();
        }
    }
}

/// In binary what is no number is IEEE 754's.
fn binary(value: f64) -> f64 {
    if value == NOT_A_NUMBER {
        f64::NAN
    } else if value.abs() == OVERFLOW {
        f64::INFINITY.copysign(value)
    } else {
        value
    }
}
