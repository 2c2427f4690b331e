//! `:READ?`, `:FETCh?`, `:MEASure?`, `:INITiate`, `:ABORt`, `:FORMat` (2450 Reference Manual,
//! section 6, pages 6-1 to 6-30).

use super::super::{
    buffer::BufferId,
    call::{Call, Command, Handled, Limits, command},
    code,
    data::{Element, Rows},
    settings::Measured,
};
use super::digitize;
use crate::engine::{channel::Quantity, choice::Choice};

pub(super) const TABLE: &[Command] = &[
    command(":READ?", |call| read(call, Function::Measure(None))),
    command(":MEASure?", |call| read(call, Function::Measure(None))),
    command(":MEASure:VOLTage[:DC]?", |call| {
        read(call, Function::Measure(Some(Measured::Voltage)))
    }),
    command(":MEASure:CURRent[:DC]?", |call| {
        read(call, Function::Measure(Some(Measured::Current)))
    }),
    command(":MEASure:RESistance?", |call| {
        read(call, Function::Measure(Some(Measured::Resistance)))
    }),
    command(":FETCh?", fetch),
    command(":INITiate[:IMMediate]", |call| {
        call.no_parameters()?;
        call.unit.initiate()
    }),
    command(":ABORt", |call| {
        call.no_parameters()?;
        call.unit.abort();
        Ok(())
    }),
    command(":FORMat[:DATA][?]", |call| call.setting(|it| &mut it.settings.format.data)),
    command(":FORMat:BORDer[?]", |call| call.setting(|it| &mut it.settings.format.order)),
    command(":FORMat:ASCii:PRECision[?]", |call| {
        call.whole(
            Limits::new(0.0, 16.0, 0.0),
            |it| it.settings.format.precision,
            |it, digits| {
                it.settings.format.precision = digits;
                Ok(())
            },
        )
    }),
];

/// What a query reads; without a name the function that is active, which must be of its kind (-221
/// otherwise, UNVERIFIED).
#[derive(Clone, Copy)]
pub(super) enum Function {
    Measure(Option<Measured>),
    Digitize(Option<Quantity>),
}

/// `:READ?` and `:MEAS?`: `:SENS:COUN` readings into a buffer, of which the last is answered.
pub(super) fn read(call: &mut Call<'_, '_>, function: Function) -> Handled {
    let buffer = call.next_buffer()?;
    let elements = call.elements()?;
    if !call.resumed {
        let sense = &call.unit.settings.sense;
        let digitizing = sense.digitize.function;
        match function {
            _ if call.unit.trigger.is_active() => {}
            Function::Measure(Some(measured)) => {
                if sense.function != measured || digitizing.is_some() {
                    call.unit.settings.sense.select(measured);
                    call.unit.acquisition.forget_window();
                }
            }
            Function::Digitize(Some(quantity)) => digitize::select(call, quantity),
            Function::Measure(None) if digitizing.is_none() => {}
            Function::Digitize(None) if digitizing.is_some() => {}
            _ => return Err(code::SETTINGS_CONFLICT),
        }
        call.unit.begin_readings(buffer)?;
        return call.wait();
    }
    if call.unit.interactive.is_some() {
        return call.wait();
    }
    if !std::mem::take(&mut call.unit.readings_made) {
        // They were ended from outside; nobody is answered.
        return Ok(());
    }
    answer_newest(call, buffer, elements)
}

/// `:FETC?`: the newest reading of a buffer; an empty one has none (-230, UNVERIFIED).
fn fetch(call: &mut Call<'_, '_>) -> Handled {
    let buffer = call.next_buffer()?;
    let elements = call.elements()?;
    answer_newest(call, buffer, elements)
}

fn answer_newest(call: &mut Call<'_, '_>, buffer: BufferId, elements: Vec<Element>) -> Handled {
    let count = call.unit.buffers.get(buffer).map_or(0, |it| it.readings().len());
    if count == 0 {
        return Err(code::DATA_STALE);
    }
    answer_readings(call, buffer, count - 1..count, elements)
}

/// Answers readings of a buffer, their places counted from zero.
pub(super) fn answer_readings(
    call: &mut Call<'_, '_>,
    buffer: BufferId,
    range: std::ops::Range<usize>,
    mut elements: Vec<Element>,
) -> Handled {
    if call.unit.disturbances.wrong_stride {
        // The element behind the last that was asked for comes along.
        let last = elements.last().copied().unwrap_or(Element::Reading);
        let place = Element::ALL.iter().position(|it| it.1 == last).unwrap_or(0);
        elements.push(Element::ALL[(place + 1) % Element::ALL.len()].1);
    }
    let unit = &*call.unit;
    let Some(buffer) = unit.buffers.get(buffer) else { return Err(code::ILLEGAL_PARAMETER) };
    let format = &unit.settings.format;
    let rows = Rows { format, elements: &elements, buffer, epoch: unit.epoch };
    let mut out = Vec::with_capacity(14 * range.len() * elements.len());
    rows.write(buffer.readings().range(range), &mut out)?;
    call.data().extend_from_slice(&out);
    Ok(())
}
