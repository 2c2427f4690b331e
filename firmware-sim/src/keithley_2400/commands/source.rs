//! `:SOURce`: function, level, range, delay, protection, memory (User's Manual table 18-7).

use scpi_parser::{program::Numeric, table::Table};

use super::{
    super::{
        Keithley2400,
        call::{Call, Handled, Limits},
        code,
        memory::PLACES,
        ranges,
        settings::{Function, Guard, SourceFunction},
        timing,
    },
    Entry, command,
};
use crate::engine::channel::Quantity::{self, Current, Voltage};

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":SOURce#:VOLTage[:LEVel][:IMMediate][:AMPLitude][?]", |call| level(call, Voltage)),
    command(":SOURce#:CURRent[:LEVel][:IMMediate][:AMPLitude][?]", |call| level(call, Current)),
    command(":SOURce#:VOLTage[:LEVel]:TRIGgered[:AMPLitude][?]", |call| {
        triggered_level(call, Voltage)
    }),
    command(":SOURce#:CURRent[:LEVel]:TRIGgered[:AMPLitude][?]", |call| {
        triggered_level(call, Current)
    }),
    command(":SOURce#:VOLTage[:LEVel]:TRIGgered:SFACtor[?]", |call| {
        call.figure(SCALE, |it| &mut it.source.voltage.scale)
    }),
    command(":SOURce#:VOLTage[:LEVel]:TRIGgered:SFACtor:STATe[?]", |call| {
        call.switch(|it| &mut it.source.voltage.scaled)
    }),
    command(":SOURce#:CURRent[:LEVel]:TRIGgered:SFACtor[?]", |call| {
        call.figure(SCALE, |it| &mut it.source.current.scale)
    }),
    command(":SOURce#:CURRent[:LEVel]:TRIGgered:SFACtor:STATe[?]", |call| {
        call.switch(|it| &mut it.source.current.scaled)
    }),
    command(":SOURce#:FUNCtion[:MODE][?]", function),
    command(":SOURce#:VOLTage:RANGe[?]", |call| range(call, Voltage)),
    command(":SOURce#:CURRent:RANGe[?]", |call| range(call, Current)),
    command(":SOURce#:VOLTage:RANGe:AUTO[?]", |call| range_auto(call, Voltage)),
    command(":SOURce#:CURRent:RANGe:AUTO[?]", |call| range_auto(call, Current)),
    command(":SOURce#:VOLTage:PROTection[:LEVel][?]", over_voltage),
    command(":SOURce#:DELay[?]", delay),
    command(":SOURce#:DELay:AUTO[?]", |call| call.switch(|it| &mut it.source.delay_auto)),
    command(":SOURce#:SOAK[?]", |call| call.figure(SOAK, |it| &mut it.source.soak)),
    command(":SOURce#:CLEar[:IMMediate]", clear),
    command(":SOURce#:CLEar:AUTO[?]", clear_auto),
    command(":SOURce#:CLEar:AUTO:MODE[?]", |call| {
        call.setting(|unit| &mut unit.settings.source.clear_mode)
    }),
    command(":SOURce#:MEMory:SAVE", |call| memory(call, Keithley2400::save_set_up)),
    command(":SOURce#:MEMory:RECall", |call| memory(call, recall_idle)),
    command(":SOURce#:MEMory:POINts[?]", |call| {
        call.number(LOCATIONS, |it| &mut it.source.memory_points)
    }),
    command(":SOURce#:MEMory:STARt[?]", |call| {
        call.number(LOCATIONS, |it| &mut it.source.memory_start)
    }),
]);

const SOAK: Limits = Limits::new(0.0, 9999.999, 0.0);
/// UNVERIFIED.
const SCALE: Limits = Limits::new(-9.999_999e20, 9.999_999e20, 1.0);
const DELAY: Limits = Limits::new(0.0, 9999.999, 0.0);
const LOCATIONS: Limits = Limits::new(1.0, PLACES as f64, 1.0);

