//! `:OUTPut` and `:ROUTe`: whether the terminals are driven, and which (User's Manual tables 18-4
//! and 18-5).

use scpi_parser::table::Table;

use super::{
    super::{
        call::{Call, Handled},
        settings::Panel,
    },
    Entry, command,
};

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":OUTPut#[:STATe][?]", output),
    command(":OUTPut#:SMODe[?]", off_state),
    command(":OUTPut#:ENABle[:STATe][?]", enable_line),
    command(":OUTPut#:ENABle:TRIPped?", enable_tripped),
    command(":ROUTe:TERMinals[?]", terminals),
]);

/// `:OUTP[:STAT]`.
fn output(call: &mut Call<'_, '_>) -> Handled {
    call.toggle(
        |unit| unit.settings.output.on,
        |unit, on| {
            if on {
                return unit.output_on();
            }
            unit.output_off();
            Ok(())
        },
    )
}

/// `:OUTP:SMOD`: acts at once where the output is off already.
fn off_state(call: &mut Call<'_, '_>) -> Handled {
    call.setting(|unit| &mut unit.settings.output.off_state)?;
    if !call.is_query && !call.unit.settings.output.on {
        call.unit.apply();
    }
    Ok(())
}

/// `:OUTP:ENAB`: the rear enable line is obeyed.
fn enable_line(call: &mut Call<'_, '_>) -> Handled {
    call.switch(|it| &mut it.output.enable_line)?;
    if !call.is_query {
        call.unit.refresh_enable_line();
    }
    Ok(())
}

/// `:OUTP:ENAB:TRIP?`: 1 while the line is pulled low, as it is unless the interlock is open.
fn enable_tripped(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let low = !call.unit.disturbances.interlock_open;
    call.answer_toggle(low)
}

/// `:ROUT:TERM FRON|REAR`: a change drops the output.
fn terminals(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.setting(|unit| &mut unit.settings.panel);
    }
    let panel: Panel = call.choice()?;
    if panel != call.unit.settings.panel {
        call.unit.settings.panel = panel;
        call.unit.output_off();
    }
    Ok(())
}
