//! `:STATus` (STATus subsystem, page 4-116 and those around it).

use scpi_parser::{
    status::RegisterGroup,
    table::{Command, Table},
};

use super::super::{
    KeysightB2900,
    call::{Call, Handled},
};
use super::{Entry, command};

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

/// The commands of a register, for each register.
macro_rules! registers {
    ($($head:literal $of:expr;)+) => {
        &[
            $(
                command(concat!($head, "[:EVENt]?"), |call| event(call, $of)),
                command(concat!($head, ":CONDition?"), |call| condition(call, $of)),
                command(concat!($head, ":ENABle[?]"), |call| enable(call, $of)),
                command(concat!($head, ":PTRansition[?]"), |call| transitions(call, $of, true)),
                command(concat!($head, ":NTRansition[?]"), |call| transitions(call, $of, false)),
            )+
            command(":STATus:PRESet", preset),
        ]
    };
}

type Of = fn(&mut KeysightB2900) -> &mut RegisterGroup;

const COMMANDS: &[Command<Entry>] = registers![
    ":STATus:MEASurement" |it| &mut it.status.measurement;
    ":STATus:OPERation" |it| &mut it.status.operation;
    ":STATus:QUEStionable" |it| &mut it.status.questionable;
];

fn event(call: &mut Call<'_, '_>, of: Of) -> Handled {
    call.no_parameters()?;
    let events = of(call.unit).take_event();
    call.answer_register(events)
}

fn condition(call: &mut Call<'_, '_>, of: Of) -> Handled {
    call.no_parameters()?;
    let condition = of(call.unit).condition();
    call.answer_register(condition)
}

fn enable(call: &mut Call<'_, '_>, of: Of) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let enable = of(call.unit).enable();
        return call.answer_register(enable);
    }
    let bits = call.bits(65535.0)?;
    of(call.unit).set_enable(bits);
    Ok(())
}

fn transitions(call: &mut Call<'_, '_>, of: Of, positive: bool) -> Handled {
    let (up, down) = of(call.unit).transitions();
    if call.is_query {
        call.no_parameters()?;
        return call.answer_register(if positive { up } else { down });
    }
    let bits = call.bits(65535.0)?;
    let (up, down) = if positive { (bits, down) } else { (up, bits) };
    of(call.unit).set_transitions(up, down);
    Ok(())
}

fn preset(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.status.preset();
    Ok(())
}
