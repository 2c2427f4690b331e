//! `:SOURce[1]` but its sweeps and lists (2450 Reference Manual, section 6, from page 6-80).

use super::super::{
    Keithley2450,
    call::{Call, Command, Handled, Limits, command},
    code,
    settings::{Measured, SourceFunction, SourceQuantity},
};
use crate::engine::{
    channel::Quantity::{self, Current, Voltage},
    ranges,
};

pub(super) const TABLE: &[Command] = &[
    command(":SOURce#:FUNCtion[:MODE][?]", function),
    command(":SOURce#:VOLTage[:LEVel][:IMMediate][:AMPLitude][?]", |call| level(call, Voltage)),
    command(":SOURce#:CURRent[:LEVel][:IMMediate][:AMPLitude][?]", |call| level(call, Current)),
    command(":SOURce#:VOLTage:RANGe[?]", |call| range(call, Voltage)),
    command(":SOURce#:CURRent:RANGe[?]", |call| range(call, Current)),
    command(":SOURce#:VOLTage:RANGe:AUTO[?]", |call| range_auto(call, Voltage)),
    command(":SOURce#:CURRent:RANGe:AUTO[?]", |call| range_auto(call, Current)),
    command(":SOURce#:VOLTage:ILIMit[:LEVel][?]", |call| limit(call, Voltage)),
    command(":SOURce#:CURRent:VLIMit[:LEVel][?]", |call| limit(call, Current)),
    command(":SOURce#:VOLTage:ILIMit[:LEVel]:TRIPped?", |call| tripped(call, Voltage)),
    command(":SOURce#:CURRent:VLIMit[:LEVel]:TRIPped?", |call| tripped(call, Current)),
    command(":SOURce#:VOLTage:DELay[?]", |call| delay(call, Voltage)),
    command(":SOURce#:CURRent:DELay[?]", |call| delay(call, Current)),
    command(":SOURce#:VOLTage:DELay:AUTO[?]", |call| {
        toggle(call, Voltage, |it| &mut it.delay_auto)
    }),
    command(":SOURce#:CURRent:DELay:AUTO[?]", |call| {
        toggle(call, Current, |it| &mut it.delay_auto)
    }),
    command(":SOURce#:VOLTage:DELay:USER#[?]", |call| user_delay(call, Voltage)),
    command(":SOURce#:CURRent:DELay:USER#[?]", |call| user_delay(call, Current)),
    command(":SOURce#:VOLTage:READ:BACK[?]", |call| toggle(call, Voltage, |it| &mut it.read_back)),
    command(":SOURce#:CURRent:READ:BACK[?]", |call| toggle(call, Current, |it| &mut it.read_back)),
    command(":SOURce#:VOLTage:HIGH:CAPacitance[?]", |call| {
        toggle(call, Voltage, |it| &mut it.high_capacitance)
    }),
    command(":SOURce#:CURRent:HIGH:CAPacitance[?]", |call| {
        toggle(call, Current, |it| &mut it.high_capacitance)
    }),
    command(":SOURce#:VOLTage:PROTection[:LEVel][?]", |call| {
        call.chosen(
            |it| it.settings.source.protection,
            |it, protection| {
                it.settings.source.protection = protection;
                it.apply();
                Ok(())
            },
        )
    }),
    command(":SOURce#:VOLTage:PROTection[:LEVel]:TRIPped?", |call| {
        let volts = call.unit.channel.operating().volts.abs();
        let tripped = volts >= call.unit.settings.source.protection.volts();
        call.answer_toggle(tripped)
    }),
];

/// `:SOUR:FUNC`. A change turns the output off (UNVERIFIED; the 2400 does).
fn function(call: &mut Call<'_, '_>) -> Handled {
    call.chosen(
        |it| it.settings.source.function,
        |it, function: SourceQuantity| {
            if function != it.settings.source.function {
                it.output_off();
                it.settings.source.function = function;
                it.acquisition.forget_window();
            }
            Ok(())
        },
    )
}

/// `:SOUR:<fn>`. The source delay begins where the output is on and the level a new one.
fn level(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let top = call.unit.model.top(quantity);
    let get = |unit: &Keithley2450| unit.settings.source.of(quantity).level;
    call.real(Limits::new(-top, top, 0.0), get, |unit, level| {
        let table = unit.model.spec.of(quantity);
        let function = unit.settings.source.of_mut(quantity);
        let holding = ranges::holding(table, level).ok_or(code::PARAMETER_OUT_OF_RANGE)?;
        if !function.range_auto && holding > function.range {
            return Err(code::PARAMETER_OUT_OF_RANGE);
        }
        let changes = level != function.level;
        function.level = level;
        if function.range_auto {
            function.range = holding;
        }
        unit.suit_limit_to_source_range(quantity);
        unit.apply();
        if changes && unit.settings.output && unit.settings.source.quantity() == quantity {
            unit.begin_settling();
            unit.note_interlock();
        }
        Ok(())
    })
}

/// `:SOUR:<fn>:RANG`: a range too low for the present level conflicts with it.
fn range(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let table = call.unit.model.spec.of(quantity);
    let (lowest, highest) = (table[0].nominal, table[table.len() - 1].nominal);
    let present = table[call.unit.settings.source.of(quantity).range].nominal;
    let Some(value) = call.nominal(Limits::new(lowest, highest, lowest), present)? else {
        return Ok(());
    };
    let range = ranges::holding(table, value).ok_or(code::PARAMETER_OUT_OF_RANGE)?;
    let unit = &mut *call.unit;
    let function = unit.settings.source.of_mut(quantity);
    if function.level.abs() > table[range].top() * (1.0 + 1e-12) {
        return Err(code::SETTINGS_CONFLICT);
    }
    function.range = range;
    function.range_auto = false;
    unit.suit_limit_to_source_range(quantity);
    unit.apply();
    Ok(())
}

