//! `:SENSe`: ranges, compliance, integration, filter (User's Manual table 18-6).

use scpi_parser::table::Table;

use super::{
    super::{
        Keithley2400,
        call::{Call, Handled, Limits},
        code,
        ranges::OHMS,
        settings::SenseFunction,
    },
    Entry, command,
    source::accept_guard,
};
use crate::engine::channel::Quantity::{self, Current, Voltage};

/// The ohms between which the automatic range may be chosen (page 18-65; the upper end UNVERIFIED).
const OHMS_LIMITS: Limits = Limits { minimum: 20.0, maximum: 2.1e8, default: 20.0 };

pub(super) const TABLE: Table<Entry> = Table(&[
    command("[:SENSe#]:VOLTage[:DC]:RANGe[:UPPer][?]", |call| range(call, Voltage)),
    command("[:SENSe#]:VOLTage[:DC]:RANGe:AUTO[?]", |call| range_auto(call, Voltage)),
    command("[:SENSe#]:VOLTage[:DC]:RANGe:AUTO:LLIMit[?]", |call| lower_limit(call, Voltage)),
    command("[:SENSe#]:VOLTage[:DC]:RANGe:AUTO:ULIMit?", |call| upper_limit(call, Voltage)),
    command("[:SENSe#]:VOLTage[:DC]:PROTection[:LEVel][?]", |call| protection(call, Voltage)),
    command("[:SENSe#]:VOLTage[:DC]:PROTection:TRIPped?", |call| tripped(call, Voltage)),
    command("[:SENSe#]:VOLTage[:DC]:PROTection:RSYNchronize[?]", |call| {
        protection_sync(call, Voltage)
    }),
    command("[:SENSe#]:VOLTage[:DC]:NPLCycles[?]", nplc),
    command("[:SENSe#]:CURRent[:DC]:RANGe[:UPPer][?]", |call| range(call, Current)),
    command("[:SENSe#]:CURRent[:DC]:RANGe:AUTO[?]", |call| range_auto(call, Current)),
    command("[:SENSe#]:CURRent[:DC]:RANGe:AUTO:LLIMit[?]", |call| lower_limit(call, Current)),
    command("[:SENSe#]:CURRent[:DC]:RANGe:AUTO:ULIMit?", |call| upper_limit(call, Current)),
    command("[:SENSe#]:CURRent[:DC]:PROTection[:LEVel][?]", |call| protection(call, Current)),
    command("[:SENSe#]:CURRent[:DC]:PROTection:TRIPped?", |call| tripped(call, Current)),
    command("[:SENSe#]:CURRent[:DC]:PROTection:RSYNchronize[?]", |call| {
        protection_sync(call, Current)
    }),
    command("[:SENSe#]:CURRent[:DC]:NPLCycles[?]", nplc),
    command("[:SENSe#]:CURRent[:DC]:RANGe:HOLD[:STATe][?]", |call| {
        call.switch(|it| &mut it.sense.range_hold)
    }),
    command("[:SENSe#]:CURRent[:DC]:RANGe:HOLD:DELay[?]", |call| {
        call.figure(HOLD, |it| &mut it.sense.range_hold_delay)
    }),
    command("[:SENSe#]:RESistance:MODE[?]", ohms_mode),
    command("[:SENSe#]:RESistance:RANGe[:UPPer][?]", ohms_range),
    command("[:SENSe#]:RESistance:RANGe:AUTO[?]", |call| {
        call.switch(|it| &mut it.sense.ohms.range_auto)
    }),
    command("[:SENSe#]:RESistance:RANGe:AUTO:LLIMit[?]", |call| {
        call.figure(OHMS_LIMITS, |it| &mut it.sense.ohms.lower_limit)
    }),
    command("[:SENSe#]:RESistance:RANGe:AUTO:ULIMit[?]", |call| {
        call.figure(OHMS_LIMITS, |it| &mut it.sense.ohms.upper_limit)
    }),
    command("[:SENSe#]:RESistance:OCOMpensated[?]", |call| {
        call.switch(|it| &mut it.sense.ohms.offset_compensated)
    }),
    command("[:SENSe#]:RESistance:NPLCycles[?]", nplc),
    command("[:SENSe#]:AVERage[:STATe][?]", |call| call.switch(|it| &mut it.sense.filter)),
    command("[:SENSe#]:AVERage:COUNt[?]", |call| {
        call.number(FILTER, |it| &mut it.sense.filter_count)
    }),
    command("[:SENSe#]:AVERage:TCONtrol[?]", |call| {
        call.setting(|unit| &mut unit.settings.sense.filter_control)
    }),
]);

const NPLC: Limits = Limits::new(0.01, 10.0, 1.0);
const HOLD: Limits = Limits::new(0.0, 999.9999, 0.0);
const FILTER: Limits = Limits::new(1.0, 100.0, 10.0);

fn of(unit: &Keithley2400, quantity: Quantity) -> &SenseFunction {
    unit.settings.sense.of(quantity)
}

