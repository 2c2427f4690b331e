//! The common commands (2450 Reference Manual, appendix B).

use super::super::{
    call::{Call, Command, Handled, command},
    settings::Language,
    trigger::Event,
};

pub(super) const TABLE: &[Command] = &[
    command("*CLS", |call| {
        call.no_parameters()?;
        call.unit.status.clear();
        call.unit.completion_asked = false;
        Ok(())
    }),
    command("*ESE[?]", standard_enable),
    command("*ESR?", |call| {
        call.no_parameters()?;
        let events = call.unit.status.standard.take_event();
        call.answer_whole(u32::from(events))
    }),
    command("*IDN?", |call| {
        call.no_parameters()?;
        let identity = call.unit.identity.clone();
        call.answer_text(&identity)
    }),
    command("*LANG[?]", language),
    command("*OPC[?]", operation_complete),
    // *RCL and *SAV: Model 2470 Reference Manual, page 11-7; what they keep beyond the settings of
    // source, sense, format and the like is UNVERIFIED.
    command("*RCL", recall),
    command("*RST", |call| {
        call.no_parameters()?;
        call.unit.reset();
        Ok(())
    }),
    command("*SAV", save),
    command("*SRE[?]", service_enable),
    command("*STB?", |call| {
        call.no_parameters()?;
        let byte = call.unit.status.byte(false);
        call.answer_whole(u32::from(byte))
    }),
    command("*TRG", |call| {
        call.no_parameters()?;
        let now = call.unit.clock.now();
        call.unit.occur(Event::Command, now);
        Ok(())
    }),
    // It always answers 0. UNVERIFIED.
    command("*TST?", |call| {
        call.no_parameters()?;
        call.answer_whole(0)
    }),
    command("*WAI", wait),
];

/// The places of `*SAV`, 0 to 4.
const PLACES: f64 = 4.0;

fn save(call: &mut Call<'_, '_>) -> Handled {
    let place = call.bits(PLACES)? as usize;
    call.unit.saved[place] = Some(call.unit.settings.clone());
    Ok(())
}

/// As saved, or as after `*RST` where nothing was, with the output off.
fn recall(call: &mut Call<'_, '_>) -> Handled {
    let place = call.bits(PLACES)? as usize;
    let saved = call.unit.saved[place].clone();
    call.unit.reset();
    if let Some(mut settings) = saved {
        settings.output = false;
        call.unit.settings = settings;
        call.unit.apply();
    }
    Ok(())
}

fn standard_enable(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let enable = call.unit.status.standard.event_enable();
        return call.answer_whole(u32::from(enable));
    }
    let bits = call.bits(255.0)? as u8;
    call.unit.status.standard.set_event_enable(bits);
    Ok(())
}

fn service_enable(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let enable = call.unit.status.standard.service_enable();
        return call.answer_whole(u32::from(enable));
    }
    let bits = call.bits(255.0)? as u8;
    call.unit.status.standard.set_service_enable(bits);
    Ok(())
}

/// `*LANG`: kept without power, and obeyed after the next power-on (page B-5).
fn language(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        // `SCPI2400` has no lower-case letters to leave out.
        return call.answer_choice(call.unit.language);
    }
    let language: Language = call.choice()?;
    call.unit.next_language = language;
    Ok(())
}

/// `*OPC` sets its bit, and `*OPC?` answers, when everything that runs has ended.
fn operation_complete(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    if !call.is_query {
        call.unit.completion_asked = true;
        call.unit.note_completion();
        return Ok(());
    }
    if call.unit.is_busy() {
        return call.wait();
    }
    call.answer_whole(1)
}

/// `*WAI`: what is behind it waits for the end of everything that runs.
fn wait(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    if call.unit.is_busy() { call.wait() } else { Ok(()) }
}
