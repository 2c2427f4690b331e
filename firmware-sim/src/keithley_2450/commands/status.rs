//! `:STATus`: two registers whose bits the user maps events to (2450 Reference Manual, section 6,
//! from page 6-94, and appendix C).

use super::super::{
    Keithley2450,
    call::{Call, Command, Handled, command},
    code::PARAMETER_OUT_OF_RANGE,
    status::Mapped,
};

pub(super) const TABLE: &[Command] = &[
    command(":STATus:OPERation[:EVENt]?", |call| event(call, operation)),
    command(":STATus:OPERation:CONDition?", |call| condition(call, operation)),
    command(":STATus:OPERation:ENABle[?]", |call| enable(call, operation)),
    command(":STATus:OPERation:MAP[?]", |call| map(call, operation)),
    command(":STATus:QUEStionable[:EVENt]?", |call| event(call, questionable)),
    command(":STATus:QUEStionable:CONDition?", |call| condition(call, questionable)),
    command(":STATus:QUEStionable:ENABle[?]", |call| enable(call, questionable)),
    command(":STATus:QUEStionable:MAP[?]", |call| map(call, questionable)),
    command(":STATus:PRESet", |call| {
        call.no_parameters()?;
        call.unit.status.preset();
        Ok(())
    }),
    command(":STATus:CLEar", |call| {
        call.no_parameters()?;
        call.unit.status.clear_events();
        Ok(())
    }),
];

fn operation(unit: &mut Keithley2450) -> &mut Mapped {
    &mut unit.status.operation
}

fn questionable(unit: &mut Keithley2450) -> &mut Mapped {
    &mut unit.status.questionable
}

type Register = fn(&mut Keithley2450) -> &mut Mapped;

/// Reading clears.
fn event(call: &mut Call<'_, '_>, of: Register) -> Handled {
    let events = of(call.unit).register.take_event();
    call.answer_whole(u32::from(events))
}

fn condition(call: &mut Call<'_, '_>, of: Register) -> Handled {
    let condition = of(call.unit).register.condition();
    call.answer_whole(u32::from(condition))
}

fn enable(call: &mut Call<'_, '_>, of: Register) -> Handled {
    if call.is_query {
        let enable = of(call.unit).register.enable();
        return call.answer_whole(u32::from(enable));
    }
    let bits = call.bits(65535.0)?;
    of(call.unit).register.set_enable(bits);
    Ok(())
}

/// `:STAT:<register>:MAP bit, setEvent, clearEvent`; the query answers both events.
fn map(call: &mut Call<'_, '_>, of: Register) -> Handled {
    let bit = call.integer(0, 14)? as usize;
    if call.is_query {
        call.no_parameters()?;
        let (set, clear) = of(call.unit).map[bit];
        call.answer_whole(u32::from(set))?;
        return call.answer_whole(u32::from(clear));
    }
    let set = call.integer(0, 65535)?;
    let clear = if call.has_more() { call.integer(0, 65535)? } else { 0 };
    call.no_parameters()?;
    let number = |it: u32| u16::try_from(it).map_err(|_| PARAMETER_OUT_OF_RANGE);
    of(call.unit).map[bit] = (number(set)?, number(clear)?);
    Ok(())
}
