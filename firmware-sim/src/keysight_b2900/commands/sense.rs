//! `:SENSe`: functions and integration time (SENSe subsystem, from page 4-73 on; command summary
//! page 2-17).

use scpi_parser::{
    program::Numeric,
    table::{Command, Table},
};

use super::super::{
    KeysightB2900,
    call::{Call, Handled, Limits},
    code::{Code, ILLEGAL_PARAMETER},
    settings::{Functions, SenseFunction},
};
use super::{Entry, command};
use crate::engine::{call::Dialect, choice::Choice};

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

const GAIN: Limits = Limits::new(0.0, 100.0, 1.0);
const OFFSET: Limits = Limits::new(0.0, 1.0, 0.0);

const COMMANDS: &[Command<Entry>] = &[
    command(":SENSe#:FUNCtion[:ON][?]", functions_on),
    command(":SENSe#:FUNCtion[:ON]:ALL", |call| all_functions(call, Functions::ALL)),
    command(":SENSe#:FUNCtion[:ON]:COUNt?", |call| count(call, true)),
    command(":SENSe#:FUNCtion:OFF[?]", functions_off),
    command(":SENSe#:FUNCtion:OFF:ALL", |call| all_functions(call, Functions::NONE)),
    command(":SENSe#:FUNCtion:OFF:COUNt?", |call| count(call, false)),
    command(":SENSe#:FUNCtion:STATe?", function_state),
    // Integration time, common to all functions (page 4-73). Drivers leave out `:SENS` here; that
    // the instrument lets them is UNVERIFIED.
    command("[:SENSe#]:VOLTage[:DC]:APERture[?]", aperture),
    command("[:SENSe#]:CURRent[:DC]:APERture[?]", aperture),
    command("[:SENSe#]:RESistance:APERture[?]", aperture),
    command("[:SENSe#]:VOLTage[:DC]:APERture:AUTO[?]", aperture_auto),
    command("[:SENSe#]:CURRent[:DC]:APERture:AUTO[?]", aperture_auto),
    command("[:SENSe#]:RESistance:APERture:AUTO[?]", aperture_auto),
    command("[:SENSe#]:VOLTage[:DC]:NPLCycles[?]", nplc),
    command("[:SENSe#]:CURRent[:DC]:NPLCycles[?]", nplc),
    command("[:SENSe#]:RESistance:NPLCycles[?]", nplc),
    command("[:SENSe#]:VOLTage[:DC]:NPLCycles:AUTO[?]", aperture_auto),
    command("[:SENSe#]:CURRent[:DC]:NPLCycles:AUTO[?]", aperture_auto),
    command("[:SENSe#]:RESistance:NPLCycles:AUTO[?]", aperture_auto),
    command(":SENSe#:REMote[?]", |call| call.toggle_of(|it| &mut it.sense.four_wire)),
    // Wait time (page 4-91) and trigger output.
    command(":SENSe#:WAIT[:STATe][?]", |call| call.toggle_of(|it| &mut it.sense.wait.on)),
    command(":SENSe#:WAIT:AUTO[?]", |call| call.toggle_of(|it| &mut it.sense.wait.auto)),
    command(":SENSe#:WAIT:GAIN[?]", |call| call.real_of(GAIN, |it| &mut it.sense.wait.gain)),
    command(":SENSe#:WAIT:OFFSet[?]", |call| call.real_of(OFFSET, |it| &mut it.sense.wait.offset)),
    command(":SENSe#:TOUTput[:STATe][?]", |call| call.toggle_of(|it| &mut it.sense.output.on)),
    command(":SENSe#:TOUTput:SIGNal[?]", |call| call.choice_of(|it| &mut it.sense.output.signal)),
];

const ALL_FUNCTIONS: [SenseFunction; 3] =
    [SenseFunction::Voltage, SenseFunction::Current, SenseFunction::Resistance];

/// A function's name, in quotes; the manual leaves them out in places, and both are taken.
fn function(call: &mut Call<'_, '_>) -> Result<SenseFunction, Code> {
    let mut ahead = call.parameters;
    let raw = ahead.next_raw()?.unwrap_or_default();
    if raw.first().is_some_and(u8::is_ascii_alphabetic) {
        return call.choice_of_several();
    }
    let name = call.text()?;
    let name = name.trim();
    let name = name.strip_suffix(":DC").or(name.strip_suffix(":dc")).unwrap_or(name);
    let known = SenseFunction::ALL.iter().find(|(pattern, function)| {
        name.eq_ignore_ascii_case(pattern) || name.eq_ignore_ascii_case(&function.short())
    });
    known.map(|it| it.1).ok_or(ILLEGAL_PARAMETER)
}

