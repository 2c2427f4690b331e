//! `:SENSe`: compliance (SENSe subsystem; B2961 4-90 and 4-91).

use scpi_parser::table::{Command, Table};

use super::super::{
    call::{Call, Handled, Limits},
    smu::Smu,
};
use super::{Entry, command};
use crate::engine::channel::Quantity;

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

use Quantity::{Current, Voltage};

const COMMANDS: &[Command<Entry>] = &[
    command(":SENSe#:VOLTage[:DC]:PROTection[:LEVel][:BOTH][?]", |call| {
        protection(call, Voltage, Side::Both)
    }),
    command(":SENSe#:CURRent[:DC]:PROTection[:LEVel][:BOTH][?]", |call| {
        protection(call, Current, Side::Both)
    }),
    command(":SENSe#:VOLTage[:DC]:PROTection[:LEVel]:POSitive[?]", |call| {
        protection(call, Voltage, Side::Positive)
    }),
    command(":SENSe#:CURRent[:DC]:PROTection[:LEVel]:POSitive[?]", |call| {
        protection(call, Current, Side::Positive)
    }),
    command(":SENSe#:VOLTage[:DC]:PROTection[:LEVel]:NEGative[?]", |call| {
        protection(call, Voltage, Side::Negative)
    }),
    command(":SENSe#:CURRent[:DC]:PROTection[:LEVel]:NEGative[?]", |call| {
        protection(call, Current, Side::Negative)
    }),
    command(":SENSe#:VOLTage[:DC]:PROTection:TRIPped?", |call| tripped(call, Voltage)),
    command(":SENSe#:CURRent[:DC]:PROTection:TRIPped?", |call| tripped(call, Current)),
];

#[derive(Clone, Copy)]
enum Side {
    Both,
    Positive,
    Negative,
}

/// The compliance. The two sides need an option and firmware 3.1; it is taken as there. A side
/// limits while the level is of its sign, which for a device without a source of its own is the
/// side on which it can limit.
fn protection(call: &mut Call<'_, '_>, quantity: Quantity, side: Side) -> Handled {
    let channel = call.channel()?;
    let table = call.unit.model.spec.of(quantity);
    let default = if quantity == Voltage { 2.0 } else { 1e-4 };
    // The lowest compliance is UNVERIFIED: a hundredth of the lowest range.
    let limits = Limits::new(0.01 * table[0].nominal, table[table.len() - 1].top(), default);
    let sensed = call.unit.smus[channel].settings.sense.peek(quantity);
    let before = (sensed.positive, sensed.negative);
    let present = match side {
        Side::Both | Side::Positive => before.0,
        Side::Negative => before.1,
    };
    call.real(
        limits,
        |_| present,
        |unit, value| {
            let after = match side {
                Side::Both => (value, value),
                Side::Positive => (value, before.1),
                Side::Negative => (before.0, value),
            };
            let set = move |to: (f64, f64)| {
                move |smu: &mut Smu| {
                    let sensed = smu.settings.sense.of(quantity);
                    (sensed.positive, sensed.negative) = to;
                }
            };
            unit.change_smu(channel, set(after), set(before))
        },
    )
}

/// `:PROT:TRIP?`: of the quantity that is not limited it is 0.
fn tripped(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let limiting = call.unit.smus[channel].is_limiting(quantity);
    call.answer_toggle(limiting)
}
