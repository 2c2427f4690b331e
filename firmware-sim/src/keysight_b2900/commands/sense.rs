//! `:SENSe` (SENSe subsystem, from page 4-73 on; command summary pages 2-15 to 2-18).

use scpi_parser::{
    program::Numeric,
    table::{Command, Table},
};

use super::super::{
    call::{Call, Handled, Limits},
    code::{Code, ILLEGAL_PARAMETER, PARAMETER_OUT_OF_RANGE, SETTINGS_CONFLICT},
    ranges::{OHMS, holding},
    settings::{Functions, OhmsMode, SenseFunction},
};
use super::{Entry, command};
use crate::engine::{call::Dialect, channel::Quantity, choice::Choice};

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

use Quantity::{Current, Voltage};

const GAIN: Limits = Limits::new(0.0, 100.0, 1.0);
const OFFSET: Limits = Limits::new(0.0, 1.0, 0.0);
const THRESHOLD: Limits = Limits::new(11.0, 100.0, 90.0);

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
    // Ranges (page 4-78 and table 2-7 to 2-9).
    command(":SENSe#:VOLTage[:DC]:RANGe[:UPPer][?]", |call| range(call, Voltage)),
    command(":SENSe#:CURRent[:DC]:RANGe[:UPPer][?]", |call| range(call, Current)),
    command(":SENSe#:VOLTage[:DC]:RANGe:AUTO[?]", |call| range_auto(call, Voltage)),
    command(":SENSe#:CURRent[:DC]:RANGe:AUTO[?]", |call| range_auto(call, Current)),
    command(":SENSe#:VOLTage[:DC]:RANGe:AUTO:LLIMit[?]", |call| limit(call, Voltage, false)),
    command(":SENSe#:CURRent[:DC]:RANGe:AUTO:LLIMit[?]", |call| limit(call, Current, false)),
    command(":SENSe#:VOLTage[:DC]:RANGe:AUTO:ULIMit[?]", |call| limit(call, Voltage, true)),
    command(":SENSe#:CURRent[:DC]:RANGe:AUTO:ULIMit[?]", |call| limit(call, Current, true)),
    command(":SENSe#:VOLTage[:DC]:RANGe:AUTO:MODE[?]", |call| {
        call.choice_of(|it| &mut it.sense.voltage.mode)
    }),
    command(":SENSe#:CURRent[:DC]:RANGe:AUTO:MODE[?]", |call| {
        call.choice_of(|it| &mut it.sense.current.mode)
    }),
    command(":SENSe#:VOLTage[:DC]:RANGe:AUTO:THReshold[?]", |call| {
        call.real_of(THRESHOLD, |it| &mut it.sense.voltage.threshold)
    }),
    command(":SENSe#:CURRent[:DC]:RANGe:AUTO:THReshold[?]", |call| {
        call.real_of(THRESHOLD, |it| &mut it.sense.current.threshold)
    }),
    command(":SENSe#:RESistance:RANGe[:UPPer][?]", |call| ohms(call, Ohms::Range)),
    command(":SENSe#:RESistance:RANGe:AUTO[?]", |call| {
        call.toggle_of(|it| &mut it.sense.ohms.auto)
    }),
    command(":SENSe#:RESistance:RANGe:AUTO:LLIMit[?]", |call| ohms(call, Ohms::Lower)),
    command(":SENSe#:RESistance:RANGe:AUTO:ULIMit[?]", |call| ohms(call, Ohms::Upper)),
    command(":SENSe#:RESistance:MODE[?]", ohms_mode),
    command(":SENSe#:RESistance:OCOMpensated[?]", |call| {
        call.toggle_of(|it| &mut it.sense.ohms.compensated)
    }),
    // Compliance (B2961 4-89 to 4-91).
    command(":SENSe#:VOLTage[:DC]:PROTection[:LEVel][:BOTH][?]", |call| {
        protection(call, Voltage, Side::Both)
    }),
    command(":SENSe#:CURRent[:DC]:PROTection[:LEVel][:BOTH][?]", |call| {
        protection(call, Current, Side::Both)
    }),
    command(":SENSe#:VOLTage[:DC]:PROTection[:LEVel]:POSitive[?]", |call| {
        protection(call, Voltage, Side::Positive)
    }),
    command(":SENSe#:CURRent[:DC]:PROTection[:LEVel]:POSitive[?]", |call| {
        protection(call, Current, Side::Positive)
    }),
    command(":SENSe#:VOLTage[:DC]:PROTection[:LEVel]:NEGative[?]", |call| {
        protection(call, Voltage, Side::Negative)
    }),
    command(":SENSe#:CURRent[:DC]:PROTection[:LEVel]:NEGative[?]", |call| {
        protection(call, Current, Side::Negative)
    }),
    command(":SENSe#:VOLTage[:DC]:PROTection:TRIPped?", |call| tripped(call, Voltage)),
    command(":SENSe#:CURRent[:DC]:PROTection:TRIPped?", |call| tripped(call, Current)),
    command(":SENSe#:REMote[?]", |call| call.toggle_of(|it| &mut it.sense.four_wire)),
    // Wait time (B2961 2-32) and trigger output.
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
    let value = match call.parameters.number(super::super::KeysightB2900::UNITS)? {
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

fn range(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let table = call.unit.model.spec.of(quantity);
    let nominal = if quantity == Voltage { 2.0 } else { 1e-4 };
    let default = holding(table, nominal).unwrap_or(0);
    let present = call.unit.smus[channel].settings.sense.of(quantity).range;
    if let Some(range) = call.nominal_range(table, present, default)? {
        call.unit.smus[channel].settings.sense.of(quantity).range = range;
    }
    Ok(())
}

fn range_auto(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    match quantity {
        Voltage => call.toggle_of(|it| &mut it.sense.voltage.auto),
        Current => call.toggle_of(|it| &mut it.sense.current.auto),
    }
}

/// The lowest and the highest range of automatic ranging; the lowest is not above the highest.
fn limit(call: &mut Call<'_, '_>, quantity: Quantity, upper: bool) -> Handled {
    let channel = call.channel()?;
    let table = call.unit.model.spec.of(quantity);
    let nominal = if quantity == Voltage { 0.2 } else { 1e-6 };
    let lowest = holding(table, nominal).unwrap_or(0);
    let default = if upper { table.len() - 1 } else { lowest };
    let sensed = call.unit.smus[channel].settings.sense.of(quantity);
    let present = if upper { sensed.upper_limit } else { sensed.lower_limit };
    let Some(range) = call.nominal_range(table, present, default)? else { return Ok(()) };
    let sensed = call.unit.smus[channel].settings.sense.of(quantity);
    let (low, high) = if upper { (sensed.lower_limit, range) } else { (range, sensed.upper_limit) };
    if low > high {
        return Err(SETTINGS_CONFLICT);
    }
    (sensed.lower_limit, sensed.upper_limit) = (low, high);
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ohms {
    Range,
    Lower,
    Upper,
}

/// Resistance ranges are kept for the automatic mode, which is not simulated.
fn ohms(call: &mut Call<'_, '_>, which: Ohms) -> Handled {
    let channel = call.channel()?;
    let sense = &call.unit.smus[channel].settings.sense.ohms;
    let (present, default) = match which {
        Ohms::Range => (sense.range, 0),
        Ohms::Lower => (sense.lower_limit, 0),
        Ohms::Upper => (sense.upper_limit, OHMS.len() - 1),
    };
    let limits = Limits::new(0.0, OHMS[OHMS.len() - 1], OHMS[default]);
    if call.is_query {
        let value = call.next_limit(limits)?.unwrap_or(OHMS[present]);
        return call.answer_real(value);
    }
    let value = limits.check(call.parameters.number(super::super::KeysightB2900::UNITS)?)?;
    call.no_parameters()?;
    let range = OHMS.iter().position(|it| value <= *it).ok_or(PARAMETER_OUT_OF_RANGE)?;
    let ohms = &mut call.unit.smus[channel].settings.sense.ohms;
    let conflict = match which {
        Ohms::Range => false,
        Ohms::Lower => range > ohms.upper_limit,
        Ohms::Upper => range < ohms.lower_limit,
    };
    if conflict {
        return Err(SETTINGS_CONFLICT);
    }
    *match which {
        Ohms::Range => &mut ohms.range,
        Ohms::Lower => &mut ohms.lower_limit,
        Ohms::Upper => &mut ohms.upper_limit,
    } = range;
    Ok(())
}

/// `:SENS:RES:MODE`: resistance is voltage over current; the mode in which the instrument chooses
/// the current is not simulated, and refused.
fn ohms_mode(call: &mut Call<'_, '_>) -> Handled {
    call.channel()?;
    if call.is_query {
        return call.answer_choice(OhmsMode::Manual);
    }
    match call.choice()? {
        OhmsMode::Manual => Ok(()),
        OhmsMode::Auto => Err(SETTINGS_CONFLICT),
    }
}

#[derive(Clone, Copy)]
enum Side {
    Both,
    Positive,
    Negative,
}

/// The compliance. The two sides need an option and firmware 3.1; it is taken as there. A side
/// limits while the level is of its sign, which for a device without a source of its own is the
/// side on which it can limit.
fn protection(call: &mut Call<'_, '_>, quantity: Quantity, side: Side) -> Handled {
    let channel = call.channel()?;
    let table = call.unit.model.spec.of(quantity);
    let default = if quantity == Voltage { 2.0 } else { 1e-4 };
    // The lowest compliance is UNVERIFIED: a hundredth of the lowest range.
    let limits = Limits::new(0.01 * table[0].nominal, table[table.len() - 1].top(), default);
    let sensed = call.unit.smus[channel].settings.sense.peek(quantity);
    let before = (sensed.positive, sensed.negative);
    let present = match side {
        Side::Both | Side::Positive => before.0,
        Side::Negative => before.1,
    };
    call.real(
        limits,
        |_| present,
        |unit, value| {
            let after = match side {
                Side::Both => (value, value),
                Side::Positive => (value, before.1),
                Side::Negative => (before.0, value),
            };
            let set = move |to: (f64, f64)| {
                move |smu: &mut super::super::smu::Smu| {
                    let sensed = smu.settings.sense.of(quantity);
                    (sensed.positive, sensed.negative) = to;
                }
            };
            unit.change_smu(channel, set(after), set(before))
        },
    )
}

/// `:PROT:TRIP?`: of the quantity that is not limited it is 0.
fn tripped(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let limiting = call.unit.smus[channel].is_limiting(quantity);
    call.answer_toggle(limiting)
}
