//! `:SENSe:FUNCtion`: what is measured (User's Manual table 18-6).

use scpi_parser::table::Table;

use super::{
    super::{
        call::{Call, Handled},
        code,
        settings::Functions,
    },
    Entry, command,
};

pub(super) const TABLE: Table<Entry> = Table(&[
    command("[:SENSe#]:FUNCtion:CONCurrent[?]", concurrent),
    command("[:SENSe#]:FUNCtion[:ON][?]", functions_on),
    command("[:SENSe#]:FUNCtion[:ON]:ALL", all_functions_on),
    command("[:SENSe#]:FUNCtion[:ON]:COUNt?", functions_count),
    command("[:SENSe#]:FUNCtion:OFF[?]", functions_off),
    command("[:SENSe#]:FUNCtion:OFF:ALL", all_functions_off),
    command("[:SENSe#]:FUNCtion:OFF:COUNt?", functions_off_count),
    command("[:SENSe#]:FUNCtion:STATe?", function_state),
]);

/// The function names of `:SENS:FUNC`, each with what it switches.
const NAMES: [(&str, Named); 6] = [
    ("VOLTAGE", Named::Voltage),
    ("VOLT", Named::Voltage),
    ("CURRENT", Named::Current),
    ("CURR", Named::Current),
    ("RESISTANCE", Named::Ohms),
    ("RES", Named::Ohms),
];

#[derive(Clone, Copy)]
enum Named {
    Voltage,
    Current,
    Ohms,
}

impl Named {
    /// From `"VOLT"`, `"VOLTage:DC"` and so on, in any case.
    fn read(text: &str) -> Option<Named> {
        let upper = text.trim().to_ascii_uppercase();
        let name = upper.strip_suffix(":DC").unwrap_or(&upper);
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, named)| *named)
    }

    fn of(self, functions: &mut Functions) -> &mut bool {
        match self {
            Named::Voltage => &mut functions.voltage,
            Named::Current => &mut functions.current,
            Named::Ohms => &mut functions.ohms,
        }
    }
}

const NOTHING: Functions = Functions { voltage: false, current: false, ohms: false };

/// `:SENS:FUNC[:ON]`: adds to what is measured, or replaces it with concurrency off.
fn functions_on(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let functions = call.unit.settings.sense.functions;
        return call.answer_functions(functions);
    }
    let mut functions = call.unit.settings.sense.functions;
    let concurrent = call.unit.settings.sense.concurrent;
    read_names(call, |name| {
        if !concurrent {
            functions = NOTHING;
        }
        *name.of(&mut functions) = true;
    })?;
    call.unit.settings.sense.functions = functions;
    call.unit.apply();
    Ok(())
}

/// `:SENS:FUNC:OFF`.
fn functions_off(call: &mut Call<'_, '_>) -> Handled {
    let mut functions = call.unit.settings.sense.functions;
    if call.is_query {
        functions.voltage = !functions.voltage;
        functions.current = !functions.current;
        functions.ohms = !functions.ohms;
        return call.answer_functions(functions);
    }
    read_names(call, |name| *name.of(&mut functions) = false)?;
    call.unit.settings.sense.functions = functions;
    call.unit.apply();
    Ok(())
}

fn read_names(call: &mut Call<'_, '_>, mut each: impl FnMut(Named)) -> Handled {
    let mut text = call.text()?;
    loop {
        each(Named::read(&text).ok_or(code::ILLEGAL_PARAMETER)?);
        match call.next_text()? {
            Some(next) => text = next,
            None => return Ok(()),
        }
    }
}

/// `:SENS:FUNC:[ON:]ALL`.
fn all_functions_on(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let all = Functions { voltage: true, current: true, ohms: true };
    let sense = &mut call.unit.settings.sense;
    // Without concurrency only one function can be on; the manual makes it the voltage.
    sense.functions = if sense.concurrent { all } else { Functions { voltage: true, ..NOTHING } };
    call.unit.apply();
    Ok(())
}

/// `:SENS:FUNC:OFF:ALL`.
fn all_functions_off(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.settings.sense.functions = NOTHING;
    call.unit.apply();
    Ok(())
}

/// `:SENS:FUNC:[ON:]COUN?`.
fn functions_count(call: &mut Call<'_, '_>) -> Handled {
    let Functions { voltage, current, ohms } = call.unit.settings.sense.functions;
    call.answer_whole(u32::from(voltage) + u32::from(current) + u32::from(ohms))
}

/// `:SENS:FUNC:OFF:COUN?`.
fn functions_off_count(call: &mut Call<'_, '_>) -> Handled {
    let Functions { voltage, current, ohms } = call.unit.settings.sense.functions;
    call.answer_whole(3 - u32::from(voltage) - u32::from(current) - u32::from(ohms))
}

/// `:SENS:FUNC:STAT? "name"`.
fn function_state(call: &mut Call<'_, '_>) -> Handled {
    let text = call.text()?;
    let name = Named::read(&text).ok_or(code::ILLEGAL_PARAMETER)?;
    let state = *name.of(&mut call.unit.settings.sense.functions.clone());
    call.answer_toggle(state)
}

/// `:SENS:FUNC:CONC`: switched off, the voltage is the only function left.
fn concurrent(call: &mut Call<'_, '_>) -> Handled {
    call.toggle(
        |unit| unit.settings.sense.concurrent,
        |unit, on| {
            let sense = &mut unit.settings.sense;
            sense.concurrent = on;
            if !on {
                sense.functions = Functions { voltage: true, ..NOTHING };
            }
            unit.apply();
            Ok(())
        },
    )
}
