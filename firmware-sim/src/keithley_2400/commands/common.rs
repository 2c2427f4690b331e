//! The common commands (User's Manual table 14-1). DCL and the like belong to the link.

use scpi_parser::table::Table;

use super::{
    super::{
        call::{Call, Handled, Limits},
        settings::Settings,
    },
    Entry, command, status, system, trigger, urgent,
};

pub(super) const TABLE: Table<Entry> = Table(&[
    command("*CLS", status::clear),
    command("*ESE[?]", status::standard_enable),
    command("*ESR?", status::standard_event),
    command("*IDN?", identity),
    command("*OPC[?]", operation_complete),
    command("*OPT?", zero),
    urgent("*RCL", recall),
    urgent("*RST", reset),
    command("*SAV", save),
    command("*SRE[?]", status::service_enable),
    command("*STB?", status::status_byte),
    urgent("*TRG", trigger::bus_trigger),
    command("*TST?", zero),
    command("*WAI", system::nothing),
]);

/// `*IDN?`.
fn identity(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let identity = call.unit.identity.clone();
    call.answer_text(&identity)
}

/// `*RST`: settings only; queue, enables, trace buffer and display stay as they are.
fn reset(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let fresh = Settings::reset(call.unit.model);
    call.unit.restore(fresh);
    Ok(())
}

const PLACES: Limits = Limits::new(0.0, 4.0, 0.0);

/// `*SAV 0-4`.
fn save(call: &mut Call<'_, '_>) -> Handled {
    let place = call.whole_parameter(PLACES)?;
    call.unit.saved[place as usize] = call.unit.settings.clone();
    Ok(())
}

/// `*RCL 0-4`: as saved, with the output off.
fn recall(call: &mut Call<'_, '_>) -> Handled {
    let place = call.whole_parameter(PLACES)?;
    let settings = call.unit.saved[place as usize].clone();
    call.unit.restore(settings);
    Ok(())
}

/// `*OPC`: everything before it has been done, or it would still wait.
fn operation_complete(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    if call.is_query {
        return call.answer_whole(1);
    }
    call.unit.note_operation_complete();
    Ok(())
}

/// `*OPT?` and `*TST?`: nothing fitted, nothing wrong.
fn zero(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_whole(0)
}
