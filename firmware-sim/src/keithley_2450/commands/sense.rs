//! `[:SENSe[1]]` but its configuration lists (2450 Reference Manual, section 6, from page 6-44).

use super::super::{
    Keithley2450,
    call::{Call, Command, Handled, Limits, command},
    code,
    settings::{
        Measured::{self, Current, Resistance, Voltage},
        OHMS, SenseFunction, Unit,
    },
};
use crate::engine::{channel::Quantity, ranges};

/// The headers that all three functions have.
macro_rules! table {
    ($($pattern:literal: $handler:path),+ $(,)?; $($other:expr),+ $(,)?) => {
        &[
            $(
                command(concat!("[:SENSe#]:VOLTage[:DC]:", $pattern), |call| {
                    $handler(call, Voltage)
                }),
                command(concat!("[:SENSe#]:CURRent[:DC]:", $pattern), |call| {
                    $handler(call, Current)
                }),
                command(concat!("[:SENSe#]:RESistance:", $pattern), |call| {
                    $handler(call, Resistance)
                }),
            )+
            $($other),+
        ]
    };
}

pub(super) const TABLE: &[Command] = table![
    "RANGe[:UPPer][?]": range,
    "RANGe:AUTO[?]": range_auto,
    "RANGe:AUTO:LLIMit[?]": lower_limit,
    "RANGe:AUTO:ULIMit[?]": upper_limit,
    "NPLCycles[?]": nplc,
    "AZERo[:STATe][?]": auto_zero,
    // Seen in scripts, not in the manual's table.
    "AZERo:ONCE": zero_once_of,
    "RSENse[?]": four_wire,
    "AVERage[:STATe][?]": filter,
    "AVERage:COUNt[?]": filter_count,
    "AVERage:TCONtrol[?]": filter_control,
    "DELay:USER#[?]": user_delay,
    "OCOMpensated[?]": offset_compensated,
    "RELative[?]": relative_offset,
    "RELative:STATe[?]": relative,
    "RELative:ACQuire": acquire_relative,
    "UNIT[?]": unit;
    command("[:SENSe#]:FUNCtion[:ON][?]", function),
    // Without a function it is the present one's; seen in scripts that stop at the first error.
    command(":SENSe#:NPLCycles[?]", |call| {
        let measured = call.unit.settings.sense.function;
        nplc(call, measured)
    }),
    command("[:SENSe#]:AZERo:ONCE", zero_once),
    command("[:SENSe#]:COUNt[?]", |call| {
        call.whole(
            Limits::new(1.0, 300_000.0, 1.0),
            |it| it.settings.count,
            |it, count| {
                it.settings.count = count;
                Ok(())
            },
        )
    }),
];

/// `:SENS:FUNC "CURR"`: one at a time. The 2400 measures several at once; two names are refused.
fn function(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        if call.unit.settings.sense.digitize.function.is_some() {
            // UNVERIFIED; `:SENS:DIG:FUNC?` answers so while a measure function is active.
            return call.answer_text("\"NONE\"");
        }
        return call.answer_text(match call.unit.settings.sense.function {
            Voltage => "\"VOLT:DC\"",
            Current => "\"CURR:DC\"",
            Resistance => "\"RES\"",
        });
    }
    let name = call.text()?.to_ascii_uppercase();
    call.no_parameters()?;
    let function = match name.as_str() {
        "VOLT" | "VOLTAGE" | "VOLT:DC" | "VOLTAGE:DC" => Voltage,
        "CURR" | "CURRENT" | "CURR:DC" | "CURRENT:DC" => Current,
        "RES" | "RESISTANCE" => Resistance,
        _ => return Err(code::ILLEGAL_PARAMETER),
    };
    call.unit.settings.sense.select(function);
    call.unit.acquisition.forget_window();
    Ok(())
}

/// How many ranges a function has.
fn ranges_of(unit: &Keithley2450, measured: Measured) -> usize {
    match measured {
        Voltage => unit.model.spec.voltage.len(),
        Current => unit.model.spec.current.len(),
        Resistance => OHMS.len(),
    }
}

fn nominal(unit: &Keithley2450, measured: Measured, index: usize) -> f64 {
    match measured {
        Voltage => unit.model.spec.voltage[index].nominal,
        Current => unit.model.spec.current[index].nominal,
        Resistance => OHMS[index],
    }
}

/// The lowest range that holds a value.
fn holding(unit: &Keithley2450, measured: Measured, value: f64) -> Option<usize> {
    match measured {
        Voltage => ranges::holding(unit.model.spec.of(Quantity::Voltage), value),
        Current => ranges::holding(unit.model.spec.of(Quantity::Current), value),
        Resistance => OHMS.iter().position(|it| value.abs() <= it * 1.05),
    }
}

