//! `:TRIGger:LOAD` (2450 Reference Manual, section 6, from page 6-152).

use super::super::{
    call::{Call, Command, Handled, Limits, command},
    code::{self, Code},
    lists::ListId,
    trigger::{
        Block, Event, LimitType,
        templates::{self, Bin, Binning},
    },
};

pub(super) const TABLE: &[Command] = &[
    command(":TRIGger:LOAD", load),
    command(":TRIGger:LOAD:EMPTy", |call| {
        call.no_parameters()?;
        call.unit.trigger.load(Vec::new());
        Ok(())
    }),
    command(":TRIGger:LOAD:LOOP:SIMPle", |call| {
        let blocks = simple_loop(call)?;
        finish(call, blocks)
    }),
    command(":TRIGger:LOAD:LOOP:DURation", |call| {
        let blocks = duration_loop(call)?;
        finish(call, blocks)
    }),
];

const DELAY: Limits = Limits::new(0.0, 10_000.0, 0.0);

/// The name of a model, compared without case, and what it needs.
fn load(call: &mut Call<'_, '_>) -> Handled {
    let name = call.text()?.to_ascii_lowercase();
    let blocks = match name.as_str() {
        "empty" => Vec::new(),
        "simpleloop" => simple_loop(call)?,
        "durationloop" => duration_loop(call)?,
        "configlist" => config_list(call)?,
        "logictrigger" => logic_trigger(call)?,
        "gradebinning" => binning(call, LimitType::Outside)?,
        "sortbinning" => binning(call, LimitType::Inside)?,
        _ => return Err(code::ILLEGAL_PARAMETER),
    };
    finish(call, blocks)
}

fn finish(call: &mut Call<'_, '_>, blocks: Vec<Block>) -> Handled {
    call.no_parameters()?;
    call.unit.trigger.load(blocks);
    Ok(())
}

fn next_delay(call: &mut Call<'_, '_>) -> Result<f64, Code> {
    if call.has_more() { call.number(DELAY) } else { Ok(0.0) }
}

/// `count[, delay[, "buffer"]]`.
fn simple_loop(call: &mut Call<'_, '_>) -> Result<Vec<Block>, Code> {
    let count = call.integer(1, 268_435_455)?;
    let delay = next_delay(call)?;
    Ok(templates::simple_loop(count, delay, call.next_buffer()?))
}

/// `duration[, delay[, "buffer"]]`.
fn duration_loop(call: &mut Call<'_, '_>) -> Result<Vec<Block>, Code> {
    let seconds = call.number(Limits::new(500e-9, 100_000.0, 1.0))?;
    let delay = next_delay(call)?;
    Ok(templates::duration_loop(seconds, delay, call.next_buffer()?))
}

/// `"measure list", "source list"[, delay[, "buffer"]]`.
fn config_list(call: &mut Call<'_, '_>) -> Result<Vec<Block>, Code> {
    let (sense, source) = (call.list()?, call.list()?);
    if !matches!((sense, source), (ListId::Sense(_), ListId::Source(_))) {
        return Err(code::ILLEGAL_PARAMETER);
    }
    let points = call.unit.lists.len(source);
    if points == 0 || call.unit.lists.len(sense) == 0 {
        return Err(code::ILLEGAL_PARAMETER);
    }
    let delay = next_delay(call)?;
    Ok(templates::config_list((sense, source), points as u32, delay, call.next_buffer()?))
}

/// A digital line, from 1; answers it counted from zero.
fn line(call: &mut Call<'_, '_>) -> Result<usize, Code> {
    Ok(call.integer(1, 6)? as usize - 1)
}

/// `inLine, outLine, count, clear[, delay[, "buffer"]]`: the lines become trigger lines.
fn logic_trigger(call: &mut Call<'_, '_>) -> Result<Vec<Block>, Code> {
    let (input, output) = (line(call)?, line(call)?);
    let count = call.integer(1, 268_435_455)?;
    let clear = call.parameters.boolean()?;
    let delay = next_delay(call)?;
    let buffer = call.next_buffer()?;
    let events = Event::digital(input).zip(Event::notify(0));
    let (event, done) = events.ok_or(code::PARAMETER_OUT_OF_RANGE)?;
    call.unit.become_trigger_lines(input, Some((output, done)));
    Ok(templates::logic_trigger((event, done), count, clear, delay, buffer))
}

/// `components, startLine, startDelay, endDelay, high1, low1, pattern1, otherwise[, high2, low2,
/// pattern2…][, "buffer"]`.
fn binning(call: &mut Call<'_, '_>, kind: LimitType) -> Result<Vec<Block>, Code> {
    let components = call.integer(1, 268_435_455)?;
    let input = line(call)?;
    let (start_delay, end_delay) = (call.number(DELAY)?, call.number(DELAY)?);
    let mut bins = vec![bin(call)?];
    let otherwise = call.integer(0, 15)? as u8;
    let mut buffer = super::super::buffer::DEFAULT;
    while call.has_more() {
        let mut ahead = call.parameters;
        if ahead.string().is_ok() {
            buffer = call.buffer()?;
            break;
        }
        if bins.len() == 4 {
            return Err(code::TOO_MUCH_DATA);
        }
        bins.push(bin(call)?);
    }
    let start = Event::digital(input).ok_or(code::PARAMETER_OUT_OF_RANGE)?;
    call.unit.become_trigger_lines(input, None);
    let binning = Binning { components, start, start_delay, end_delay, bins, otherwise, buffer };
    Ok(templates::binning(&binning, kind))
}

fn bin(call: &mut Call<'_, '_>) -> Result<Bin, Code> {
    let limits = Limits::new(-1e12, 1e12, 0.0);
    let (high, low) = (call.number(limits)?, call.number(limits)?);
    Ok(Bin { high, low, pattern: call.integer(0, 15)? as u8 })
}
