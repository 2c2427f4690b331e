//! `[:SOURce]`: what is sourced (SOURce subsystem, pages 4-93 to 4-105).

use scpi_parser::table::{Command, Table};

use super::super::{
    call::{Call, Handled, Limits},
    code::{PARAMETER_OUT_OF_RANGE, SETTINGS_CONFLICT, TOO_MUCH_DATA},
    ranges::holding,
    settings::Function,
    smu::Smu,
    sweep::MOST,
    timing::{FUNCTION, LIST, QUERY, SOURCE},
};
use super::{Entry, command, timed};
use crate::engine::channel::Quantity;

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

use Quantity::{Current, Voltage};

const GAIN: Limits = Limits::new(0.0, 100.0, 1.0);
const OFFSET: Limits = Limits::new(0.0, 1.0, 0.0);
const PULSE_DELAY: Limits = Limits::new(0.0, 99_999.9, 0.0);
const PULSE_WIDTH: Limits = Limits::new(50e-6, 100_000.0, 50e-6);

const COMMANDS: &[Command<Entry>] = &[
    timed("[:SOURce#]:FUNCtion:MODE[?]", FUNCTION, QUERY, function),
    timed("[:SOURce#]:FUNCtion[:SHAPe][?]", SOURCE, QUERY, |call| {
        call.choice_of(|it| &mut it.source.shape)
    }),
    command("[:SOURce#]:FUNCtion:TRIGgered:CONTinuous[?]", |call| {
        call.toggle_of(|it| &mut it.source.continuous)
    }),
    // Levels (page 4-93).
    timed("[:SOURce#]:VOLTage[:LEVel][:IMMediate][:AMPLitude][?]", SOURCE, QUERY, |call| {
        level(call, Voltage)
    }),
    timed("[:SOURce#]:CURRent[:LEVel][:IMMediate][:AMPLitude][?]", SOURCE, QUERY, |call| {
        level(call, Current)
    }),
    timed("[:SOURce#]:VOLTage[:LEVel]:TRIGgered[:AMPLitude][?]", SOURCE, QUERY, |call| {
        triggered_level(call, Voltage)
    }),
    timed("[:SOURce#]:CURRent[:LEVel]:TRIGgered[:AMPLitude][?]", SOURCE, QUERY, |call| {
        triggered_level(call, Current)
    }),
    timed("[:SOURce#]:VOLTage:MODE[?]", SOURCE, QUERY, |call| {
        call.choice_of(|it| &mut it.source.voltage.mode)
    }),
    timed("[:SOURce#]:CURRent:MODE[?]", SOURCE, QUERY, |call| {
        call.choice_of(|it| &mut it.source.current.mode)
    }),
    // Ranges (pages 4-95 and 4-97).
    timed("[:SOURce#]:VOLTage:RANGe[?]", SOURCE, QUERY, |call| range(call, Voltage)),
    timed("[:SOURce#]:CURRent:RANGe[?]", SOURCE, QUERY, |call| range(call, Current)),
    timed("[:SOURce#]:VOLTage:RANGe:AUTO[?]", SOURCE, QUERY, |call| range_auto(call, Voltage)),
    timed("[:SOURce#]:CURRent:RANGe:AUTO[?]", SOURCE, QUERY, |call| range_auto(call, Current)),
    timed("[:SOURce#]:VOLTage:RANGe:AUTO:LLIMit[?]", SOURCE, QUERY, |call| {
        lower_limit(call, Voltage)
    }),
    timed("[:SOURce#]:CURRent:RANGe:AUTO:LLIMit[?]", SOURCE, QUERY, |call| {
        lower_limit(call, Current)
    }),
    // Lists (page 4-105).
    timed("[:SOURce#]:LIST:VOLTage[?]", LIST, LIST, |call| list(call, Voltage)),
    timed("[:SOURce#]:LIST:CURRent[?]", LIST, LIST, |call| list(call, Current)),
    timed("[:SOURce#]:LIST:VOLTage:APPend", LIST, QUERY, |call| append(call, Voltage)),
    timed("[:SOURce#]:LIST:CURRent:APPend", LIST, QUERY, |call| append(call, Current)),
    command("[:SOURce#]:LIST:VOLTage:POINts?", |call| list_points(call, Voltage)),
    command("[:SOURce#]:LIST:CURRent:POINts?", |call| list_points(call, Current)),
    // Pulses, wait time (page 2-14) and trigger output.
    command("[:SOURce#]:PULSe:DELay[?]", |call| {
        call.real_of(PULSE_DELAY, |it| &mut it.source.pulse_delay)
    }),
    command("[:SOURce#]:PULSe:WIDTh[?]", |call| {
        call.real_of(PULSE_WIDTH, |it| &mut it.source.pulse_width)
    }),
    command("[:SOURce#]:WAIT[:STATe][?]", |call| call.toggle_of(|it| &mut it.source.wait.on)),
    command("[:SOURce#]:WAIT:AUTO[?]", |call| call.toggle_of(|it| &mut it.source.wait.auto)),
    command("[:SOURce#]:WAIT:GAIN[?]", |call| call.real_of(GAIN, |it| &mut it.source.wait.gain)),
    command("[:SOURce#]:WAIT:OFFSet[?]", |call| {
        call.real_of(OFFSET, |it| &mut it.source.wait.offset)
    }),
    command("[:SOURce#]:TOUTput[:STATe][?]", |call| call.toggle_of(|it| &mut it.source.output.on)),
    command("[:SOURce#]:TOUTput:SIGNal[?]", |call| {
        call.choice_of(|it| &mut it.source.output.signal)
    }),
];

