//! `:SOURce`: staircases and lists (User's Manual table 18-7 and chapter 10).

use scpi_parser::table::Table;

use super::{
    super::{
        Keithley2400,
        call::{Call, Handled, Limits},
        code::{self, Code},
        settings::{LevelMode, SourceFunction, Spacing},
        sweep,
    },
    Entry, command,
    source::levels,
};
use crate::engine::channel::Quantity::{self, Current, Voltage};

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":SOURce#:LIST:VOLTage[?]", |call| list(call, Voltage)),
    command(":SOURce#:LIST:VOLTage:APPend", |call| append(call, Voltage)),
    command(":SOURce#:LIST:VOLTage:POINts?", |call| list_points(call, Voltage)),
    command(":SOURce#:LIST:VOLTage:STARt[?]", |call| list_start(call, Voltage)),
    command(":SOURce#:LIST:CURRent[?]", |call| list(call, Current)),
    command(":SOURce#:LIST:CURRent:APPend", |call| append(call, Current)),
    command(":SOURce#:LIST:CURRent:POINts?", |call| list_points(call, Current)),
    command(":SOURce#:LIST:CURRent:STARt[?]", |call| list_start(call, Current)),
    command(":SOURce#:VOLTage:MODE[?]", |call| mode(call, Voltage)),
    command(":SOURce#:VOLTage:STARt[?]", |call| start(call, Voltage)),
    command(":SOURce#:VOLTage:STOP[?]", |call| stop(call, Voltage)),
    command(":SOURce#:VOLTage:STEP[?]", |call| step(call, Voltage)),
    command(":SOURce#:VOLTage:CENTer[?]", |call| centre(call, Voltage)),
    command(":SOURce#:VOLTage:SPAN[?]", |call| span(call, Voltage)),
    command(":SOURce#:CURRent:MODE[?]", |call| mode(call, Current)),
    command(":SOURce#:CURRent:STARt[?]", |call| start(call, Current)),
    command(":SOURce#:CURRent:STOP[?]", |call| stop(call, Current)),
    command(":SOURce#:CURRent:STEP[?]", |call| step(call, Current)),
    command(":SOURce#:CURRent:CENTer[?]", |call| centre(call, Current)),
    command(":SOURce#:CURRent:SPAN[?]", |call| span(call, Current)),
    command(":SOURce#:SWEep:SPACing[?]", |call| {
        call.setting(|unit| &mut unit.settings.source.spacing)
    }),
    command(":SOURce#:SWEep:POINts[?]", sweep_points),
    command(":SOURce#:SWEep:DIRection[?]", |call| {
        call.setting(|unit| &mut unit.settings.source.direction)
    }),
    command(":SOURce#:SWEep:RANGing[?]", |call| {
        call.setting(|unit| &mut unit.settings.source.sweep_ranging)
    }),
    command(":SOURce#:SWEep:CABort[?]", |call| {
        call.setting(|unit| &mut unit.settings.source.compliance_abort)
    }),
]);

fn of(unit: &Keithley2400, quantity: Quantity) -> &SourceFunction {
    unit.settings.source.of(quantity)
}

fn of_mut(unit: &mut Keithley2400, quantity: Quantity) -> &mut SourceFunction {
    unit.settings.source.of_mut(quantity)
}

/// `:SOUR:<fn>:MODE`.
fn mode(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.setting(|unit| &mut of_mut(unit, quantity).mode)
}

/// `:SOUR:<fn>:STAR`.
fn start(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    sweep_end(call, quantity, |it| it.start, |it, value| it.start = value)
}

/// `:SOUR:<fn>:STOP`.
fn stop(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    sweep_end(call, quantity, |it| it.stop, |it, value| it.stop = value)
}

/// `:SOUR:<fn>:CENT`: moves both ends and keeps the span.
fn centre(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    sweep_end(call, quantity, SourceFunction::centre, |it, centre| {
        let half = 0.5 * it.span();
        (it.start, it.stop) = (centre - half, centre + half);
    })
}

/// `:SOUR:<fn>:SPAN`: moves both ends and keeps the centre.
fn span(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
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
    let limits = levels(call.unit, quantity);
    call.real(
        limits,
        |unit| get(of(unit, quantity)),
        |unit, value| {
            let points = unit.settings.source.sweep_points;
            let function = of_mut(unit, quantity);
            set(function, value);
            function.step = sweep::step(function, points);
            Ok(())
        },
    )
}

/// `:SOUR:<fn>:STEP`: the number of points follows.
fn step(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let top = 2.0 * call.unit.model.top(quantity);
    call.real(
        Limits::new(-top, top, 0.0),
        |unit| of(unit, quantity).step,
        |unit, step| {
            let function = of_mut(unit, quantity);
            let points = sweep::points(function, step);
            let points = points.ok_or(code::SETTINGS_CONFLICT)?;
            function.step = step;
            unit.settings.source.sweep_points = points;
            Ok(())
        },
    )
}

/// `:SOUR:SWE:POIN`: the steps of both quantities follow. The trigger count does not.
fn sweep_points(call: &mut Call<'_, '_>) -> Handled {
    call.whole(
        POINTS,
        |unit| unit.settings.source.sweep_points,
        |unit, points| {
            let source = &mut unit.settings.source;
            source.sweep_points = points;
            for function in [&mut source.voltage, &mut source.current] {
                function.step = sweep::step(function, points);
            }
            Ok(())
        },
    )
}

/// The table says from 2, the text from 1.
const POINTS: Limits = Limits::new(1.0, 2500.0, 2500.0);
/// The most values that one list command takes (User's Manual, list sweeps). That more are -223 is
/// UNVERIFIED.
const LIST_COMMAND: usize = 100;
const LIST_TOTAL: usize = 2500;

/// `:SOUR:LIST:<fn>`: replaces the list, or leaves the old one if any value is refused.
fn list(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let list = std::mem::take(&mut of_mut(call.unit, quantity).list);
        let handled = call.answer_reals(&list);
        of_mut(call.unit, quantity).list = list;
        return handled;
    }
    read_list(call, quantity, 0)
}

/// `:SOUR:LIST:<fn>:APP`.
fn append(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let kept = of(call.unit, quantity).list.len();
    read_list(call, quantity, kept)
}

fn read_list(call: &mut Call<'_, '_>, quantity: Quantity, kept: usize) -> Handled {
    let mut values = [0.0; LIST_COMMAND];
    let limits = levels(call.unit, quantity);
    let count = call.reals(&mut values, limits)?;
    if kept + count > LIST_TOTAL {
        return Err(code::TOO_MUCH_DATA);
    }
    let function = of_mut(call.unit, quantity);
    function.list.truncate(kept);
    function.list.extend_from_slice(&values[..count]);
    Ok(())
}

/// `:SOUR:LIST:<fn>:POIN?`.
fn list_points(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.no_parameters()?;
    let points = of(call.unit, quantity).list.len();
    call.answer_whole(points as u32)
}

/// `:SOUR:LIST:<fn>:STAR`.
fn list_start(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.whole(
        Limits::new(1.0, 2500.0, 1.0),
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

/// A logarithmic staircase through or from zero cannot be formed.
pub(in super::super) fn check_sweep(unit: &Keithley2400) -> Result<(), Code> {
    let source = &unit.settings.source;
    let function = source.of(source.quantity());
    let logarithmic = source.spacing == Spacing::Logarithmic;
    if function.mode == LevelMode::Sweep && logarithmic && function.start * function.stop <= 0.0 {
        return Err(code::SETTINGS_CONFLICT);
    }
    Ok(())
}
