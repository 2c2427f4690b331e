//! `:CALCulate` (CALCulate subsystem). The instrument's mathematics is not
//! simulated: it is off and stays off, and its data are not-a-number, as on an instrument where it
//! is off.

use scpi_parser::table::{Command, Table};

use super::super::{
    call::{Call, Handled},
    code::SETTINGS_CONFLICT,
    settings::CalcElement,
};
use super::{Entry, command};
use crate::engine::channel::NOT_A_NUMBER;

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

const COMMANDS: &[Command<Entry>] = &[
    command(":CALCulate#:DATA?", data),
    command(":CALCulate#:DATA:LATest?", data),
    command(":CALCulate#:MATH:DATA?", data),
    command(":CALCulate#:MATH:DATA:LATest?", data),
    command(":CALCulate#:MATH[:EXPRession]:STATe[?]", off),
    command(":CALCulate#:MATH:STATe[?]", off),
    command(":CALCulate#:OFFSet:STATe[?]", off),
    command(":CALCulate#:CLIMits:STATe[?]", off),
];

fn data(call: &mut Call<'_, '_>) -> Handled {
    call.channel()?;
    call.no_parameters()?;
    let elements = call.unit.format.calc_elements;
    let calculated = elements[CalcElement::Calc as usize];
    let count = elements.iter().filter(|it| **it).count().max(usize::from(calculated));
    call.answer_numbers(&vec![NOT_A_NUMBER; count])
}

/// Off; switching it on is refused.
fn off(call: &mut Call<'_, '_>) -> Handled {
    call.channel()?;
    call.toggle(|_| false, |_, on| if on { Err(SETTINGS_CONFLICT) } else { Ok(()) })
}