/// `:SOUR:<fn>:RANG:AUTO`.
fn range_auto(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.toggle(
        |unit| unit.settings.source.of(quantity).range_auto,
        |unit, on| {
            let table = unit.model.spec.of(quantity);
            let function = unit.settings.source.of_mut(quantity);
            function.range_auto = on;
            if on {
                function.range = ranges::holding(table, function.level).unwrap_or(table.len() - 1);
            }
            unit.apply();
            Ok(())
        },
    )
}

/// The smallest limit as a share of a fixed measure range. The 2470 Reference Manual, page 12-78, says
/// 10.6 %, its specification 10 %; the 2450's of 2013 says 0.1 %.
const SMALLEST_LIMIT: f64 = 0.1;
/// What a limit that is too small for a new measure range becomes, as a share of it.
const RAISED_LIMIT: f64 = 0.106;

/// `:SOUR:VOLT:ILIM` and `:SOUR:CURR:VLIM`, absolute values: at least a tenth of a measure range that
/// is fixed, and no more than the output carries on its range. That -221 refuses the one and -222
/// the other is UNVERIFIED.
fn limit(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let limited = quantity.complement();
    let top = call.unit.model.top(limited);
    let model = call.unit.model;
    let (smallest, default) = match limited {
        Current => (model.smallest_limits.1, 1.05e-4),
        Voltage => (model.smallest_limits.0, model.voltage_limit),
    };
    let limits = Limits::new(if call.is_query { smallest } else { -top }, top, default);
    let get = |unit: &Keithley2450| unit.settings.source.of(quantity).limit;
    call.real(limits, get, |unit, limit| {
        let limit = limit.abs();
        let range = unit.settings.source.of(quantity).range;
        let largest = model.largest_limit(quantity, range) * (1.0 + 1e-12);
        if limit < smallest || limit > largest {
            return Err(code::PARAMETER_OUT_OF_RANGE);
        }
        let measured = match limited {
            Current => Measured::Current,
            Voltage => Measured::Voltage,
        };
        let sense = unit.settings.sense.of(measured);
        let smallest = SMALLEST_LIMIT * unit.model.spec.of(limited)[sense.range].nominal;
        if !sense.range_auto && limit < smallest * (1.0 - 1e-12) {
            return Err(code::SETTINGS_CONFLICT);
        }
        unit.settings.source.of_mut(quantity).limit = limit;
        unit.apply();
        Ok(())
    })
}

impl Keithley2450 {
    /// A limit that the output cannot carry on a new source range becomes the largest that it can,
    /// with a warning (`:SOUR:<fn>:<x>LIMit[:LEVel]`, details).
    fn suit_limit_to_source_range(&mut self, quantity: Quantity) {
        let range = self.settings.source.of(quantity).range;
        let largest = self.model.largest_limit(quantity, range);
        let function = self.settings.source.of_mut(quantity);
        if function.limit > largest {
            function.limit = largest;
            self.report(code::LIMIT_CHANGED);
        }
    }

    /// A limit that is too small for a new measure range is raised, with a warning (2470 Reference
    /// Manual, page 12-78); only the limit that is at work, UNVERIFIED. Whoever sets a range has to look at the limit again.
    pub(super) fn suit_limit_to_measure_range(&mut self, measured: Measured) {
        let limited = match measured {
            Measured::Current => Current,
            Measured::Voltage => Voltage,
            Measured::Resistance => return,
        };
        let range = self.settings.sense.of(measured).range;
        let nominal = self.model.spec.of(limited)[range].nominal;
        let quantity = limited.complement();
        if self.settings.source.quantity() != quantity {
            return;
        }
        let function = self.settings.source.of_mut(quantity);
        if function.limit < SMALLEST_LIMIT * nominal * (1.0 - 1e-12) {
            function.limit = RAISED_LIMIT * nominal;
            self.report(code::LIMIT_CHANGED);
            self.apply();
        }
    }
}

/// `:SOUR:VOLT:ILIM:TRIP?`: whether the source limits now.
fn tripped(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.no_parameters()?;
    let unit = &*call.unit;
    let sourced = unit.settings.source.quantity() == quantity;
    let tripped = sourced && unit.settings.output && unit.channel.operating().limiting;
    call.answer_toggle(tripped)
}

const DELAY: Limits = Limits::new(0.0, 10_000.0, 0.0);

/// `:SOUR:<fn>:DEL`: switches the automatic delay off.
fn delay(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let get = |unit: &Keithley2450| unit.settings.source.of(quantity).delay;
    call.real(DELAY, get, |unit, delay| {
        let function = unit.settings.source.of_mut(quantity);
        function.delay = delay;
        function.delay_auto = false;
        Ok(())
    })
}

/// `:SOUR:<fn>:DEL:USER<n>`.
fn user_delay(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let index = call.place(1, 5)?;
    let get = |unit: &Keithley2450| unit.settings.source.of(quantity).user_delays[index];
    call.real(DELAY, get, |unit, delay| {
        unit.settings.source.of_mut(quantity).user_delays[index] = delay;
        Ok(())
    })
}

fn toggle(
    call: &mut Call<'_, '_>,
    quantity: Quantity,
    of: fn(&mut SourceFunction) -> &mut bool,
) -> Handled {
    let present = *of(call.unit.settings.source.of_mut(quantity));
    call.toggle(
        |_| present,
        |unit, on| {
            *of(unit.settings.source.of_mut(quantity)) = on;
            Ok(())
        },
    )
}
