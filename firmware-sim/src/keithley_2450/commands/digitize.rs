//! The digitize functions, which only the 2461 has (2461 Reference Manual, section 6, pages 6-7,
//! 6-12, 6-52, 6-65, 6-71, 6-80 and 6-81). Elsewhere these headers are refused with -113.

use super::{
    super::{
        call::{Call, Command, Handled, Limits, command},
        code,
        digitize::{COUNT, RATE, default_range},
        settings::Measured,
    },
    measure::{Function, read},
};
use crate::engine::{
    channel::Quantity::{self, Current, Voltage},
    ranges,
};

pub(super) const TABLE: &[Command] = &[
    command("[:SENSe#]:DIGitize:FUNCtion[:ON][?]", function),
    command("[:SENSe#]:DIGitize:COUNt[?]", |call| {
        call.whole(
            Limits::new(1.0, 55e6, f64::from(COUNT)),
            |it| it.settings.digitize_count,
            |it, count| {
                it.settings.digitize_count = count;
                Ok(())
            },
        )
    }),
    command("[:SENSe#]:DIGitize:VOLTage:SRATe[?]", |call| rate(call, Voltage)),
    command("[:SENSe#]:DIGitize:CURRent:SRATe[?]", |call| rate(call, Current)),
    command("[:SENSe#]:DIGitize:VOLTage:APERture[?]", |call| aperture(call, Voltage)),
    command("[:SENSe#]:DIGitize:CURRent:APERture[?]", |call| aperture(call, Current)),
    command("[:SENSe#]:DIGitize:VOLTage:RANGe[:UPPer][?]", |call| range(call, Voltage)),
    command("[:SENSe#]:DIGitize:CURRent:RANGe[:UPPer][?]", |call| range(call, Current)),
    command(":READ:DIGitize?", |call| read(call, Function::Digitize(None))),
    command(":MEASure:DIGitize?", |call| read(call, Function::Digitize(None))),
    command(":MEASure:DIGitize:VOLTage?", |call| read(call, Function::Digitize(Some(Voltage)))),
    command(":MEASure:DIGitize:CURRent?", |call| read(call, Function::Digitize(Some(Current)))),
];

/// `:SENS:DIG:FUNC "VOLT"`: takes the place of the measure function until one is selected. That
/// the answer is short and its `NONE` in quotes is UNVERIFIED.
fn function(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        return call.answer_text(match call.unit.settings.sense.digitize.function {
            Some(Voltage) => "\"VOLT\"",
            Some(Current) => "\"CURR\"",
            None => "\"NONE\"",
        });
    }
    let name = call.text()?.to_ascii_uppercase();
    call.no_parameters()?;
    let quantity = match name.as_str() {
        "VOLT" | "VOLTAGE" => Voltage,
        "CURR" | "CURRENT" => Current,
        _ => return Err(code::ILLEGAL_PARAMETER),
    };
    select(call, quantity);
    Ok(())
}

/// Makes a digitize function the active one.
pub(super) fn select(call: &mut Call<'_, '_>, quantity: Quantity) {
    let sense = &mut call.unit.settings.sense;
    sense.function = match quantity {
        Voltage => Measured::Voltage,
        Current => Measured::Current,
    };
    sense.digitize.function = Some(quantity);
    call.unit.acquisition.forget_window();
}

/// `:SENS:DIG:<fn>:SRAT`: shortens an aperture that is too long for it.
fn rate(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.whole(
        Limits::new(1e3, 1e6, f64::from(RATE)),
        |it| it.settings.sense.digitize.of(quantity).rate,
        |it, rate| {
            let function = it.settings.sense.digitize.of_mut(quantity);
            function.rate = rate;
            let most = function.interval();
            function.aperture = function.aperture.map(|it| it.min(most));
            Ok(())
        },
    )
}

/// `:SENS:DIG:<fn>:APER`: whole microseconds, or `AUTO`.
fn aperture(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    if !call.is_query && call.auto_keyword() {
        call.no_parameters()?;
        call.unit.settings.sense.digitize.of_mut(quantity).aperture = None;
        return Ok(());
    }
    let most = call.unit.settings.sense.digitize.of(quantity).interval();
    call.real(
        Limits::new(1e-6, most, most),
        |it| it.settings.sense.digitize.of(quantity).window(),
        |it, seconds| {
            // What is a whole number but for its last bits is not to lose a microsecond.
            let whole = (seconds * 1e6 + 1e-6).floor() / 1e6;
            it.settings.sense.digitize.of_mut(quantity).aperture = Some(whole.min(most));
            Ok(())
        },
    )
}

fn range(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let spec = call.unit.model.spec;
    let table = spec.of(quantity);
    let nominal = |index: usize| table[index].nominal;
    let default = nominal(default_range(&spec, quantity));
    let limits = Limits::new(nominal(0), nominal(table.len() - 1), default);
    let present = nominal(call.unit.settings.sense.digitize.of(quantity).range);
    let Some(value) = call.nominal(limits, present)? else { return Ok(()) };
    let range = ranges::holding(table, value).ok_or(code::PARAMETER_OUT_OF_RANGE)?;
    call.unit.settings.sense.digitize.of_mut(quantity).range = range;
    Ok(())
}
