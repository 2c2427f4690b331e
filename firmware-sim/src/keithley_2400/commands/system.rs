//! `:SYSTem` (User's Manual table 18-9).

use scpi_parser::table::Table;

use super::{
    super::{
        call::{Call, Handled, Limits},
        code,
        memory::PLACES,
        readings::Trace,
        settings::{Guard, Settings},
    },
    Entry, command, urgent,
};
use crate::engine::channel::Quantity;

pub(super) const TABLE: Table<Entry> = Table(&[
    urgent(":SYSTem:PRESet", preset),
    command(":SYSTem:POSetup[?]", |call| call.setting(|unit| &mut unit.power_on)),
    command(":SYSTem:MEMory:INITialize", initialize_memory),
    command(":SYSTem:MEP[:STATe]?", message_exchange),
    command(":SYSTem:VERSion?", version),
    command(":SYSTem:RSENse[?]", |call| call.switch(|it| &mut it.four_wire)),
    command(":SYSTem:CCHeck[?]", contact_check),
    command(":SYSTem:RCMode[?]", |call| call.setting(|unit| &mut unit.settings.ranging_once)),
    command(":SYSTem:LFRequency[?]", line_frequency),
    command(":SYSTem:LFRequency:AUTO[?]", line_frequency_auto),
    command(":SYSTem:TIME?", time),
    command(":SYSTem:TIME:RESet", time_reset),
    command(":SYSTem:TIME:RESet:AUTO[?]", |call| call.switch(|it| &mut it.time_reset_auto)),
    command(":SYSTem:GUARd[?]", guard),
    command(":SYSTem:BEEPer[:IMMediate]", beep),
    command(":SYSTem:BEEPer:STATe[?]", |call| call.switch(|it| &mut it.beeper)),
    command(":SYSTem:KEY[?]", key),
    command(":SYSTem:LOCal", nothing),
    command(":SYSTem:REMote", nothing),
    command(":SYSTem:RWLock", nothing),
]);

/// `:SYST:PRES`.
fn preset(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let settings = Settings::preset(call.unit.model);
    call.unit.restore(settings);
    Ok(())
}

/// `*WAI` and other commands that change nothing that can be seen from outside.
pub(super) fn nothing(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()
}

/// `:SYST:MEM:INIT`: what was saved, source memory, and the trace buffer's set-up are as in a new
/// unit.
fn initialize_memory(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let unit = &mut *call.unit;
    let fresh = Settings::reset(unit.model);
    unit.saved = std::array::from_fn(|_| fresh.clone());
    unit.memory = vec![None; PLACES];
    unit.trace = Trace::empty();
    for function in [&mut unit.settings.source.voltage, &mut unit.settings.source.current] {
        function.list = vec![0.0];
        function.list_start = 1;
    }
    unit.refresh_buffer();
    Ok(())
}

/// `:SYST:MEP:STAT?`: 1 for the SCPI message exchange, 0 for the 488.1 protocol. UNVERIFIED.
fn message_exchange(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let scpi = call.unit.link.message_exchange;
    call.answer_toggle(scpi)
}

/// `:SYST:VERS?`.
fn version(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_word("1996.0")
}

/// `:SYST:CCH`: the contact check is an option that is not fitted (-241).
fn contact_check(call: &mut Call<'_, '_>) -> Handled {
    call.toggle(|_| false, |_, on| if on { Err(code::HARDWARE_MISSING) } else { Ok(()) })
}

/// `:SYST:LFR 50|60`. Setting it switches the automatic choice off.
fn line_frequency(call: &mut Call<'_, '_>) -> Handled {
    call.whole(
        Limits::new(50.0, 60.0, 60.0),
        |unit| unit.line_frequency as u32,
        |unit, hertz| {
            if hertz != 50 && hertz != 60 {
                return Err(code::PARAMETER_OUT_OF_RANGE);
            }
            unit.line_frequency = f64::from(hertz);
            unit.line_frequency_auto = false;
            Ok(())
        },
    )
}

/// `:SYST:LFR:AUTO`: on, the instrument finds the mains' frequency.
fn line_frequency_auto(call: &mut Call<'_, '_>) -> Handled {
    call.toggle(
        |unit| unit.line_frequency_auto,
        |unit, on| {
            unit.line_frequency_auto = on;
            if on {
                unit.line_frequency = unit.mains;
            }
            Ok(())
        },
    )
}

/// `:SYST:TIME?`.
fn time(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let seconds = call.unit.reading_time();
    call.answer_real(seconds)
}

/// `:SYST:TIME:RES`.
fn time_reset(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.clock.restart();
    Ok(())
}

/// `:SYST:GUAR OHMS|CABL`. The ohms guard is not for the 1 A range (+828), nor for 1 kV (+829).
/// UNVERIFIED.
fn guard(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.setting(|unit| &mut unit.settings.guard);
    }
    let guard: Guard = call.choice()?;
    if guard == Guard::Ohms {
        let nominal = |quantity| {
            let unit = &call.unit;
            let sourced = unit.settings.source.of(quantity).range;
            let sensed = unit.settings.sense.of(quantity).range;
            unit.model.ranges(quantity)[sourced.max(sensed)].nominal
        };
        if nominal(Quantity::Current) >= 1.0 {
            return Err(code::INVALID_ON_1_AMPERE);
        }
        if nominal(Quantity::Voltage) >= 1000.0 {
            return Err(code::INVALID_ON_1_KILOVOLT);
        }
    }
    call.unit.settings.guard = guard;
    Ok(())
}

/// `:SYST:BEEP <hertz>, <seconds>`: nobody hears it.
fn beep(call: &mut Call<'_, '_>) -> Handled {
    call.any_parameters()
}

/// `:SYST:KEY`: the key pressed last. What the keys do on the panel is not simulated. The manual
/// says 31 keys in one place and 32 in another.
fn key(call: &mut Call<'_, '_>) -> Handled {
    call.whole(
        Limits::new(1.0, 32.0, 1.0),
        |unit| unit.panel.key,
        |unit, key| {
            unit.panel.key = key;
            Ok(())
        },
    )
}
