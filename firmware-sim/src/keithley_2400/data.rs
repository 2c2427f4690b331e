//! Readings as they leave: ASCII or binary, the elements of `:FORM:ELEM` in their fixed order.

use scpi_parser::response::nr3;

use super::{
    call::{Call, Handled},
    code,
    readings::Reading,
    settings::{ByteOrder, DataFormat, Format},
};

impl Call<'_, '_> {
    /// The sample buffer: what the last run measured.
    pub(crate) fn answer_samples(&mut self) -> Handled {
        let samples = std::mem::take(&mut self.unit.samples);
        let handled = self.answer_readings(&samples, |reading, _| reading.seconds);
        self.unit.samples = samples;
        handled
    }

    /// The newest reading.
    pub(crate) fn answer_latest(&mut self) -> Handled {
        let latest = self.unit.latest.ok_or(code::DATA_STALE)?;
        self.answer_readings(&[latest], |reading, _| reading.seconds)
    }

    /// The trace buffer, with its own time stamps.
    pub(crate) fn answer_trace(&mut self) -> Handled {
        let times: Vec<f64> =
            (0..self.unit.trace.readings.len()).map(|it| self.unit.trace.time(it)).collect();
        let readings = std::mem::take(&mut self.unit.trace.readings);
        let handled = self.answer_readings(&readings, |_, index| times[index]);
        self.unit.trace.readings = readings;
        handled
    }

    fn answer_readings(
        &mut self,
        readings: &[Reading],
        seconds: impl Fn(&Reading, usize) -> f64,
    ) -> Handled {
        if readings.is_empty() {
            return Err(code::DATA_STALE);
        }
        let mut format = self.unit.settings.format.clone();
        if self.unit.disturbances.wrong_stride {
            // The element behind the ones that were asked for comes along, as on a known clone.
            let next = format.elements.iter().rposition(|it| *it).map_or(0, |it| (it + 1) % 5);
            format.elements[next] = true;
        }
        let out = self.data();
        let mut first = true;
        if format.data != DataFormat::Ascii {
            out.extend_from_slice(b"#0");
        }
        for (index, reading) in readings.iter().enumerate() {
            let Reading { volts, amperes, ohms, status, .. } = *reading;
            let row = [volts, amperes, ohms, seconds(reading, index), f64::from(status.0)];
            for (value, _) in row.into_iter().zip(format.elements).filter(|it| it.1) {
                if format.data == DataFormat::Ascii {
                    if !first {
                        out.push(b',');
                    }
                    nr3(out, value, 6);
                } else {
                    write_binary(out, value, &format);
                }
                first = false;
            }
        }
        Ok(())
    }
}

/// Four bytes, IEEE 754 single precision.
fn write_binary(out: &mut Vec<u8>, value: f64, format: &Format) {
    let value = value as f32;
    out.extend_from_slice(&match format.order {
        ByteOrder::Normal => value.to_be_bytes(),
        ByteOrder::Swapped => value.to_le_bytes(),
    });
}
