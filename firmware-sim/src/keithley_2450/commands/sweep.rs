//! `:SOURce[1]:SWEep` and `:SOURce[1]:LIST` (2450 Reference Manual, section 6, from page 6-93).

use super::super::{
    Keithley2450, buffer,
    call::{Call, Command, Handled, Limits, command},
    code::{self, Code},
    lists::Levels,
    trigger::sweep::{MOST_POINTS, RangeType, Sweep, linear, logarithmic, stepped},
};
use crate::engine::{
    channel::Quantity::{self, Current, Voltage},
    choice::Choice,
};

pub(super) const TABLE: &[Command] = &[
    command(":SOURce#:SWEep:VOLTage:LINear", |call| sweep_linear(call, Voltage)),
    command(":SOURce#:SWEep:CURRent:LINear", |call| sweep_linear(call, Current)),
    command(":SOURce#:SWEep:VOLTage:LINear:STEP", |call| sweep_stepped(call, Voltage)),
    command(":SOURce#:SWEep:CURRent:LINear:STEP", |call| sweep_stepped(call, Current)),
    command(":SOURce#:SWEep:VOLTage:LOG", |call| sweep_logarithmic(call, Voltage)),
    command(":SOURce#:SWEep:CURRent:LOG", |call| sweep_logarithmic(call, Current)),
    command(":SOURce#:SWEep:VOLTage:LIST", |call| sweep_list(call, Voltage)),
    command(":SOURce#:SWEep:CURRent:LIST", |call| sweep_list(call, Current)),
    command(":SOURce#:LIST:VOLTage[?]", |call| list(call, Voltage)),
    command(":SOURce#:LIST:CURRent[?]", |call| list(call, Current)),
    command(":SOURce#:LIST:VOLTage:APPend", |call| append(call, Voltage)),
    command(":SOURce#:LIST:CURRent:APPend", |call| append(call, Current)),
    command(":SOURce#:LIST:VOLTage:POINts?", |call| points(call, Voltage)),
    command(":SOURce#:LIST:CURRent:POINts?", |call| points(call, Current)),
];

/// The most values of one list command, and of a list (2461 and 2470 Reference Manuals).
const MOST_AT_ONCE: usize = 100;
const MOST_IN_ALL: usize = 2500;

/// The name of the list that a sweep's levels are stored in.
fn name(quantity: Quantity, kind: &str) -> String {
    let prefix = match quantity {
        Voltage => "Volt",
        Current => "Curr",
    };
    format!("{prefix}{kind}SweepList")
}

fn levels(unit: &Keithley2450, quantity: Quantity) -> Limits {
    let top = unit.model.top(quantity);
    Limits::new(-top, top, 0.0)
}

/// Seconds between the points: -1 is automatic, 0 is none, and otherwise 50 us at least.
fn delay(call: &mut Call<'_, '_>) -> Result<f64, Code> {
    if !call.has_more() {
        return Ok(-1.0);
    }
    let delay = call.number(Limits::new(-1.0, 10_000.0, -1.0))?;
    let valid = delay == -1.0 || delay == 0.0 || delay >= 50e-6;
    if valid { Ok(delay) } else { Err(code::PARAMETER_OUT_OF_RANGE) }
}

fn count(call: &mut Call<'_, '_>) -> Result<u32, Code> {
    if call.has_more() { call.integer(0, 268_435_455) } else { Ok(1) }
}

/// What follows the levels: delay, count, range type, fail abort, dual, buffer; each may be left out
/// with all that follow it.
fn rest(call: &mut Call<'_, '_>, quantity: Quantity) -> Result<Sweep, Code> {
    let delay = delay(call)?;
    let count = count(call)?;
    let range =
        if call.has_more() { call.parameters.choice(RangeType::ALL)? } else { RangeType::Best };
    let fails = call.next_toggle(true)?;
    let dual = call.next_toggle(false)?;
    let buffer = call.next_buffer()?;
    Ok(Sweep { quantity, delay, count, range, fails, dual, buffer })
}

fn sweep_linear(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let limits = levels(call.unit, quantity);
    let (start, stop) = (call.number(limits)?, call.number(limits)?);
    let points = call.integer(2, MOST_POINTS)?;
    let sweep = rest(call, quantity)?;
    call.no_parameters()?;
    call.unit.load_sweep(&name(quantity, "Linear"), linear(start, stop, points), &sweep)
}

