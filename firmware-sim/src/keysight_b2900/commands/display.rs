//! `:DISPlay` (DISPlay subsystem). Nothing is shown; what is set is answered.

use scpi_parser::table::{Command, Table};

use super::super::call::{Call, Handled, Limits};
use super::{Entry, command};
use crate::engine::choice::choice;

choice!(
    /// `:DISP:VIEW`.
    View { Single1 = "SINGle1", Single2 = "SINGle2", Dual = "DUAL", Graph = "GRAPh", Roll = "ROLL" }
);

/// The longest text of a half of the display.
const LONGEST: usize = 64;

/// What the display is set to.
pub(super) struct Display {
    on: bool,
    digits: u32,
    view: View,
    zoom: bool,
    /// Of the upper and of the lower half.
    texts: [(bool, String); 2],
}

impl Display {
    pub(super) fn new() -> Display {
        Display { on: true, digits: 6, view: View::Single1, zoom: false, texts: Default::default() }
    }
}

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

const COMMANDS: &[Command<Entry>] = &[
    command(":DISPlay:ENABle[?]", |call| {
        call.toggle(
            |it| it.system.display.on,
            |it, on| {
                it.system.display.on = on;
                Ok(())
            },
        )
    }),
    command(":DISPlay:DIGits[?]", |call| {
        call.whole(
            Limits::new(4.0, 7.0, 6.0),
            |it| it.system.display.digits,
            |it, digits| {
                it.system.display.digits = digits;
                Ok(())
            },
        )
    }),
    command(":DISPlay:VIEW[?]", |call| call.setting(|it| &mut it.system.display.view)),
    command(":DISPlay:ZOOM[?]", |call| {
        call.toggle(
            |it| it.system.display.zoom,
            |it, on| {
                it.system.display.zoom = on;
                Ok(())
            },
        )
    }),
    command(":DISPlay[:WINDow#]:TEXT:DATA[?]", text),
    command(":DISPlay[:WINDow#]:TEXT:STATe[?]", text_on),
];

fn half(call: &Call<'_, '_>) -> Result<usize, super::super::code::Code> {
    match call.suffix(0) {
        half @ 1..=2 => Ok(half as usize - 1),
        _ => Err(super::super::code::SUFFIX_OUT_OF_RANGE),
    }
}

fn text(call: &mut Call<'_, '_>) -> Handled {
    let half = half(call)?;
    if call.is_query {
        call.no_parameters()?;
        let text = format!("\"{}\"", call.unit.system.display.texts[half].1.replace('"', "\"\""));
        return call.answer_text(&text);
    }
    let mut text = call.text()?;
    call.no_parameters()?;
    if text.chars().count() > LONGEST {
        text = text.chars().take(LONGEST).collect();
    }
    call.unit.system.display.texts[half].1 = text;
    Ok(())
}

fn text_on(call: &mut Call<'_, '_>) -> Handled {
    let half = half(call)?;
    call.toggle(
        |it| it.system.display.texts[half].0,
        |it, on| {
            it.system.display.texts[half].0 = on;
            Ok(())
        },
    )
}