/// The levels that the unit has: ±210 V and ±1.05 A on a 2400.
pub(super) fn levels(unit: &Keithley2400, quantity: Quantity) -> Limits {
    let top = unit.model.top(quantity);
    Limits::new(-top, top, 0.0)
}

fn of(unit: &Keithley2400, quantity: Quantity) -> &SourceFunction {
    unit.settings.source.of(quantity)
}

fn of_mut(unit: &mut Keithley2400, quantity: Quantity) -> &mut SourceFunction {
    unit.settings.source.of_mut(quantity)
}

/// `:SOUR:FUNC`. Changing it drops the output (seen on a bench, not in the manual), and is refused
/// while auto-ohms is in charge of the source (+825).
fn function(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.setting(|unit| &mut unit.settings.source.function);
    }
    let function: Function = call.choice()?;
    if function == call.unit.settings.source.function {
        return Ok(());
    }
    if call.unit.settings.sense.auto_ohms() {
        return Err(code::INVALID_WITH_AUTO_OHMS);
    }
    let was_on = call.unit.settings.output.on;
    call.unit.settings.source.function = function;
    call.unit.output_off();
    if was_on {
        call.unit.spend(timing::FUNCTION_CHANGE);
    }
    Ok(())
}

/// `:SOUR:<fn>[:LEV][:IMM][:AMPL]`.
fn level(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    refuse_keyword_beyond_range(call, quantity)?;
    let limits = levels(call.unit, quantity);
    let set = |unit: &mut Keithley2400, level: f64| {
        accept_level(unit, quantity, level)?;
        let link = unit.link;
        let auto = of(unit, quantity).range_auto;
        // The time from the command to the output's movement passes at the old level.
        unit.spend(if auto { link.source_autorange } else { link.source });
        let range = unit.range_for(quantity, level);
        let function = of_mut(unit, quantity);
        function.level = level;
        if auto {
            function.range = range;
        }
        unit.apply();
        Ok(())
    };
    call.real(limits, |unit| of(unit, quantity).level, set)
}

/// `:SOUR:<fn>[:LEV]:TRIG[:AMPL]`: taken over at the next trigger.
fn triggered_level(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    refuse_keyword_beyond_range(call, quantity)?;
    let limits = levels(call.unit, quantity);
    let get = |unit: &Keithley2400| {
        let function = of(unit, quantity);
        function.triggered_level.unwrap_or(function.level)
    };
    call.real(limits, get, |unit, level| {
        accept_level(unit, quantity, level)?;
        of_mut(unit, quantity).triggered_level = Some(level);
        Ok(())
    })
}

/// `MIN` and `MAX` stand for the unit's largest levels, which a lower fixed range conflicts with
/// (-221).
fn refuse_keyword_beyond_range(call: &Call<'_, '_>, quantity: Quantity) -> Handled {
    let mut ahead = call.parameters;
    let keyword =
        !call.is_query && matches!(ahead.number(&[]), Ok(Numeric::Minimum | Numeric::Maximum));
    let function = of(call.unit, quantity);
    let top = call.unit.model.ranges(quantity).len() - 1;
    if keyword && !function.range_auto && function.range < top {
        return Err(code::SETTINGS_CONFLICT);
    }
    Ok(())
}

/// A level beyond a fixed range is out of range (-222); one that needs more power than there is
/// together with the compliance is refused too (+826).
fn accept_level(unit: &Keithley2400, quantity: Quantity, level: f64) -> Handled {
    let function = of(unit, quantity);
    let table = unit.model.ranges(quantity);
    let holds = ranges::holding(table, level).is_some_and(|it| it <= function.range);
    if !function.range_auto && !holds {
        return Err(code::PARAMETER_OUT_OF_RANGE);
    }
    accept_power(unit, quantity, level)
}

/// The 22 W of the unit: the larger voltages go with the smaller currents only.
pub(super) fn accept_power(unit: &Keithley2400, quantity: Quantity, level: f64) -> Handled {
    let limit = unit.settings.sense.of(quantity.complement()).protection;
    let (volts, amperes) = match quantity {
        Voltage => (level, limit),
        Current => (limit, level),
    };
    let sourced = unit.settings.source.quantity() == quantity;
    if sourced && unit.model.exceeds_power(volts, amperes) {
        return Err(code::EXCEEDS_POWER);
    }
    Ok(())
}

