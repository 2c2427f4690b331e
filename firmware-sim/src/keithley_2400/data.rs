//! Readings as they leave: ASCII or binary, the elements of `:FORM:ELEM` in their fixed order.

use scpi_parser::response::nr3;

use super::{
    call::{Call, Handled},
    code,
    readings::{self, Reading},
    settings::{ByteOrder, DataFormat, Feed, Format},
};

/// Which result of a reading leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Of `:CALC1`.
    Math,
    /// Of `:CALC2`.
    Null,
}

impl Call<'_, '_> {
    /// The sample buffer: what the last run measured.
    pub(crate) fn answer_samples(&mut self) -> Handled {
        let samples = std::mem::take(&mut self.unit.samples);
        let left = samples.len() - self.unit.carried.min(samples.len());
        let handled = self.answer_readings(&samples, left, |reading, _| reading.seconds);
        self.unit.samples = samples;
        self.unit.carried = 0;
        handled
    }

    /// The newest reading.
    pub(crate) fn answer_latest(&mut self) -> Handled {
        let latest = self.unit.latest.ok_or(code::DATA_STALE)?;
        self.answer_readings(&[latest], 1, |reading, _| reading.seconds)
    }

    /// The trace buffer, with its own time stamps.
    pub(crate) fn answer_trace(&mut self) -> Handled {
        let readings = std::mem::take(&mut self.unit.trace.readings);
        let stamp = self.unit.trace.timestamp;
        let time = |_: &Reading, index| readings::time(&readings, stamp, index);
        let handled = match self.unit.trace.feed {
            Feed::Sense => self.answer_readings(&readings, readings.len(), time),
            Feed::Calculate1 => self.answer_results(&readings, Outcome::Math, time),
            Feed::Calculate2 => self.answer_results(&readings, Outcome::Null, time),
        };
        self.unit.trace.readings = readings;
        handled
    }

    /// The results of the last run, or only of its newest reading.
    pub(crate) fn answer_sample_results(&mut self, of: Outcome, newest: bool) -> Handled {
        let samples = std::mem::take(&mut self.unit.samples);
        let from = if newest { samples.len().saturating_sub(1) } else { 0 };
        let handled = self.answer_results(&samples[from..], of, |reading, _| reading.seconds);
        self.unit.samples = samples;
        handled
    }

    fn answer_results(
        &mut self,
        readings: &[Reading],
        of: Outcome,
        seconds: impl Fn(&Reading, usize) -> f64,
    ) -> Handled {
        let asked = self.unit.settings.format.results;
        let row = |reading: &Reading, index| {
            let result = if of == Outcome::Math { reading.math } else { reading.null };
            [result, seconds(reading, index), f64::from(reading.status.0)]
        };
        self.answer_rows(readings, readings.len(), asked, row)
    }

    fn answer_readings(
        &mut self,
        readings: &[Reading],
        left: usize,
        seconds: impl Fn(&Reading, usize) -> f64,
    ) -> Handled {
        let mut asked = self.unit.settings.format.elements;
        if self.unit.disturbances.wrong_stride {
            // The element behind the ones that were asked for comes along, as on a known clone.
            let next = asked.iter().rposition(|it| *it).map_or(0, |it| (it + 1) % 5);
            asked[next] = true;
        }
        let row = |reading: &Reading, index| {
            let Reading { volts, amperes, ohms, status, .. } = *reading;
            [volts, amperes, ohms, seconds(reading, index), f64::from(status.0)]
        };
        self.answer_rows(readings, left, asked, row)
    }

    /// Writes the elements that are asked for of each row; `left` rows have still to travel.
    fn answer_rows<const N: usize>(
        &mut self,
        readings: &[Reading],
        left: usize,
        asked: [bool; N],
        row: impl Fn(&Reading, usize) -> [f64; N],
    ) -> Handled {
        if readings.is_empty() {
            return Err(code::DATA_STALE);
        }
        self.unit.spend(self.unit.link.transfer * left as f64);
        let Format { data, order, .. } = self.unit.settings.format;
        let out = self.data();
        if data != DataFormat::Ascii {
            out.extend_from_slice(b"#0");
        }
        let mut first = true;
        for (index, reading) in readings.iter().enumerate() {
            let values = row(reading, index).into_iter().zip(asked);
            for (value, _) in values.filter(|it| it.1) {
                if data == DataFormat::Ascii {
                    if !first {
                        out.push(b',');
                    }
                    nr3(out, value, 6);
                } else {
                    write_binary(out, value, order);
                }
                first = false;
            }
        }
        Ok(())
    }
}

/// Four bytes, IEEE 754 single precision.
fn write_binary(out: &mut Vec<u8>, value: f64, order: ByteOrder) {
    let value = value as f32;
    out.extend_from_slice(&match order {
        ByteOrder::Normal => value.to_be_bytes(),
        ByteOrder::Swapped => value.to_le_bytes(),
    });
}
