//! `:CALCulate2`: limit tests (2461 Reference Manual, section 6, pages 6-25 to 6-35).

use super::super::{
    call::{Call, Command, Handled, Limits, command},
    limits::LimitTest,
    settings::Measured::{self, Current, Resistance, Voltage},
};

/// The headers that all three functions have.
macro_rules! table {
    ($($pattern:literal: $handler:path),+ $(,)?) => {
        &[$(
            command(concat!(":CALCulate2:VOLTage[:DC]:LIMit#:", $pattern), |call| {
                $handler(call, Voltage)
            }),
            command(concat!(":CALCulate2:CURRent[:DC]:LIMit#:", $pattern), |call| {
                $handler(call, Current)
            }),
            command(concat!(":CALCulate2:RESistance:LIMit#:", $pattern), |call| {
                $handler(call, Resistance)
            }),
        )+]
    };
}

pub(super) const TABLE: &[Command] = table![
    "LOWer[:DATA][?]": low,
    "UPPer[:DATA][?]": high,
    "STATe[?]": state,
    "CLEar:AUTO[?]": clear_auto,
    "CLEar[:IMMediate]": clear,
    "FAIL?": fail,
];

const VALUE: Limits = Limits::new(-9.999_99e11, 9.999_99e11, 0.0);

fn test<'c>(
    call: &'c mut Call<'_, '_>,
    measured: Measured,
) -> Result<&'c mut LimitTest, super::super::code::Code> {
    let index = call.place(0, 2)?;
    Ok(&mut call.unit.settings.sense.of_mut(measured).limits[index])
}

fn low(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    value(call, measured, |it| &mut it.low)
}

fn high(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    value(call, measured, |it| &mut it.high)
}

fn value(
    call: &mut Call<'_, '_>,
    measured: Measured,
    of: fn(&mut LimitTest) -> &mut f64,
) -> Handled {
    let present = *of(test(call, measured)?);
    let index = call.place(0, 2)?;
    call.real(
        VALUE,
        |_| present,
        |unit, value| {
            *of(&mut unit.settings.sense.of_mut(measured).limits[index]) = value;
            Ok(())
        },
    )
}

fn state(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    toggle(call, measured, |it| &mut it.on)
}

fn clear_auto(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    toggle(call, measured, |it| &mut it.clears)
}

fn toggle(
    call: &mut Call<'_, '_>,
    measured: Measured,
    of: fn(&mut LimitTest) -> &mut bool,
) -> Handled {
    let present = *of(test(call, measured)?);
    let index = call.place(0, 2)?;
    call.toggle(
        |_| present,
        |unit, on| {
            *of(&mut unit.settings.sense.of_mut(measured).limits[index]) = on;
            Ok(())
        },
    )
}

fn clear(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    call.no_parameters()?;
    let test = test(call, measured)?;
    (test.failed_low, test.failed_high) = (false, false);
    Ok(())
}

fn fail(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    call.no_parameters()?;
    let verdict = test(call, measured)?.verdict();
    call.answer_word(verdict)
}
