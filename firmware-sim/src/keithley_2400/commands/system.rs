//! `:SYSTem`, `:ROUTe`, `:DISPlay` and the common commands (User's Manual tables 18-2, 18-5 and
//! 18-9, and chapter 14).

use super::super::{
    call::{Call, Handled, Limits},
    code,
    settings::Settings,
};

/// `*IDN?`.
pub(super) fn identity(call: &mut Call<'_, '_>) -> Handled {
    let identity = call.unit.identity.clone();
    call.answer_text(&identity)
}

/// `*RST`: settings only; queue, enables, trace buffer and display stay as they are.
pub(super) fn reset(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.restore(Settings::reset());
    Ok(())
}

/// `:SYST:PRES`.
pub(super) fn preset(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.restore(Settings::preset());
    Ok(())
}

const PLACES: Limits = Limits { minimum: 0.0, maximum: 4.0, default: 0.0 };

/// `*SAV 0-4`.
pub(super) fn save(call: &mut Call<'_, '_>) -> Handled {
    let place = call.whole_parameter(PLACES)?;
    call.unit.saved[place as usize] = call.unit.settings.clone();
    Ok(())
}

/// `*RCL 0-4`: as saved, with the output off.
pub(super) fn recall(call: &mut Call<'_, '_>) -> Handled {
    let place = call.whole_parameter(PLACES)?;
    let mut settings = call.unit.saved[place as usize].clone();
    settings.output.on = false;
    call.unit.restore(settings);
    Ok(())
}

/// `*OPC`: here everything before it has been done.
pub(super) fn operation_complete(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.answer_whole(1);
    }
    call.no_parameters()?;
    call.unit.note_operation_complete();
    Ok(())
}

/// `*OPT?` and `*TST?`: nothing fitted, nothing wrong.
pub(super) fn zero(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_whole(0)
}

/// `*WAI` and other commands that change nothing that can be seen from outside.
pub(super) fn nothing(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()
}

/// Commands whose parameters are read and forgotten: the beeper, the front panel's texts.
pub(super) fn forgotten(call: &mut Call<'_, '_>) -> Handled {
    call.any_parameters()
}

/// `:SYST:VERS?`.
pub(super) fn version(call: &mut Call<'_, '_>) -> Handled {
    call.answer_text("1996.0")
}

/// `:SYST:LFR 50|60`. Setting it switches the automatic choice off.
pub(super) fn line_frequency(call: &mut Call<'_, '_>) -> Handled {
    let limits = Limits { minimum: 50.0, maximum: 60.0, default: 60.0 };
    call.whole(
        limits,
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
pub(super) fn line_frequency_auto(call: &mut Call<'_, '_>) -> Handled {
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
pub(super) fn time(call: &mut Call<'_, '_>) -> Handled {
    let seconds = call.unit.reading_time();
    call.answer_real(seconds)
}

/// `:SYST:TIME:RES`.
pub(super) fn time_reset(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.clock.restart();
    Ok(())
}

/// `:SYST:AZER[:STAT] ON|OFF|ONCE`; `ONCE` zeroes now and leaves it off.
pub(super) fn auto_zero(call: &mut Call<'_, '_>) -> Handled {
    if !call.is_query && call.once_keyword() {
        call.unit.settings.auto_zero = false;
        return call.no_parameters();
    }
    call.toggle(
        |unit| unit.settings.auto_zero,
        |unit, on| {
            unit.settings.auto_zero = on;
            Ok(())
        },
    )
}

/// `:ROUT:TERM FRON|REAR`: a change drops the output.
pub(super) fn terminals(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let rear = call.unit.settings.rear_terminals;
        return call.answer_word(if rear { "REAR" } else { "FRON" });
    }
    let rear = call.either("FRONt", "REAR")?;
    if rear != call.unit.settings.rear_terminals {
        call.unit.settings.rear_terminals = rear;
        call.unit.output_off();
    }
    Ok(())
}

/// `:SYST:GUAR OHMS|CABL`.
pub(super) fn guard(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let cable = call.unit.settings.cable_guard;
        return call.answer_word(if cable { "CABL" } else { "OHMS" });
    }
    call.unit.settings.cable_guard = call.either("OHMS", "CABLe")?;
    Ok(())
}

/// `:DISP:DIG 4-7`.
pub(super) fn digits(call: &mut Call<'_, '_>) -> Handled {
    let limits = Limits { minimum: 4.0, maximum: 7.0, default: 6.0 };
    call.whole(
        limits,
        |unit| unit.display_digits,
        |unit, digits| {
            unit.display_digits = digits;
            Ok(())
        },
    )
}

/// `:OUTP:ENAB:TRIP?`: the simulated enable line is always asserted.
pub(super) fn enable_tripped(call: &mut Call<'_, '_>) -> Handled {
    call.answer_toggle(true)
}