/// Sets or answers one of the indices of ranges as the value that it holds.
fn indexed(
    call: &mut Call<'_, '_>,
    measured: Measured,
    of: fn(&mut SenseFunction) -> &mut usize,
    set: impl FnOnce(&mut SenseFunction),
) -> Handled {
    let present = *of(call.unit.settings.sense.of_mut(measured));
    let unit = &*call.unit;
    let highest = nominal(unit, measured, ranges_of(unit, measured) - 1);
    let limits = Limits::new(nominal(unit, measured, 0), highest, highest);
    let present = nominal(unit, measured, present);
    let Some(value) = call.nominal(limits, present)? else {
        return Ok(());
    };
    let range = holding(call.unit, measured, value).ok_or(code::PARAMETER_OUT_OF_RANGE)?;
    let function = call.unit.settings.sense.of_mut(measured);
    *of(function) = range;
    set(function);
    Ok(())
}

/// `:SENS:<fn>:RANG`: switches autoranging off.
fn range(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    let sets = !call.is_query;
    indexed(call, measured, |it| &mut it.range, |it| it.range_auto = false)?;
    if sets {
        call.unit.suit_limit_to_measure_range(measured);
    }
    Ok(())
}

fn lower_limit(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    indexed(call, measured, |it| &mut it.lowest, |it| it.highest = it.highest.max(it.lowest))
}

fn upper_limit(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    indexed(call, measured, |it| &mut it.highest, |it| it.lowest = it.lowest.min(it.highest))
}

fn range_auto(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    toggle(call, measured, |it| &mut it.range_auto)
}

fn nplc(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    let get = |unit: &Keithley2450| unit.settings.sense.of(measured).nplc;
    call.real(Limits::new(0.01, 10.0, 1.0), get, |unit, nplc| {
        unit.settings.sense.of_mut(measured).nplc = nplc;
        Ok(())
    })
}

fn auto_zero(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    toggle(call, measured, |it| &mut it.auto_zero)
}

/// `:SENS:AZER:ONCE`: the converter measures its zero and its reference once.
fn zero_once(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let integration = call.unit.settings.sense.present().nplc / call.unit.line_frequency;
    call.unit.spend(2.0 * integration);
    Ok(())
}

fn zero_once_of(call: &mut Call<'_, '_>, _: Measured) -> Handled {
    zero_once(call)
}

fn four_wire(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    toggle(call, measured, |it| &mut it.four_wire)
}

fn filter(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    call.unit.acquisition.forget_window();
    toggle(call, measured, |it| &mut it.filter)
}

fn filter_count(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    let get = |unit: &Keithley2450| unit.settings.sense.of(measured).filter_count;
    call.whole(Limits::new(1.0, 100.0, 10.0), get, |unit, count| {
        unit.settings.sense.of_mut(measured).filter_count = count;
        Ok(())
    })
}

fn filter_control(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    call.setting(|it| &mut it.settings.sense.of_mut(measured).filter_control)
}

fn user_delay(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    let index = call.place(1, 5)?;
    let get = |unit: &Keithley2450| unit.settings.sense.of(measured).user_delays[index];
    call.real(Limits::new(0.0, 10_000.0, 0.0), get, |unit, delay| {
        unit.settings.sense.of_mut(measured).user_delays[index] = delay;
        Ok(())
    })
}

fn offset_compensated(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    toggle(call, measured, |it| &mut it.offset_compensated)
}

fn relative_offset(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    let get = |unit: &Keithley2450| unit.settings.sense.of(measured).relative_offset;
    call.real(Limits::new(-1e12, 1e12, 0.0), get, |unit, offset| {
        unit.settings.sense.of_mut(measured).relative_offset = offset;
        Ok(())
    })
}

fn relative(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    toggle(call, measured, |it| &mut it.relative)
}

/// `:SENS:<fn>:REL:ACQ`: a reading becomes the offset.
fn acquire_relative(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    call.no_parameters()?;
    if call.unit.is_busy() {
        return Err(code::PROHIBITED_WHILE_RUNNING);
    }
    let sense = &mut call.unit.settings.sense;
    let before = std::mem::replace(&mut sense.function, measured);
    let was_on = std::mem::replace(&mut sense.of_mut(measured).relative, false);
    let reading = call.unit.measure();
    let sense = &mut call.unit.settings.sense;
    sense.function = before;
    let function = sense.of_mut(measured);
    function.relative_offset = reading.value;
    function.relative = was_on;
    Ok(())
}

/// `:SENS:<fn>:UNIT`: its own unit, ohms or watts.
fn unit(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    call.chosen(
        |it| it.settings.sense.of(measured).unit,
        |it, unit| {
            let fits = match measured {
                Voltage => unit != Unit::Ampere,
                Current => unit != Unit::Volt,
                Resistance => unit == Unit::Ohm,
            };
            if !fits {
                return Err(code::ILLEGAL_PARAMETER);
            }
            it.settings.sense.of_mut(measured).unit = unit;
            Ok(())
        },
    )
}

fn toggle(
    call: &mut Call<'_, '_>,
    measured: Measured,
    of: fn(&mut SenseFunction) -> &mut bool,
) -> Handled {
    let present = *of(call.unit.settings.sense.of_mut(measured));
    call.toggle(
        |_| present,
        |unit, on| {
            *of(unit.settings.sense.of_mut(measured)) = on;
            Ok(())
        },
    )
}
