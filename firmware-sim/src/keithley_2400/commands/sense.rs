//! `:SENSe`: what is measured, and the compliance (User's Manual table 18-6).

use super::{
    super::{
        Keithley2400,
        call::{Call, Handled, Limits},
        code,
        ranges::{self, OHMS},
        settings::{Function, Functions, OhmsMode, SenseFunction},
    },
    source::Quantity,
};

fn of(unit: &Keithley2400, quantity: Quantity) -> &SenseFunction {
    match quantity {
        Quantity::Voltage => &unit.settings.sense.voltage,
        Quantity::Current => &unit.settings.sense.current,
    }
}

fn of_mut(unit: &mut Keithley2400, quantity: Quantity) -> &mut SenseFunction {
    match quantity {
        Quantity::Voltage => &mut unit.settings.sense.voltage,
        Quantity::Current => &mut unit.settings.sense.current,
    }
}

/// The quantity is sourced and read back, so its measure range is the source's.
fn read_back(unit: &Keithley2400, quantity: Quantity) -> bool {
    let functions = unit.settings.sense.functions;
    match quantity {
        Quantity::Voltage => {
            unit.settings.source.function == Function::Voltage && functions.voltage
        }
        Quantity::Current => {
            unit.settings.source.function == Function::Current && functions.current
        }
    }
}

/// `:SENS:<fn>:RANG[:UPP]`.
///
/// Refused for the quantity that is sourced and read back (+823). A range above the compliance's
/// is refused too (+824), and yet the range ends at the compliance's: seen on a bench.
pub(super) fn range(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let table = quantity.ranges();
    let present = of(call.unit, quantity).range;
    let Some(range) = call.range(table, present, 2)? else {
        return Ok(());
    };
    if read_back(call.unit, quantity) {
        return Err(code::INVALID_WITH_READ_BACK);
    }
    let function = of_mut(call.unit, quantity);
    let top = table.len() - 1;
    let highest = ranges::holding(table, function.protection).unwrap_or(top);
    let refused = range > highest;
    function.range = range.min(highest);
    function.range_auto = false;
    call.unit.apply();
    if refused { Err(code::EXCEEDS_COMPLIANCE_RANGE) } else { Ok(()) }
}

/// `:SENS:<fn>:RANG:AUTO`.
pub(super) fn range_auto(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.toggle(
        |unit| of(unit, quantity).range_auto,
        |unit, on| {
            of_mut(unit, quantity).range_auto = on;
            unit.apply();
            Ok(())
        },
    )
}

/// `:SENS:<fn>:RANG:AUTO:LLIM`.
pub(super) fn lower_limit(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let table = quantity.ranges();
    let limits =
        Limits { minimum: 0.0, maximum: table[table.len() - 1].top(), default: table[0].nominal };
    call.real(
        limits,
        |unit| of(unit, quantity).lower_limit,
        |unit, value| {
            of_mut(unit, quantity).lower_limit = value;
            Ok(())
        },
    )
}

/// `:SENS:<fn>:RANG:AUTO:ULIM?`: the compliance's range.
pub(super) fn upper_limit(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let table = quantity.ranges();
    let highest = ranges::holding(table, of(call.unit, quantity).protection);
    call.answer_real(table[highest.unwrap_or(table.len() - 1)].top())
}

/// `:SENS:<fn>:PROT[:LEV]`: the compliance. At least 0.1 % of a fixed measure range (+822).
pub(super) fn protection(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let (maximum, default) = match quantity {
        Quantity::Voltage => (210.0, 21.0),
        Quantity::Current => (1.05, 1.05e-4),
    };
    let minimum = match quantity {
        Quantity::Voltage => 200e-6,
        Quantity::Current => 1e-9,
    };
    let limits = Limits { minimum: -maximum, maximum, default };
    call.real(
        limits,
        |unit| of(unit, quantity).protection,
        |unit, value| {
            let level = value.abs();
            let table = quantity.ranges();
            let function = of(unit, quantity);
            if level < minimum {
                return Err(code::PARAMETER_OUT_OF_RANGE);
            }
            let smallest = table[function.range].nominal * 1e-3;
            if !function.range_auto && level < smallest * (1.0 - 1e-12) {
                return Err(code::TOO_SMALL_FOR_SENSE_RANGE);
            }
            let highest = ranges::holding(table, level).unwrap_or(table.len() - 1);
            let function = of_mut(unit, quantity);
            function.protection = level;
            if function.protection_sync || function.range_auto && function.range > highest {
                function.range = highest;
            }
            unit.apply();
            Ok(())
        },
    )
}

