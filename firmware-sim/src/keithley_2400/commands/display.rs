//! `:DISPlay` (User's Manual table 18-2).

use scpi_parser::table::Table;

use super::{
    super::{
        call::{Call, Handled, Limits},
        code,
        panel::WIDTHS,
    },
    Entry, command, numbered,
    system::nothing,
};

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":DISPlay:ENABle[?]", display),
    command(":DISPlay:DIGits[?]", digits),
    command(":DISPlay:CNDisplay", nothing),
    numbered(":DISPlay[:WINDow#]:TEXT[:DATA][?]", 2, text),
    numbered(":DISPlay[:WINDow#]:TEXT:STATe[?]", 2, text_state),
]);

/// `:DISP:ENAB`.
fn display(call: &mut Call<'_, '_>) -> Handled {
    call.toggle(
        |unit| unit.panel.display_on,
        |unit, on| {
            unit.panel.display_on = on;
            Ok(())
        },
    )
}

/// `:DISP:DIG 4-7`.
fn digits(call: &mut Call<'_, '_>) -> Handled {
    call.whole(
        Limits::new(4.0, 7.0, 6.0),
        |unit| unit.panel.digits,
        |unit, digits| {
            unit.panel.digits = digits;
            Ok(())
        },
    )
}

fn window(call: &Call<'_, '_>) -> usize {
    call.suffix(0) as usize - 1
}

/// `:DISP[:WIND<n>]:TEXT[:DATA] "text"`: as many characters as the line has (-223 beyond, which is
/// UNVERIFIED).
fn text(call: &mut Call<'_, '_>) -> Handled {
    let window = window(call);
    if call.is_query {
        call.no_parameters()?;
        let text = format!("\"{}\"", call.unit.panel.texts[window].replace('"', "\"\""));
        return call.answer_text(&text);
    }
    let text = call.text()?;
    call.no_parameters()?;
    if text.chars().count() > WIDTHS[window] {
        return Err(code::TOO_MUCH_DATA);
    }
    call.unit.panel.texts[window] = text;
    Ok(())
}

/// `:DISP[:WIND<n>]:TEXT:STAT`.
fn text_state(call: &mut Call<'_, '_>) -> Handled {
    let window = window(call);
    call.toggle(
        |unit| unit.panel.texts_on[window],
        |unit, on| {
            unit.panel.texts_on[window] = on;
            Ok(())
        },
    )
}