fn several(call: &mut Call<'_, '_>, on: bool) -> Handled {
    let channel = call.channel()?;
    let mut functions = call.unit.smus[channel].settings.sense.functions;
    loop {
        let function = function(call)?;
        functions.set(function, on);
        if call.parameters.is_empty() {
            break;
        }
    }
    call.unit.smus[channel].settings.sense.functions = functions;
    Ok(())
}

fn answer_functions(call: &mut Call<'_, '_>, on: bool) -> Handled {
    let channel = call.channel()?;
    call.no_parameters()?;
    let functions = call.unit.smus[channel].settings.sense.functions;
    let names = [("\"VOLT\"", 0), ("\"CURR\"", 1), ("\"RES\"", 2)];
    let chosen = names.into_iter().filter(|it| functions.has(ALL_FUNCTIONS[it.1]) == on);
    let chosen: Vec<&str> = chosen.map(|it| it.0).collect();
    if chosen.is_empty() {
        return call.answer_text("\"\"");
    }
    chosen.into_iter().try_for_each(|name| call.answer_text(name))
}

/// `:SENS:FUNC[:ON]` adds functions; those that are on stay on.
fn functions_on(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query { answer_functions(call, true) } else { several(call, true) }
}

fn functions_off(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query { answer_functions(call, false) } else { several(call, false) }
}

fn all_functions(call: &mut Call<'_, '_>, functions: Functions) -> Handled {
    let channel = call.channel()?;
    call.no_parameters()?;
    call.unit.smus[channel].settings.sense.functions = functions;
    Ok(())
}

fn count(call: &mut Call<'_, '_>, on: bool) -> Handled {
    let channel = call.channel()?;
    let functions = call.unit.smus[channel].settings.sense.functions;
    let count = ALL_FUNCTIONS.iter().filter(|it| functions.has(**it) == on).count();
    call.answer_whole(count as u32)
}

fn function_state(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let function = function(call)?;
    call.no_parameters()?;
    let on = call.unit.smus[channel].settings.sense.functions.has(function);
    call.answer_toggle(on)
}

/// A number that is set to the nearest limit, without an error, where it is beyond it.
fn clamped(call: &mut Call<'_, '_>, limits: Limits, present: f64) -> Result<Option<f64>, Code> {
    if call.is_query {
        let value = call.next_limit(limits)?.unwrap_or(present);
        call.answer_real(value)?;
        return Ok(None);
    }
    let value = match call.parameters.number(KeysightB2900::UNITS)? {
        Numeric::Value(value) => value.clamp(limits.minimum, limits.maximum),
        keyword => limits.check(keyword)?,
    };
    call.no_parameters()?;
    Ok(Some(value))
}

const SHORTEST: f64 = 8e-6;
const LONGEST: f64 = 2.0;

fn aperture(call: &mut Call<'_, '_>) -> Handled {
    set_aperture(call, 1.0)
}

/// Cycles: 4E-4 to 100 at 50 Hz, 4.8E-4 to 120 at 60 Hz.
fn nplc(call: &mut Call<'_, '_>) -> Handled {
    let hertz = call.unit.line_frequency;
    set_aperture(call, hertz)
}

fn set_aperture(call: &mut Call<'_, '_>, per_second: f64) -> Handled {
    let channel = call.channel()?;
    let default = 0.1 / call.unit.line_frequency;
    let limits = Limits::new(SHORTEST * per_second, LONGEST * per_second, default * per_second);
    let present = call.unit.smus[channel].settings.sense.aperture * per_second;
    if let Some(value) = clamped(call, limits, present)? {
        let sense = &mut call.unit.smus[channel].settings.sense;
        sense.aperture = value / per_second;
        sense.aperture_auto = false;
    }
    Ok(())
}

/// Automatic: 0.1 PLC whatever the range. That longer ones are taken on low ranges is UNVERIFIED.
fn aperture_auto(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    call.toggle_of(|it| &mut it.sense.aperture_auto)?;
    let default = 0.1 / call.unit.line_frequency;
    let sense = &mut call.unit.smus[channel].settings.sense;
    if sense.aperture_auto && !call.is_query {
        sense.aperture = default;
    }
    Ok(())
}
