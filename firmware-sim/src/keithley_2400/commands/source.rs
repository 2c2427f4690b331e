//! `:SOURce` and `:OUTPut`: what is put on the terminals (User's Manual tables 18-4 and 18-7).

use super::super::{
    Keithley2400,
    call::{Call, Handled, Limits},
    code::{self, Code},
    ranges::{self, SPEC},
    settings::{Function, LevelMode, SourceFunction},
    timing,
};
use crate::engine::channel::Quantity;

/// The largest level: 210 V or 1.05 A.
fn top(quantity: Quantity) -> f64 {
    let ranges = SPEC.of(quantity);
    ranges[ranges.len() - 1].top()
}

fn levels(quantity: Quantity) -> Limits {
    Limits::new(-top(quantity), top(quantity), 0.0)
}

fn of(unit: &Keithley2400, quantity: Quantity) -> &SourceFunction {
    match quantity {
        Quantity::Voltage => &unit.settings.source.voltage,
        Quantity::Current => &unit.settings.source.current,
    }
}

fn of_mut(unit: &mut Keithley2400, quantity: Quantity) -> &mut SourceFunction {
    match quantity {
        Quantity::Voltage => &mut unit.settings.source.voltage,
        Quantity::Current => &mut unit.settings.source.current,
    }
}

/// `:SOUR:FUNC`. Changing it drops the output (seen on a bench, not in the manual), and is refused
/// while auto-ohms is in charge of the source.
pub(super) fn function(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.answer_choice(call.unit.settings.source.function);
    }
    let function = call.choice()?;
    if function == call.unit.settings.source.function {
        return Ok(());
    }
    if call.unit.settings.sense.auto_ohms() {
        return Err(code::INVALID_WITH_AUTO_OHMS);
    }
    call.unit.settings.source.function = function;
    call.unit.output_off();
    Ok(())
}

/// `:SOUR:<fn>[:LEV][:IMM][:AMPL]`.
pub(super) fn level(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let set = |unit: &mut Keithley2400, level: f64| {
        let function = of_mut(unit, quantity);
        within_fixed_range(function, quantity, level)?;
        function.level = level;
        let slow = if function.range_auto {
            settle_range(function, quantity);
            timing::SOURCE_AUTORANGE
        } else {
            timing::SOURCE
        };
        // The time from the command to the output's movement passes at the old level.
        unit.spend(slow);
        unit.apply();
        Ok(())
    };
    call.real(levels(quantity), |unit| of(unit, quantity).level, set)
}

/// `:SOUR:<fn>[:LEV]:TRIG[:AMPL]`: taken over at the next trigger.
pub(super) fn triggered_level(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let get = |unit: &Keithley2400| {
        let function = of(unit, quantity);
        function.triggered_level.unwrap_or(function.level)
    };
    call.real(levels(quantity), get, |unit, level| {
        let function = of_mut(unit, quantity);
        within_fixed_range(function, quantity, level)?;
        function.triggered_level = Some(level);
        Ok(())
    })
}

fn within_fixed_range(function: &SourceFunction, quantity: Quantity, level: f64) -> Handled {
    let holds = ranges::holding(SPEC.of(quantity), level).is_some_and(|it| it <= function.range);
    if function.range_auto || holds { Ok(()) } else { Err(code::PARAMETER_OUT_OF_RANGE) }
}

/// `RANG?` shows the range that autoranging has chosen for the level.
fn settle_range(function: &mut SourceFunction, quantity: Quantity) {
    let top = SPEC.of(quantity).len() - 1;
    function.range = ranges::holding(SPEC.of(quantity), function.level).unwrap_or(top);
}

