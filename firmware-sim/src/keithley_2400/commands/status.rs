//! `:STATus`, the error queue, and the common commands of status (User's Manual chapter 15).

use scpi_parser::{status::RegisterGroup, table::Table};

use super::{
    super::{
        Keithley2400,
        call::{Call, Handled},
        code,
        messages::{Messages, list},
    },
    Entry, command,
};

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":STATus:MEASurement[:EVENt]?", |call| event(call, |it| &mut it.status.measurement)),
    command(":STATus:MEASurement:CONDition?", |call| {
        condition(call, |it| &mut it.status.measurement)
    }),
    command(":STATus:MEASurement:ENABle[?]", |call| enable(call, |it| &mut it.status.measurement)),
    command(":STATus:OPERation[:EVENt]?", |call| event(call, |it| &mut it.status.operation)),
    command(":STATus:OPERation:CONDition?", |call| condition(call, |it| &mut it.status.operation)),
    command(":STATus:OPERation:ENABle[?]", |call| enable(call, |it| &mut it.status.operation)),
    command(":STATus:QUEStionable[:EVENt]?", |call| event(call, |it| &mut it.status.questionable)),
    command(":STATus:QUEStionable:CONDition?", |call| {
        condition(call, |it| &mut it.status.questionable)
    }),
    command(":STATus:QUEStionable:ENABle[?]", |call| {
        enable(call, |it| &mut it.status.questionable)
    }),
    command(":STATus:PRESet", preset),
    command(":STATus:QUEue[:NEXT]?", next_error),
    command(":STATus:QUEue:CLEar", clear_queue),
    command(":STATus:QUEue:ENABle[?]", enable_messages),
    command(":STATus:QUEue:DISable[?]", disable_messages),
    command(":SYSTem:ERRor[:NEXT]?", next_error),
    command(":SYSTem:ERRor:ALL?", all_errors),
    command(":SYSTem:ERRor:COUNt?", count_errors),
    command(":SYSTem:ERRor:CODE[:NEXT]?", next_code),
    command(":SYSTem:ERRor:CODE:ALL?", all_codes),
    command(":SYSTem:CLEar", clear_queue),
]);

/// `:STAT:<register>[:EVEN]?`: reading clears.
fn event(call: &mut Call<'_, '_>, of: fn(&mut Keithley2400) -> &mut RegisterGroup) -> Handled {
    let events = of(call.unit).take_event();
    call.answer_register(events)
}

/// `:STAT:<register>:COND?`.
fn condition(call: &mut Call<'_, '_>, of: fn(&mut Keithley2400) -> &mut RegisterGroup) -> Handled {
    let condition = of(call.unit).condition();
    call.answer_register(condition)
}

/// `:STAT:<register>:ENAB`.
fn enable(call: &mut Call<'_, '_>, of: fn(&mut Keithley2400) -> &mut RegisterGroup) -> Handled {
    if call.is_query {
        let enable = of(call.unit).enable();
        return call.answer_register(enable);
    }
    let bits = call.bits(65535.0)?;
    of(call.unit).set_enable(bits);
    Ok(())
}

/// `*ESR?`.
pub(super) fn standard_event(call: &mut Call<'_, '_>) -> Handled {
    let events = call.unit.status.standard.take_event();
    call.answer_register(u16::from(events))
}

/// `*ESE`.
pub(super) fn standard_enable(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let enable = call.unit.status.standard.event_enable();
        return call.answer_register(u16::from(enable));
    }
    let bits = call.bits(255.0)? as u8;
    call.unit.status.standard.set_event_enable(bits);
    Ok(())
}

/// `*SRE`: bit 6 cannot be enabled.
pub(super) fn service_enable(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let enable = call.unit.status.standard.service_enable();
        return call.answer_register(u16::from(enable));
    }
    let bits = call.bits(255.0)? as u8;
    call.unit.status.standard.set_service_enable(bits);
    Ok(())
}

/// `*STB?`.
pub(super) fn status_byte(call: &mut Call<'_, '_>) -> Handled {
    let byte = u16::from(call.unit.status.byte(false));
    call.answer_register(byte)
}

/// `*CLS`.
pub(super) fn clear(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.status.clear();
    Ok(())
}

/// `:STAT:PRES`.
fn preset(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.status.preset();
    Ok(())
}

/// `:SYST:ERR[:NEXT]?` and `:STAT:QUE[:NEXT]?`.
fn next_error(call: &mut Call<'_, '_>) -> Handled {
    let error = call.unit.status.queue.pop();
    call.answer_text(&error.to_string())
}

/// `:SYST:ERR:ALL?`: everything in the queue, which is empty then.
fn all_errors(call: &mut Call<'_, '_>) -> Handled {
    next_error(call)?;
    while !call.unit.status.queue.is_empty() {
        next_error(call)?;
    }
    Ok(())
}

/// `:SYST:ERR:COUN?`.
fn count_errors(call: &mut Call<'_, '_>) -> Handled {
    let count = call.unit.status.queue.len();
    call.answer_whole(count as u32)
}

/// `:SYST:ERR:CODE[:NEXT]?`.
fn next_code(call: &mut Call<'_, '_>) -> Handled {
    let code = call.unit.status.queue.pop().code();
    call.answer_text(&code.to_string())
}

/// `:SYST:ERR:CODE:ALL?`.
fn all_codes(call: &mut Call<'_, '_>) -> Handled {
    next_code(call)?;
    while !call.unit.status.queue.is_empty() {
        next_code(call)?;
    }
    Ok(())
}

/// `:SYST:CLE` and `:STAT:QUE:CLE`.
fn clear_queue(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.status.queue.clear();
    Ok(())
}

/// The list in parentheses that is the only parameter.
fn messages(call: &mut Call<'_, '_>) -> Result<Vec<std::ops::RangeInclusive<i16>>, code::Code> {
    let raw = call.parameters.next_raw()?.ok_or(scpi_parser::error::MISSING_PARAMETER)?;
    let list = list(raw)?;
    call.no_parameters()?;
    Ok(list)
}

/// `:STAT:QUE:ENAB (list)`: these messages enter the queue and no others.
fn enable_messages(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let text = call.unit.messages.text();
        return call.answer_text(&text);
    }
    call.unit.messages = Messages::only(&messages(call)?);
    Ok(())
}

/// `:STAT:QUE:DIS (list)`: these do not enter any more; the query answers all that do not.
fn disable_messages(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let text = call.unit.messages.complement().text();
        return call.answer_text(&text);
    }
    for range in messages(call)? {
        call.unit.messages.remove(&range);
    }
    Ok(())
}
