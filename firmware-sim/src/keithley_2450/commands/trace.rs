//! `:TRACe`: reading buffers (2450 Reference Manual, section 6, from page 6-108).

use super::super::{
    buffer::{FillMode, SMALLEST, Style},
    call::{Call, Command, Handled, command},
    code,
};
use super::measure::answer_readings;
use crate::engine::choice::Choice;

pub(super) const TABLE: &[Command] = &[
    command(":TRACe:MAKE", make),
    command(":TRACe:DELete", |call| {
        let buffer = call.buffer()?;
        call.no_parameters()?;
        refuse_while_running(call)?;
        call.unit.buffers.delete(buffer)
    }),
    command(":TRACe:POINts[?]", points),
    command(":TRACe:ACTual?", |call| actual(call, |count| count)),
    command(":TRACe:ACTual:STARt?", |call| actual(call, |count| count.min(1))),
    command(":TRACe:ACTual:END?", |call| actual(call, |count| count)),
    command(":TRACe:CLEar", |call| {
        let buffer = call.next_buffer()?;
        call.no_parameters()?;
        call.unit.clear_buffer(buffer);
        Ok(())
    }),
    command(":TRACe:DATA?", data),
    command(":TRACe:TRIGger", make_readings),
    command(":TRACe:FILL:MODE[?]", fill_mode),
    command(":TRACe:LOG:STATe[?]", log_state),
    command(":TRACe:STATistics:AVERage?", |call| statistic(call, mean)),
    command(":TRACe:STATistics:MAXimum?", |call| {
        statistic(call, |values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }),
    command(":TRACe:STATistics:MINimum?", |call| {
        statistic(call, |values| values.iter().copied().fold(f64::INFINITY, f64::min))
    }),
    command(":TRACe:STATistics:STDDev?", |call| statistic(call, deviation)),
    command(":TRACe:STATistics:PK2Pk?", |call| statistic(call, peak_to_peak)),
    command(":TRACe:STATistics:PKPK?", |call| statistic(call, peak_to_peak)),
    // Statistics are made when they are asked for, so nothing is left to clear.
    command(":TRACe:STATistics:CLEar", |call| {
        call.next_buffer()?;
        call.no_parameters()
    }),
];

/// `:TRAC:TRIG`: `:SENS:COUN` readings into a buffer; what is behind it waits for them.
fn make_readings(call: &mut Call<'_, '_>) -> Handled {
    let buffer = call.next_buffer()?;
    call.no_parameters()?;
    if !call.resumed {
        call.unit.begin_readings(buffer)?;
    }
    if call.unit.interactive.is_some() { call.wait() } else { Ok(()) }
}

fn refuse_while_running(call: &Call<'_, '_>) -> Handled {
    if call.unit.is_busy() { Err(code::PROHIBITED_WHILE_RUNNING) } else { Ok(()) }
}

/// `:TRAC:MAKE "name", size[, style]`. A style changes what is stored on the instrument, not what
/// is answered here.
fn make(call: &mut Call<'_, '_>) -> Handled {
    let name = call.text()?;
    let capacity = call.integer(SMALLEST as u32, u32::MAX)?;
    if call.has_more() {
        // An empty style is none: a released driver sends `"name", 100, ` to real instruments.
        match call.parameters.choice(Style::ALL) {
            Err(scpi_parser::error::SYNTAX_ERROR) => {}
            other => _ = other?,
        }
    }
    call.no_parameters()?;
    call.unit.buffers.make(name, capacity as usize)
}

/// `:TRAC:POIN size[, "name"]`: clears the buffer.
fn points(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let buffer = call.next_buffer()?;
        call.no_parameters()?;
        let capacity = call.unit.buffers.get(buffer).map_or(0, |it| it.capacity);
        return call.answer_whole(capacity as u32);
    }
    let capacity = call.integer(SMALLEST as u32, u32::MAX)?;
    let buffer = call.next_buffer()?;
    call.no_parameters()?;
    refuse_while_running(call)?;
    call.unit.buffers.resize(buffer, capacity as usize)
}

fn actual(call: &mut Call<'_, '_>, of: fn(usize) -> usize) -> Handled {
    let buffer = call.next_buffer()?;
    call.no_parameters()?;
    let count = call.unit.buffers.get(buffer).map_or(0, |it| it.readings().len());
    call.answer_whole(of(count) as u32)
}

/// `:TRAC:DATA? start, end[, "name"[, elements]]`: one row behind the other.
fn data(call: &mut Call<'_, '_>) -> Handled {
    let (start, end) = (call.integer(1, u32::MAX)? as usize, call.integer(1, u32::MAX)? as usize);
    let buffer = call.next_buffer()?;
    let elements = call.elements()?;
    let count = call.unit.buffers.get(buffer).map_or(0, |it| it.readings().len());
    if start > end || end > count {
        return Err(code::PARAMETER_OUT_OF_RANGE);
    }
    answer_readings(call, buffer, start - 1..end, elements)
}

/// `:TRAC:LOG:STAT 1|0[, "name"]` (page 6-113).
fn log_state(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let buffer = call.next_buffer()?;
        call.no_parameters()?;
        let logs = call.unit.buffers.get(buffer).is_some_and(|it| it.logs);
        return call.answer_toggle(logs);
    }
    let logs = call.parameters.boolean()?;
    let buffer = call.next_buffer()?;
    call.no_parameters()?;
    if let Some(buffer) = call.unit.buffers.get_mut(buffer) {
        buffer.logs = logs;
    }
    Ok(())
}

/// `:TRAC:FILL:MODE CONT|ONCE[, "name"]`: a change clears the buffer (2461 Reference Manual, page
/// 6-164).
fn fill_mode(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let buffer = call.next_buffer()?;
        call.no_parameters()?;
        let fill = call.unit.buffers.get(buffer).map_or(FillMode::Once, |it| it.fill);
        return call.answer_choice(fill);
    }
    let fill = call.parameters.choice(FillMode::ALL)?;
    let id = call.next_buffer()?;
    call.no_parameters()?;
    if call.unit.buffers.get(id).is_some_and(|it| it.fill != fill) {
        call.unit.clear_buffer(id);
    }
    if let Some(buffer) = call.unit.buffers.get_mut(id) {
        buffer.fill = fill;
    }
    Ok(())
}

fn statistic(call: &mut Call<'_, '_>, of: fn(&[f64]) -> f64) -> Handled {
    let buffer = call.next_buffer()?;
    call.no_parameters()?;
    let buffer = call.unit.buffers.get(buffer);
    let values: Vec<f64> =
        buffer.map(|it| it.readings().iter().map(|it| it.value).collect()).unwrap_or_default();
    if values.is_empty() {
        return Err(code::DATA_STALE);
    }
    call.answer_real(of(&values))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|it| (it - mean) * (it - mean)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

fn peak_to_peak(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest - values.iter().copied().fold(f64::INFINITY, f64::min)
}