/// `:SOUR:<fn>:RANG`. A range too low for the present level conflicts with it.
pub(super) fn range(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let table = SPEC.of(quantity);
    let present = of(call.unit, quantity).range;
    let Some(range) = call.range(table, present, 2)? else {
        return Ok(());
    };
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
pub(super) fn range_auto(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.toggle(
        |unit| of(unit, quantity).range_auto,
        |unit, on| {
            let function = of_mut(unit, quantity);
            function.range_auto = on;
            if on {
                settle_range(function, quantity);
            }
            unit.apply();
            Ok(())
        },
    )
}

/// `:SOUR:<fn>:MODE`.
pub(super) fn mode(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    if call.is_query {
        return call.answer_choice(of(call.unit, quantity).mode);
    }
    of_mut(call.unit, quantity).mode = call.choice()?;
    Ok(())
}

/// `:SOUR:<fn>:STAR`.
pub(super) fn start(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    sweep_end(call, quantity, |it| it.start, |it, value| it.start = value)
}

/// `:SOUR:<fn>:STOP`.
pub(super) fn stop(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    sweep_end(call, quantity, |it| it.stop, |it, value| it.stop = value)
}

/// `:SOUR:<fn>:CENT`: moves both ends and keeps the span.
pub(super) fn centre(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    sweep_end(call, quantity, SourceFunction::centre, |it, centre| {
        let half = 0.5 * it.span();
        (it.start, it.stop) = (centre - half, centre + half);
    })
}

/// `:SOUR:<fn>:SPAN`: moves both ends and keeps the centre.
pub(super) fn span(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    sweep_end(call, quantity, SourceFunction::span, |it, span| {
        let centre = it.centre();
        (it.start, it.stop) = (centre - 0.5 * span, centre + 0.5 * span);
    })
}

/// Sets one figure of the staircase; the number of points stays and the step follows.
fn sweep_end(
    call: &mut Call<'_, '_>,
    quantity: Quantity,
    get: impl Fn(&SourceFunction) -> f64,
    set: impl Fn(&mut SourceFunction, f64),
) -> Handled {
    call.real(
        levels(quantity),
        |unit| get(of(unit, quantity)),
        |unit, value| {
            let points = unit.settings.source.sweep_points;
            let function = of_mut(unit, quantity);
            set(function, value);
            function.step = super::super::sweep::step(function, points);
            Ok(())
        },
    )
}

/// `:SOUR:<fn>:STEP`: the number of points follows.
pub(super) fn step(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let limits =
        Limits { minimum: -2.0 * top(quantity), maximum: 2.0 * top(quantity), default: 0.0 };
    call.real(
        limits,
        |unit| of(unit, quantity).step,
        |unit, step| {
            let function = of_mut(unit, quantity);
            let points = super::super::sweep::points(function, step);
            let points = points.ok_or(code::SETTINGS_CONFLICT)?;
            function.step = step;
            unit.settings.source.sweep_points = points;
            Ok(())
        },
    )
}

/// `:SOUR:SWE:POIN`: the steps of both quantities follow.
pub(super) fn sweep_points(call: &mut Call<'_, '_>) -> Handled {
    let limits = Limits { minimum: 1.0, maximum: 2500.0, default: 2500.0 };
    call.whole(
        limits,
        |unit| unit.settings.source.sweep_points,
        |unit, points| {
            let source = &mut unit.settings.source;
            source.sweep_points = points;
            for function in [&mut source.voltage, &mut source.current] {
                function.step = super::super::sweep::step(function, points);
            }
            Ok(())
        },
    )
}

/// The most values that one list command takes (User's Manual, list sweeps).
const LIST_COMMAND: usize = 100;
const LIST_TOTAL: usize = 2500;

/// `:SOUR:LIST:<fn>`: replaces the list, or leaves the old one if any value is refused.
pub(super) fn list(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    if call.is_query {
        let list = std::mem::take(&mut of_mut(call.unit, quantity).list);
        let handled = call.answer_reals(&list);
        of_mut(call.unit, quantity).list = list;
        return handled;
    }
    read_list(call, quantity, 0)
}

/// `:SOUR:LIST:<fn>:APP`.
pub(super) fn append(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let kept = of(call.unit, quantity).list.len();
    read_list(call, quantity, kept)
}

fn read_list(call: &mut Call<'_, '_>, quantity: Quantity, kept: usize) -> Handled {
    let mut values = [0.0; LIST_COMMAND];
    let count = call.reals(&mut values, levels(quantity))?;
    if kept + count > LIST_TOTAL {
        return Err(code::TOO_MUCH_DATA);
    }
    let function = of_mut(call.unit, quantity);
    function.list.truncate(kept);
    function.list.extend_from_slice(&values[..count]);
    Ok(())
}

/// `:SOUR:LIST:<fn>:POIN?`.
pub(super) fn list_points(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let points = of(call.unit, quantity).list.len();
    call.answer_whole(points as u32)
}

/// `:SOUR:LIST:<fn>:STAR`.
pub(super) fn list_start(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let limits = Limits { minimum: 1.0, maximum: 2500.0, default: 1.0 };
    call.whole(
        limits,
        |unit| of(unit, quantity).list_start,
        |unit, start| {
            let function = of_mut(unit, quantity);
            if start as usize > function.list.len() {
                return Err(code::PARAMETER_OUT_OF_RANGE);
            }
            function.list_start = start;
            Ok(())
        },
    )
}

/// `:SOUR:DEL`: a delay of one's own switches the automatic one off.
pub(super) fn delay(call: &mut Call<'_, '_>) -> Handled {
    let limits = Limits { minimum: 0.0, maximum: 9999.999, default: 0.0 };
    call.real(
        limits,
        |unit| unit.settings.source.delay,
        |unit, delay| {
            unit.settings.source.delay = delay;
            unit.settings.source.delay_auto = false;
            Ok(())
        },
    )
}

/// The levels of `:SOUR:VOLT:PROT`; a value between two takes the lower.
const OVER_VOLTAGES: [f64; 8] = [20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 160.0, 210.0];

/// `:SOUR:VOLT:PROT`.
pub(super) fn over_voltage(call: &mut Call<'_, '_>) -> Handled {
    let limits = Limits { minimum: 20.0, maximum: 210.0, default: 210.0 };
    if !call.is_query && call.none_keyword() {
        call.unit.settings.source.over_voltage = 210.0;
        return Ok(());
    }
    call.real(
        limits,
        |unit| unit.settings.source.over_voltage,
        |unit, volts| {
            // Anything above 160 V is no protection at all.
            let level = OVER_VOLTAGES.iter().rev().find(|it| **it <= volts);
            let none = volts > 160.0;
            unit.settings.source.over_voltage = if none { 210.0 } else { *level.unwrap_or(&20.0) };
            unit.apply();
            Ok(())
        },
    )
}

/// `:OUTP[:STAT]`.
pub(super) fn output(call: &mut Call<'_, '_>) -> Handled {
    call.toggle(
        |unit| unit.settings.output.on,
        |unit, on| {
            if on {
                unit.output_on();
            } else {
                unit.output_off();
            }
            Ok(())
        },
    )
}

/// `:SOUR:CLE[:IMM]`: the output goes off.
pub(super) fn clear(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.output_off();
    Ok(())
}

/// A logarithmic staircase through or from zero cannot be formed.
pub(in super::super) fn check_sweep(unit: &Keithley2400) -> Result<(), Code> {
    let source = &unit.settings.source;
    let function = match source.function {
        Function::Current => &source.current,
        Function::Voltage | Function::Memory => &source.voltage,
    };
    let logarithmic = source.spacing == super::super::settings::Spacing::Logarithmic;
    if function.mode == LevelMode::Sweep && logarithmic && function.start * function.stop <= 0.0 {
        return Err(code::SETTINGS_CONFLICT);
    }
    Ok(())
}