fn of_mut(unit: &mut Keithley2400, quantity: Quantity) -> &mut SenseFunction {
    unit.settings.sense.of_mut(quantity)
}

/// The quantity is sourced and read back, so its measure range is the source's.
fn read_back(unit: &Keithley2400, quantity: Quantity) -> bool {
    let functions = unit.settings.sense.functions;
    let measured = match quantity {
        Voltage => functions.voltage,
        Current => functions.current,
    };
    measured && unit.settings.source.quantity() == quantity
}

/// `:SENS:<fn>:RANG[:UPP]`.
///
/// Refused for the quantity that is sourced and read back (+823). A range above the compliance's
/// is refused too (+824), and yet the range ends at the compliance's: seen on a bench.
fn range(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let table = call.unit.model.ranges(quantity);
    let present = of(call.unit, quantity).range;
    let Some(range) = call.range(table, present, 2)? else {
        return Ok(());
    };
    if read_back(call.unit, quantity) {
        return Err(code::INVALID_WITH_READ_BACK);
    }
    accept_guard(call.unit, quantity, range)?;
    let highest = call.unit.range_for(quantity, of(call.unit, quantity).protection);
    let function = of_mut(call.unit, quantity);
    let refused = range > highest;
    function.range = range.min(highest);
    function.range_auto = false;
    call.unit.apply();
    if refused { Err(code::EXCEEDS_COMPLIANCE_RANGE) } else { Ok(()) }
}

/// `:SENS:<fn>:RANG:AUTO`.
fn range_auto(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
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
fn lower_limit(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let table = call.unit.model.ranges(quantity);
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
fn upper_limit(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let table = call.unit.model.ranges(quantity);
    call.no_parameters()?;
    let highest = call.unit.range_for(quantity, of(call.unit, quantity).protection);
    call.answer_real(table[highest].top())
}

/// `:SENS:<fn>:PROT[:LEV]`: the compliance. At least 0.1 % of a fixed measure range (+822), and no
/// more than the power allows at the level that is sourced (+826).
fn protection(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let maximum = call.unit.model.top(quantity);
    let (minimum, default) = match quantity {
        Voltage => (200e-6, 21.0),
        Current => (1e-9, 1.05e-4),
    };
    let limits = Limits::new(-maximum, maximum, default);
    call.real(
        limits,
        |unit| of(unit, quantity).protection,
        |unit, value| {
            let level = value.abs();
            let function = of(unit, quantity);
            if level < minimum {
                return Err(code::PARAMETER_OUT_OF_RANGE);
            }
            let smallest = unit.model.ranges(quantity)[function.range].nominal * 1e-3;
            if !function.range_auto && level < smallest * (1.0 - 1e-12) {
                return Err(code::TOO_SMALL_FOR_SENSE_RANGE);
            }
            accept_limit(unit, quantity, level)?;
            let highest = unit.range_for(quantity, level);
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

fn accept_limit(unit: &Keithley2400, limited: Quantity, limit: f64) -> Handled {
    let sourced = limited.complement();
    let level = unit.settings.source.of(sourced).level;
    let (volts, amperes) = match sourced {
        Voltage => (level, limit),
        Current => (limit, level),
    };
    if unit.settings.source.quantity() == sourced && unit.model.exceeds_power(volts, amperes) {
        return Err(code::EXCEEDS_POWER);
    }
    Ok(())
}

/// `:SENS:<fn>:PROT:TRIP?`: only the complement of the sourced quantity can trip.
fn tripped(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.no_parameters()?;
    let limited = call.unit.settings.source.quantity().complement();
    let on = call.unit.sourced.is_some();
    let tripped = on && quantity == limited && call.unit.channel.operating().limiting;
    call.answer_toggle(tripped)
}

/// `:SENS:<fn>:PROT:RSYN`.
fn protection_sync(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.toggle(
        |unit| of(unit, quantity).protection_sync,
        |unit, on| {
            let highest = unit.range_for(quantity, of(unit, quantity).protection);
            let function = of_mut(unit, quantity);
            function.protection_sync = on;
            if on {
                function.range = highest;
            }
            Ok(())
        },
    )
}

/// `:SENS:<fn>:NPLC`: one figure for all three functions. With the cache on its zero is kept.
fn nplc(call: &mut Call<'_, '_>) -> Handled {
    call.figure(NPLC, |it| &mut it.sense.nplc)?;
    if !call.is_query {
        let nplc = call.unit.settings.sense.nplc;
        call.unit.keep_zero(nplc);
    }
    Ok(())
}

/// `:SENS:RES:MODE`.
fn ohms_mode(call: &mut Call<'_, '_>) -> Handled {
    call.setting(|unit| &mut unit.settings.sense.ohms.mode)?;
    if !call.is_query {
        call.unit.apply();
    }
    Ok(())
}

/// `:SENS:RES:RANG[:UPP]`.
fn ohms_range(call: &mut Call<'_, '_>) -> Handled {
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
