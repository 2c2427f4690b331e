//! `:FORMat` (FORMat subsystem; B2961 4-20 and 4-21).

use scpi_parser::table::{Command, Table};

use super::super::{
    call::{Call, Handled},
    code::{ILLEGAL_PARAMETER, PARAMETER_OUT_OF_RANGE},
    settings::{CalcElement, DataFormat, Element},
    timing::{FORMAT, QUERY},
};
use super::{Entry, timed};
use crate::engine::choice::Choice;

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

const COMMANDS: &[Command<Entry>] = &[
    timed(":FORMat[:DATA][?]", FORMAT, QUERY, data_format),
    timed(":FORMat:BORDer[?]", FORMAT, QUERY, |call| call.setting(|it| &mut it.format.order)),
    timed(":FORMat:SREGister[?]", FORMAT, QUERY, |call| {
        call.setting(|it| &mut it.format.registers)
    }),
    timed(":FORMat:DIGital[?]", FORMAT, QUERY, |call| call.setting(|it| &mut it.format.digital)),
    timed(":FORMat:ELEMents:SENSe[?]", FORMAT, QUERY, |call| {
        elements::<Element, 6>(call, |it| &mut it.elements)
    }),
    timed(":FORMat:ELEMents:CALCulate[?]", FORMAT, QUERY, |call| {
        elements::<CalcElement, 3>(call, |it| &mut it.calc_elements)
    }),
];

/// `ASC`, `REAL,32`, `REAL,64`.
fn data_format(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        return call.answer_word(match call.unit.format.width {
            0 => "ASC",
            4 => "REAL,32",
            _ => "REAL,64",
        });
    }
    let format = call.choice_of_several()?;
    let bits = call.next_real()?;
    call.no_parameters()?;
    call.unit.format.width = match (format, bits) {
        (DataFormat::Ascii, None) => 0,
        (DataFormat::Real32, None) => 4,
        (DataFormat::Real64, None) => 8,
        (DataFormat::Real, Some(32.0)) => 4,
        // Without a width the wider one is taken. UNVERIFIED.
        (DataFormat::Real, Some(64.0) | None) => 8,
        (DataFormat::Real, Some(_)) => return Err(PARAMETER_OUT_OF_RANGE),
        (_, Some(_)) => return Err(ILLEGAL_PARAMETER),
    };
    Ok(())
}

/// Which elements are answered; their order is fixed.
fn elements<T: Choice, const N: usize>(
    call: &mut Call<'_, '_>,
    of: fn(&mut super::super::settings::Format) -> &mut [bool; N],
) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let asked = *of(&mut call.unit.format);
        let on = T::ALL.iter().zip(asked).filter(|it| it.1);
        return on.map(|it| it.0.1).try_for_each(|element| call.answer_choice(element));
    }
    let mut asked = [false; N];
    let mut element: T = call.choice_of_several()?;
    loop {
        let index = T::ALL.iter().position(|it| it.1 == element).ok_or(ILLEGAL_PARAMETER)?;
        asked[index] = true;
        match call.next_choice()? {
            Some(next) => element = next,
            None => break,
        }
    }
    *of(&mut call.unit.format) = asked;
    Ok(())
}
