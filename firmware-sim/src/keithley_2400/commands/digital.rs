//! `:SOURce2`: the digital outputs of the rear panel (User's Manual table 18-7). The 2401 has none
//! and refuses the headers.

use scpi_parser::table::Table;

use super::{
    super::call::{Call, Handled, Limits},
    Entry, digital,
};

pub(super) const TABLE: Table<Entry> = Table(&[
    digital(":SOURce2:TTL[:LEVel][?]", level),
    digital(":SOURce2:TTL[:LEVel]:DEFault[?]", level),
    digital(":SOURce2:TTL[:LEVel]:ACTual?", actual),
    digital(":SOURce2:BSIZe[?]", |call| call.number(SIZE, |it| &mut it.digital.size)),
    digital(":SOURce2:TTL4:MODE[?]", |call| {
        call.setting(|unit| &mut unit.settings.digital.line_four)
    }),
    digital(":SOURce2:TTL4:BSTate[?]", |call| call.switch(|it| &mut it.digital.busy_high)),
    digital(":SOURce2:CLEar[:IMMediate]", clear),
    digital(":SOURce2:CLEar:AUTO[?]", |call| call.switch(|it| &mut it.digital.clear_auto)),
    digital(":SOURce2:CLEar:AUTO:DELay[?]", |call| {
        call.figure(DELAY, |it| &mut it.digital.clear_delay)
    }),
]);

const SIZE: Limits = Limits::new(3.0, 4.0, 4.0);
/// UNVERIFIED.
const DELAY: Limits = Limits::new(0.0, 60.0, 1e-4);

/// The patterns that so many lines can show.
pub(super) const PATTERNS: Limits = Limits::new(0.0, 15.0, 15.0);

/// `:SOUR2:TTL`: what the lines show until a limit test decides otherwise. With three lines 7 is
/// the largest.
fn level(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let (level, format) = (call.unit.settings.digital.level, call.unit.settings.format.digital);
        return call.answer_formatted(level, format);
    }
    let lines = call.unit.settings.digital.size;
    let most = f64::from((1u32 << lines) - 1);
    let level = call.whole_parameter(Limits { maximum: most, default: most, ..PATTERNS })?;
    call.unit.settings.digital.level = level;
    call.unit.lines = level;
    Ok(())
}

/// `:SOUR2:TTL:ACT?`: what they show now.
fn actual(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let (lines, format) = (call.unit.lines, call.unit.settings.format.digital);
    call.answer_formatted(lines, format)
}

/// `:SOUR2:CLE`: back to what `:SOUR2:TTL` says.
fn clear(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.lines = call.unit.settings.digital.level;
    Ok(())
}