/// What a level can be, whatever the range.
pub(super) fn levels(call: &Call<'_, '_>, quantity: Quantity) -> Limits {
    let table = call.unit.model.spec.of(quantity);
    let top = table[table.len() - 1].top();
    Limits::new(-top, top, 0.0)
}

/// `:SOUR:FUNC:MODE`: the output stays on, at the other quantity's level. UNVERIFIED.
fn function(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let before = call.unit.smus[channel].settings.source.function;
    if call.is_query {
        return call.answer_choice(before);
    }
    let after: Function = call.choice()?;
    if after == before {
        return Ok(());
    }
    let set = |to| {
        move |smu: &mut Smu| {
            smu.settings.source.function = to;
            smu.point = None;
        }
    };
    call.unit.change_smu(channel, set(after), set(before))
}

/// A level beyond a fixed range is refused.
fn check_level(smu: &Smu, quantity: Quantity, level: f64) -> Handled {
    let sourced = smu.settings.source.peek(quantity);
    let range = &smu.channel.spec.of(quantity)[sourced.range];
    if !sourced.auto && level.abs() > range.top() * (1.0 + 1e-12) {
        return Err(PARAMETER_OUT_OF_RANGE);
    }
    Ok(())
}

/// `:SOUR:<fn>`: at once on the terminals, where this is what is sourced.
fn level(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let limits = levels(call, quantity);
    let before = call.unit.smus[channel].settings.source.peek(quantity).level;
    call.real(
        limits,
        |_| before,
        |unit, level| {
            check_level(&unit.smus[channel], quantity, level)?;
            let point = unit.smus[channel].point;
            let sourced = unit.smus[channel].settings.source.quantity() == quantity;
            let set = |level: f64, point| {
                move |smu: &mut Smu| {
                    smu.settings.source.of(quantity).level = level;
                    smu.point = point;
                }
            };
            let after = if sourced { None } else { point };
            unit.change_smu(channel, set(level, after), set(before, point))
        },
    )
}

/// `:SOUR:<fn>:TRIG`: with the next trigger of the source.
fn triggered_level(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let limits = levels(call, quantity);
    let sourced = call.unit.smus[channel].settings.source.peek(quantity);
    let present = sourced.triggered.unwrap_or(sourced.level);
    call.real(
        limits,
        |_| present,
        |unit, level| {
            check_level(&unit.smus[channel], quantity, level)?;
            unit.smus[channel].settings.source.of(quantity).triggered = Some(level);
            Ok(())
        },
    )
}

/// `:SOUR:<fn>:RANG`: it counts while ranging is not automatic (page 4-95), and then it has to
/// hold the level.
fn range(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let table = call.unit.model.spec.of(quantity);
    let nominal = if quantity == Voltage { 2.0 } else { 1e-4 };
    let default = holding(table, nominal).unwrap_or(0);
    let sourced = call.unit.smus[channel].settings.source.peek(quantity);
    let (present, auto, level) = (sourced.range, sourced.auto, sourced.level);
    let Some(range) = call.nominal_range(table, present, default)? else { return Ok(()) };
    if !auto && level.abs() > table[range].top() * (1.0 + 1e-12) {
        return Err(SETTINGS_CONFLICT);
    }
    call.unit.smus[channel].settings.source.of(quantity).range = range;
    call.unit.apply(channel);
    Ok(())
}

/// `:SOUR:<fn>:RANG:AUTO`: off, the range is the one that was set, or a higher one that the level
/// needs.
fn range_auto(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let table = call.unit.model.spec.of(quantity);
    let present = call.unit.smus[channel].settings.source.peek(quantity).auto;
    call.toggle(
        |_| present,
        |unit, on| {
            let sourced = unit.smus[channel].settings.source.of(quantity);
            let needed = holding(table, sourced.level).unwrap_or(table.len() - 1);
            sourced.auto = on;
            if !on {
                sourced.range = sourced.range.max(needed);
            }
            unit.apply(channel);
            Ok(())
        },
    )
}

fn lower_limit(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let table = call.unit.model.spec.of(quantity);
    let present = call.unit.smus[channel].settings.source.peek(quantity).lower_limit;
    if let Some(range) = call.nominal_range(table, present, 0)? {
        call.unit.smus[channel].settings.source.of(quantity).lower_limit = range;
        call.unit.apply(channel);
    }
    Ok(())
}

/// At most 2500 values, in one command or in several.
fn list_parameters(
    call: &mut Call<'_, '_>,
    quantity: Quantity,
) -> Result<Vec<f64>, super::super::code::Code> {
    let limits = levels(call, quantity);
    let mut values = vec![0.0; MOST as usize];
    let count = call.reals(&mut values, limits)?;
    values.truncate(count);
    Ok(values)
}

fn list(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    if call.is_query {
        call.no_parameters()?;
        let list = std::mem::take(&mut call.unit.smus[channel].settings.source.of(quantity).list);
        let answered = call.answer_reals(&list);
        call.unit.smus[channel].settings.source.of(quantity).list = list;
        return answered;
    }
    let values = list_parameters(call, quantity)?;
    call.unit.smus[channel].settings.source.of(quantity).list = values;
    Ok(())
}

fn append(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let values = list_parameters(call, quantity)?;
    let list = &mut call.unit.smus[channel].settings.source.of(quantity).list;
    if list.len() + values.len() > MOST as usize {
        return Err(TOO_MUCH_DATA);
    }
    list.extend(values);
    Ok(())
}

fn list_points(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let points = call.unit.smus[channel].settings.source.peek(quantity).list.len();
    call.answer_whole(points as u32)
}