/// `:SENS:<fn>:PROT:TRIP?`: only the complement of the sourced quantity can trip.
pub(super) fn tripped(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let sources_voltage = call.unit.settings.source.function != Function::Current;
    let limited = if sources_voltage { Quantity::Current } else { Quantity::Voltage };
    let tripped = quantity == limited && call.unit.terminals.operating().limiting;
    call.answer_toggle(tripped)
}

/// `:SENS:<fn>:PROT:RSYN`.
pub(super) fn protection_sync(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.toggle(
        |unit| of(unit, quantity).protection_sync,
        |unit, on| {
            let table = quantity.ranges();
            let function = of_mut(unit, quantity);
            function.protection_sync = on;
            if on {
                let highest = ranges::holding(table, function.protection);
                function.range = highest.unwrap_or(table.len() - 1);
            }
            Ok(())
        },
    )
}

/// `:SENS:<fn>:NPLC`: one figure for all three functions.
pub(super) fn nplc(call: &mut Call<'_, '_>) -> Handled {
    let limits = Limits { minimum: 0.01, maximum: 10.0, default: 1.0 };
    call.real(
        limits,
        |unit| unit.settings.sense.nplc,
        |unit, nplc| {
            unit.settings.sense.nplc = nplc;
            Ok(())
        },
    )
}

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
pub(super) fn functions_on(call: &mut Call<'_, '_>) -> Handled {
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
pub(super) fn functions_off(call: &mut Call<'_, '_>) -> Handled {
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
pub(super) fn all_functions_on(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let all = Functions { voltage: true, current: true, ohms: true };
    let sense = &mut call.unit.settings.sense;
    // Without concurrency only one function can be on; the manual makes it the voltage.
    sense.functions = if sense.concurrent { all } else { Functions { voltage: true, ..NOTHING } };
    call.unit.apply();
    Ok(())
}

/// `:SENS:FUNC:OFF:ALL`.
pub(super) fn all_functions_off(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.settings.sense.functions = NOTHING;
    call.unit.apply();
    Ok(())
}

/// `:SENS:FUNC:[ON:]COUN?`.
pub(super) fn functions_count(call: &mut Call<'_, '_>) -> Handled {
    let Functions { voltage, current, ohms } = call.unit.settings.sense.functions;
    call.answer_whole(u32::from(voltage) + u32::from(current) + u32::from(ohms))
}

/// `:SENS:FUNC:OFF:COUN?`.
pub(super) fn functions_off_count(call: &mut Call<'_, '_>) -> Handled {
    let Functions { voltage, current, ohms } = call.unit.settings.sense.functions;
    call.answer_whole(3 - u32::from(voltage) - u32::from(current) - u32::from(ohms))
}

/// `:SENS:FUNC:STAT? "name"`.
pub(super) fn function_state(call: &mut Call<'_, '_>) -> Handled {
    let text = call.text()?;
    let name = Named::read(&text).ok_or(code::ILLEGAL_PARAMETER)?;
    let state = *name.of(&mut call.unit.settings.sense.functions.clone());
    call.answer_toggle(state)
}

/// `:SENS:FUNC:CONC`: switched off, the voltage is the only function left.
pub(super) fn concurrent(call: &mut Call<'_, '_>) -> Handled {
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

/// `:SENS:RES:MODE`.
pub(super) fn ohms_mode(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.answer_choice(call.unit.settings.sense.ohms.mode);
    }
    let mode: OhmsMode = call.choice()?;
    call.unit.settings.sense.ohms.mode = mode;
    call.unit.apply();
    Ok(())
}

/// `:SENS:RES:RANG[:UPP]`.
pub(super) fn ohms_range(call: &mut Call<'_, '_>) -> Handled {
    let limits = Limits { minimum: 0.0, maximum: 210e6, default: 210e3 };
    let top = |index: usize| OHMS[index].0 * 1.05;
    call.real(
        limits,
        |unit| top(unit.settings.sense.ohms.range),
        |unit, value| {
            let range = (0..OHMS.len()).find(|it| value.abs() <= top(*it) * (1.0 + 1e-12));
            unit.settings.sense.ohms.range = range.unwrap_or(OHMS.len() - 1);
            unit.settings.sense.ohms.range_auto = false;
            unit.apply();
            Ok(())
        },
    )
}