fn sweep_stepped(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let limits = levels(call.unit, quantity);
    let (start, stop) = (call.number(limits)?, call.number(limits)?);
    let step = call.number(limits)?;
    // The sign of the step follows from where the sweep goes; both ways of writing it are in use.
    let step = step.abs().copysign(stop - start);
    let sweep = rest(call, quantity)?;
    call.no_parameters()?;
    let levels = stepped(start, stop, step)?;
    call.unit.load_sweep(&name(quantity, "Linear"), levels, &sweep)
}

fn sweep_logarithmic(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let limits = levels(call.unit, quantity);
    let (start, stop) = (call.number(limits)?, call.number(limits)?);
    let points = call.integer(2, MOST_POINTS)?;
    let sweep = rest(call, quantity)?;
    let asymptote = if call.has_more() { call.number(limits)? } else { 0.0 };
    call.no_parameters()?;
    let levels = logarithmic(start, stop, points, asymptote)?;
    call.unit.load_sweep(&name(quantity, "Log"), levels, &sweep)
}

/// `:SOUR:SWE:<fn>:LIST startIndex, delay, count, failAbort, "buffer"`.
fn sweep_list(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let stored = call.unit.custom(quantity).len();
    let start = if call.has_more() { call.integer(1, MOST_IN_ALL as u32)? as usize } else { 1 };
    let delay = delay(call)?;
    let count = count(call)?;
    let fails = call.next_toggle(true)?;
    let buffer = if call.has_more() { call.buffer()? } else { buffer::DEFAULT };
    call.no_parameters()?;
    if start > stored {
        return Err(code::PARAMETER_OUT_OF_RANGE);
    }
    let levels = call.unit.custom(quantity)[start - 1..].to_vec();
    let automatic = call.unit.settings.source.of(quantity).range_auto;
    let range = if automatic { RangeType::Best } else { RangeType::Fixed };
    let sweep = Sweep { quantity, delay, count, range, fails, dual: false, buffer };
    call.unit.load_sweep(&name(quantity, "Custom"), levels, &sweep)
}

/// `:SOUR:LIST:<fn>`: at most 100 values, over what the list held.
fn list(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let values = call.unit.custom(quantity).clone();
        return call.answer_reals(&values);
    }
    store(call, quantity, true)
}

/// `:SOUR:LIST:<fn>:APP`: at most 100 more, and 2500 in all.
fn append(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    store(call, quantity, false)
}

fn store(call: &mut Call<'_, '_>, quantity: Quantity, anew: bool) -> Handled {
    let limits = levels(call.unit, quantity);
    let mut values = [0.0; MOST_AT_ONCE];
    let count = call.reals(&mut values, limits)?;
    let list = call.unit.custom_mut(quantity);
    if anew {
        list.clear();
    }
    if list.len() + count > MOST_IN_ALL {
        return Err(code::TOO_MUCH_DATA);
    }
    list.extend_from_slice(&values[..count]);
    // RM p. 6-78: the values are stored as a configuration list of this name. A sweep command stores
    // them again, with its own range and delay. UNVERIFIED: until then each level is on the range that
    // is set, if that is fixed, and settles as the source's own delay says.
    let levels = list.clone();
    let source = call.unit.settings.source.of(quantity);
    let range = (!source.range_auto).then_some(source.range);
    let levels = Levels { quantity, levels, range, delay: None };
    call.unit.lists.put_sweep(&name(quantity, "Custom"), levels).map(|_| ())
}

fn points(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.no_parameters()?;
    let points = call.unit.custom(quantity).len();
    call.answer_whole(points as u32)
}

impl Keithley2450 {
    fn custom(&self, quantity: Quantity) -> &Vec<f64> {
        match quantity {
            Voltage => &self.custom_levels.0,
            Current => &self.custom_levels.1,
        }
    }

    fn custom_mut(&mut self, quantity: Quantity) -> &mut Vec<f64> {
        match quantity {
            Voltage => &mut self.custom_levels.0,
            Current => &mut self.custom_levels.1,
        }
    }
}
