//! `:SENSe`: measurement ranges (SENSe subsystem, page 4-78 and those around it; tables 2-7 to 2-9).

use scpi_parser::table::{Command, Table};

use super::super::{
    KeysightB2900,
    call::{Call, Handled, Limits},
    code::{PARAMETER_OUT_OF_RANGE, SETTINGS_CONFLICT},
    ranges::{OHMS, holding},
    settings::OhmsMode,
};
use super::{Entry, command};
use crate::engine::{call::Dialect, channel::Quantity};

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

use Quantity::{Current, Voltage};

const THRESHOLD: Limits = Limits::new(11.0, 100.0, 90.0);

const COMMANDS: &[Command<Entry>] = &[
    command(":SENSe#:VOLTage[:DC]:RANGe[:UPPer][?]", |call| range(call, Voltage)),
    command(":SENSe#:CURRent[:DC]:RANGe[:UPPer][?]", |call| range(call, Current)),
    command(":SENSe#:VOLTage[:DC]:RANGe:AUTO[?]", |call| range_auto(call, Voltage)),
    command(":SENSe#:CURRent[:DC]:RANGe:AUTO[?]", |call| range_auto(call, Current)),
    command(":SENSe#:VOLTage[:DC]:RANGe:AUTO:LLIMit[?]", |call| limit(call, Voltage, false)),
    command(":SENSe#:CURRent[:DC]:RANGe:AUTO:LLIMit[?]", |call| limit(call, Current, false)),
    command(":SENSe#:VOLTage[:DC]:RANGe:AUTO:ULIMit[?]", |call| limit(call, Voltage, true)),
    command(":SENSe#:CURRent[:DC]:RANGe:AUTO:ULIMit[?]", |call| limit(call, Current, true)),
    command(":SENSe#:VOLTage[:DC]:RANGe:AUTO:MODE[?]", |call| {
        call.choice_of(|it| &mut it.sense.voltage.mode)
    }),
    command(":SENSe#:CURRent[:DC]:RANGe:AUTO:MODE[?]", |call| {
        call.choice_of(|it| &mut it.sense.current.mode)
    }),
    command(":SENSe#:VOLTage[:DC]:RANGe:AUTO:THReshold[?]", |call| {
        call.real_of(THRESHOLD, |it| &mut it.sense.voltage.threshold)
    }),
    command(":SENSe#:CURRent[:DC]:RANGe:AUTO:THReshold[?]", |call| {
        call.real_of(THRESHOLD, |it| &mut it.sense.current.threshold)
    }),
    command(":SENSe#:RESistance:RANGe[:UPPer][?]", |call| ohms(call, Ohms::Range)),
    command(":SENSe#:RESistance:RANGe:AUTO[?]", |call| {
        call.toggle_of(|it| &mut it.sense.ohms.auto)
    }),
    command(":SENSe#:RESistance:RANGe:AUTO:LLIMit[?]", |call| ohms(call, Ohms::Lower)),
    command(":SENSe#:RESistance:RANGe:AUTO:ULIMit[?]", |call| ohms(call, Ohms::Upper)),
    command(":SENSe#:RESistance:MODE[?]", ohms_mode),
    command(":SENSe#:RESistance:OCOMpensated[?]", |call| {
        call.toggle_of(|it| &mut it.sense.ohms.compensated)
    }),
];

/// `:SENS:<fn>:RANG`: it counts while ranging is not automatic.
fn range(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let table = call.unit.model.spec.of(quantity);
    let nominal = if quantity == Voltage { 2.0 } else { 1e-4 };
    let default = holding(table, nominal).unwrap_or(0);
    let present = call.unit.smus[channel].settings.sense.of(quantity).range;
    if let Some(range) = call.nominal_range(table, present, default)? {
        call.unit.smus[channel].settings.sense.of(quantity).range = range;
    }
    Ok(())
}

fn range_auto(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    match quantity {
        Voltage => call.toggle_of(|it| &mut it.sense.voltage.auto),
        Current => call.toggle_of(|it| &mut it.sense.current.auto),
    }
}

/// The lowest and the highest range of automatic ranging; the lowest is not above the highest.
fn limit(call: &mut Call<'_, '_>, quantity: Quantity, upper: bool) -> Handled {
    let channel = call.channel()?;
    let table = call.unit.model.spec.of(quantity);
    let nominal = if quantity == Voltage { 0.2 } else { 1e-6 };
    let lowest = holding(table, nominal).unwrap_or(0);
    let default = if upper { table.len() - 1 } else { lowest };
    let sensed = call.unit.smus[channel].settings.sense.of(quantity);
    let present = if upper { sensed.upper_limit } else { sensed.lower_limit };
    let Some(range) = call.nominal_range(table, present, default)? else { return Ok(()) };
    let sensed = call.unit.smus[channel].settings.sense.of(quantity);
    let (low, high) = if upper { (sensed.lower_limit, range) } else { (range, sensed.upper_limit) };
    if low > high {
        return Err(SETTINGS_CONFLICT);
    }
    (sensed.lower_limit, sensed.upper_limit) = (low, high);
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ohms {
    Range,
    Lower,
    Upper,
}

/// Resistance ranges are kept for the automatic mode, which is not simulated.
fn ohms(call: &mut Call<'_, '_>, which: Ohms) -> Handled {
    let channel = call.channel()?;
    let sense = &call.unit.smus[channel].settings.sense.ohms;
    let (present, default) = match which {
        Ohms::Range => (sense.range, 0),
        Ohms::Lower => (sense.lower_limit, 0),
        Ohms::Upper => (sense.upper_limit, OHMS.len() - 1),
    };
    let limits = Limits::new(0.0, OHMS[OHMS.len() - 1], OHMS[default]);
    if call.is_query {
        let value = call.next_limit(limits)?.unwrap_or(OHMS[present]);
        return call.answer_real(value);
    }
    let value = limits.check(call.parameters.number(KeysightB2900::UNITS)?)?;
    call.no_parameters()?;
    let range = OHMS.iter().position(|it| value <= *it).ok_or(PARAMETER_OUT_OF_RANGE)?;
    let ohms = &mut call.unit.smus[channel].settings.sense.ohms;
    let conflict = match which {
        Ohms::Range => false,
        Ohms::Lower => range > ohms.upper_limit,
        Ohms::Upper => range < ohms.lower_limit,
    };
    if conflict {
        return Err(SETTINGS_CONFLICT);
    }
    *match which {
        Ohms::Range => &mut ohms.range,
        Ohms::Lower => &mut ohms.lower_limit,
        Ohms::Upper => &mut ohms.upper_limit,
    } = range;
    Ok(())
}

/// `:SENS:RES:MODE`: resistance is voltage over current; the mode in which the instrument chooses
/// the current is not simulated, and refused.
fn ohms_mode(call: &mut Call<'_, '_>) -> Handled {
    call.channel()?;
    if call.is_query {
        return call.answer_choice(OhmsMode::Manual);
    }
    match call.choice()? {
        OhmsMode::Manual => Ok(()),
        OhmsMode::Auto => Err(SETTINGS_CONFLICT),
    }
}
