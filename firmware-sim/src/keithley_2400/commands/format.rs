//! `:FORMat`: how data leave (User's Manual table 18-3).

use scpi_parser::table::Table;

use super::{
    super::{
        call::{Call, Handled},
        code,
        settings::{DataFormat, Element, ResultElement},
    },
    Entry, command, digital,
};
use crate::engine::choice::Choice;

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":FORMat[:DATA][?]", data_format),
    command(":FORMat:ELEMents[:SENSe#][?]", elements),
    command(":FORMat:ELEMents:CALCulate[?]", result_elements),
    command(":FORMat:SREGister[?]", |call| {
        call.setting(|unit| &mut unit.settings.format.registers)
    }),
    command(":FORMat:BORDer[?]", |call| call.setting(|unit| &mut unit.settings.format.order)),
    digital(":FORMat:SOURce2[?]", |call| call.setting(|unit| &mut unit.settings.format.digital)),
]);

/// `:FORM:ELEM`: which elements are answered; their order is fixed.
fn elements(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return answer::<Element, 5>(call, call.unit.settings.format.elements);
    }
    call.unit.settings.format.elements = read(call, |it: Element| it as usize)?;
    Ok(())
}

/// `:FORM:ELEM:CALC`: the same for the results of `:CALC1` and `:CALC2`.
fn result_elements(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return answer::<ResultElement, 3>(call, call.unit.settings.format.results);
    }
    call.unit.settings.format.results = read(call, |it: ResultElement| it as usize)?;
    Ok(())
}

fn answer<T: Choice, const N: usize>(call: &mut Call<'_, '_>, asked: [bool; N]) -> Handled {
    call.no_parameters()?;
    let on = T::ALL.iter().zip(asked).filter(|it| it.1);
    on.map(|it| it.0.1).try_for_each(|element| call.answer_choice(element))
}

fn read<T: Choice, const N: usize>(
    call: &mut Call<'_, '_>,
    index: fn(T) -> usize,
) -> Result<[bool; N], code::Code> {
    let mut asked = [false; N];
    let mut element: T = call.choice_of_several()?;
    loop {
        asked[index(element)] = true;
        match call.next_choice()? {
            Some(next) => element = next,
            None => return Ok(asked),
        }
    }
}

/// `:FORM[:DATA] ASC|REAL,32|SRE`.
fn data_format(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let format = call.unit.settings.format.data;
        call.answer_choice(format)?;
        if format == DataFormat::Real {
            call.answer_whole(32)?;
        }
        return Ok(());
    }
    let format = call.choice_of_several()?;
    if let Some(bits) = call.next_real()?
        && (format != DataFormat::Real || bits != 32.0)
    {
        return Err(code::PARAMETER_OUT_OF_RANGE);
    }
    call.no_parameters()?;
    call.unit.settings.format.data = format;
    Ok(())
}
