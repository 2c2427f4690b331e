//! `:STATus`, the error queue, and the common commands of status (User's Manual chapter 15).

use scpi_parser::status::RegisterGroup;

use super::super::{
    Keithley2400,
    call::{Call, Handled},
};

/// `:STAT:<register>[:EVEN]?`: reading clears.
pub(super) fn event(
    call: &mut Call<'_, '_>,
    of: fn(&mut Keithley2400) -> &mut RegisterGroup,
) -> Handled {
    let events = of(call.unit).take_event();
    call.answer_register(events)
}

/// `:STAT:<register>:COND?`.
pub(super) fn condition(
    call: &mut Call<'_, '_>,
    of: fn(&mut Keithley2400) -> &mut RegisterGroup,
) -> Handled {
    let condition = of(call.unit).condition();
    call.answer_register(condition)
}

/// `:STAT:<register>:ENAB`.
pub(super) fn enable(
    call: &mut Call<'_, '_>,
    of: fn(&mut Keithley2400) -> &mut RegisterGroup,
) -> Handled {
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
pub(super) fn preset(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.status.preset();
    Ok(())
}

/// `:SYST:ERR[:NEXT]?` and `:STAT:QUE[:NEXT]?`.
pub(super) fn next_error(call: &mut Call<'_, '_>) -> Handled {
    let error = call.unit.status.queue.pop();
    call.answer_text(&error.to_string())
}

/// `:SYST:ERR:ALL?`: everything in the queue, which is empty then.
pub(super) fn all_errors(call: &mut Call<'_, '_>) -> Handled {
    next_error(call)?;
    while !call.unit.status.queue.is_empty() {
        next_error(call)?;
    }
    Ok(())
}

/// `:SYST:ERR:COUN?`.
pub(super) fn count_errors(call: &mut Call<'_, '_>) -> Handled {
    let count = call.unit.status.queue.len();
    call.answer_whole(count as u32)
}

/// `:SYST:ERR:CODE[:NEXT]?`.
pub(super) fn next_code(call: &mut Call<'_, '_>) -> Handled {
    let code = call.unit.status.queue.pop().code();
    call.answer_text(&code.to_string())
}

/// `:SYST:ERR:CODE:ALL?`.
pub(super) fn all_codes(call: &mut Call<'_, '_>) -> Handled {
    next_code(call)?;
    while !call.unit.status.queue.is_empty() {
        next_code(call)?;
    }
    Ok(())
}

/// `:SYST:CLE` and `:STAT:QUE:CLE`.
pub(super) fn clear_queue(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.status.queue.clear();
    Ok(())
}