/// With the guard set to ohms the 1 A range is not to be had (+827). UNVERIFIED.
pub(super) fn accept_guard(unit: &Keithley2400, quantity: Quantity, range: usize) -> Handled {
    let top = unit.model.ranges(quantity).len() - 1;
    let guarded = unit.settings.guard == Guard::Ohms;
    if guarded && quantity == Current && range == top {
        return Err(code::INVALID_WITH_OHMS_GUARD);
    }
    Ok(())
}

/// `:SOUR:<fn>:RANG`. A range too low for the present level conflicts with it.
fn range(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let table = call.unit.model.ranges(quantity);
    let present = of(call.unit, quantity).range;
    let Some(range) = call.range(table, present, 2)? else {
        return Ok(());
    };
    accept_guard(call.unit, quantity, range)?;
    let function = of_mut(call.unit, quantity);
    if function.level.abs() > table[range].top() * (1.0 + 1e-12) {
        return Err(code::SETTINGS_CONFLICT);
    }
    function.range = range;
    function.range_auto = false;
    call.unit.apply();
    Ok(())
}

/// `:SOUR:<fn>:RANG:AUTO`.
fn range_auto(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.toggle(
        |unit| of(unit, quantity).range_auto,
        |unit, on| {
            let range = unit.range_for(quantity, of(unit, quantity).level);
            let function = of_mut(unit, quantity);
            function.range_auto = on;
            if on {
                function.range = range;
            }
            unit.apply();
            Ok(())
        },
    )
}

/// `:SOUR:DEL`: a delay of one's own switches the automatic one off.
fn delay(call: &mut Call<'_, '_>) -> Handled {
    call.real(
        DELAY,
        |unit| unit.settings.source.delay,
        |unit, delay| {
            unit.settings.source.delay = delay;
            unit.settings.source.delay_auto = false;
            Ok(())
        },
    )
}

/// `:SOUR:VOLT:PROT`: a value between two steps takes the lower, one above the last is none.
fn over_voltage(call: &mut Call<'_, '_>) -> Handled {
    let model = call.unit.model;
    let (none, steps) = (model.top(Voltage), model.over_voltages);
    let limits = Limits::new(steps[0], none, none);
    if !call.is_query && call.none_keyword() {
        call.no_parameters()?;
        call.unit.settings.source.over_voltage = none;
        call.unit.apply();
        return Ok(());
    }
    call.real(
        limits,
        |unit| unit.settings.source.over_voltage,
        |unit, volts| {
            let last = steps[steps.len() - 1];
            let step = steps.iter().rev().find(|it| **it <= volts);
            let step = step.copied().unwrap_or(steps[0]);
            unit.settings.source.over_voltage = if volts > last { none } else { step };
            unit.apply();
            Ok(())
        },
    )
}

/// `:SOUR:CLE[:IMM]`: the output goes off.
fn clear(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.output_off();
    Ok(())
}

/// `:SOUR:CLE:AUTO`: the output comes on for each measurement only.
fn clear_auto(call: &mut Call<'_, '_>) -> Handled {
    call.switch(|it| &mut it.source.clear_auto)?;
    if !call.is_query {
        call.unit.apply();
    }
    Ok(())
}

/// `:SOUR:MEM:SAVE` and `:SOUR:MEM:REC`, 1 to 100.
fn memory(call: &mut Call<'_, '_>, act: fn(&mut Keithley2400, usize)) -> Handled {
    let place = call.whole_parameter(LOCATIONS)?;
    act(call.unit, place as usize);
    Ok(())
}

/// A recall outside of a sweep: what was saved is on the terminals at once, and a change of function
/// drops the output as it always does.
fn recall_idle(unit: &mut Keithley2400, place: usize) {
    let before = unit.settings.source.function;
    unit.recall_set_up(place);
    unit.spend(timing::MEMORY_RECALL);
    if unit.settings.source.function != before {
        unit.output_off();
    }
    unit.apply();
}
