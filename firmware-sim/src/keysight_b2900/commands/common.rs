//! Common commands (chapter 3).

use scpi_parser::table::{Command, Table};

use super::super::{
    call::{Call, Handled},
    code,
    settings::TriggerSource,
    timing,
};
use super::{Entry, command, timed, urgent};

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

const COMMANDS: &[Command<Entry>] = &[
    command("*CAL?", self_calibration),
    command("*CLS", clear),
    command("*ESE[?]", event_enable),
    command("*ESR?", event),
    timed("*IDN?", 0.0, timing::IDENTITY, identity),
    command("*OPC[?]", operation_complete),
    command("*OPT?", options),
    command("*RCL", recall),
    urgent("*RST", timing::RESET, reset),
    command("*SAV", save),
    command("*SRE[?]", service_enable),
    command("*STB?", status_byte),
    urgent("*TRG", timing::SETTING, bus_trigger),
    command("*TST?", self_test),
    command("*WAI", wait),
];

/// `*CAL?`: the self-calibration passes. UNVERIFIED how long it takes; here no time passes.
fn self_calibration(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_text("+0")
}

fn clear(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.status.clear();
    call.unit.completion_asked = false;
    Ok(())
}

fn event_enable(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let enable = call.unit.status.standard.event_enable();
        return call.answer_register(u16::from(enable));
    }
    let bits = call.bits(255.0)? as u8;
    call.unit.status.standard.set_event_enable(bits);
    Ok(())
}

fn event(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let events = call.unit.status.standard.take_event();
    call.answer_register(u16::from(events))
}

fn identity(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let identity = call.unit.identity.clone();
    call.answer_text(&identity)
}

/// `*OPC` and `*OPC?`: when all actions of all channels are idle.
fn operation_complete(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let idle = call.unit.is_idle();
    match (call.is_query, idle) {
        (true, true) => call.answer_whole(1),
        (true, false) => call.wait(),
        (false, true) => {
            call.unit.note_operation_complete();
            Ok(())
        }
        (false, false) => {
            call.unit.completion_asked = true;
            Ok(())
        }
    }
}

/// `*WAI`.
fn wait(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    if call.unit.is_idle() { Ok(()) } else { call.wait() }
}

/// `*OPT?`: nothing fitted.
fn options(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_whole(0)
}

/// `*TST?`: nothing wrong.
fn self_test(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_whole(0)
}

fn reset(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.reset();
    Ok(())
}

fn service_enable(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let enable = call.unit.status.standard.service_enable();
        return call.answer_register(u16::from(enable));
    }
    let bits = call.bits(255.0)? as u8;
    call.unit.status.standard.set_service_enable(bits);
    Ok(())
}

fn status_byte(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let byte = u16::from(call.unit.status.byte(false));
    call.answer_register(byte)
}

/// `*TRG`: the event that a layer on `BUS` waits for; ignored where none does (-211).
fn bus_trigger(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let now = call.unit.clock.now();
    let heard = call.unit.notify(TriggerSource::Bus, now);
    if heard { Ok(()) } else { Err(code::TRIGGER_IGNORED) }
}

const PLACES: super::super::call::Limits = super::super::call::Limits::new(0.0, 4.0, 0.0);

/// `*SAV 0-4`.
fn save(call: &mut Call<'_, '_>) -> Handled {
    let place = call.whole_parameter(PLACES)? as usize;
    let settings = call.unit.smus.iter().map(|it| it.settings.clone()).collect();
    call.unit.system.saved[place] = Some((settings, call.unit.format.clone()));
    Ok(())
}

/// `*RCL 0-4`: as saved, with the outputs off; as after `*RST` where nothing was.
fn recall(call: &mut Call<'_, '_>) -> Handled {
    let place = call.whole_parameter(PLACES)? as usize;
    let saved = call.unit.system.saved[place].clone();
    call.unit.reset();
    let Some((settings, format)) = saved else { return Ok(()) };
    for (smu, mut settings) in call.unit.smus.iter_mut().zip(settings) {
        settings.output.on = false;
        smu.settings = settings;
    }
    call.unit.format = format;
    Ok(())
}
