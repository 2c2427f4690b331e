//! `[:SOURce]:DIGital`: the digital port (SOURce subsystem). Pins carry trigger pulses whatever
//! they are set to; levels are kept and answered.

use scpi_parser::table::{Command, Table};

use super::super::{
    call::{Call, Handled, Limits},
    code::{Code, SUFFIX_OUT_OF_RANGE},
};
use super::{Entry, command};
use crate::engine::choice::choice;

choice!(
    /// `:SOUR:DIG:EXT:FUNC`.
    PinFunction {
        DigitalIo = "DIO", DigitalInput = "DINPut", TriggerOutput = "TOUT", TriggerInput = "TINPut",
        HighVoltage = "HVOL",
    }
);
choice!(
    /// `:SOUR:DIG:EXT:POL`.
    Polarity { Negative = "NEG", Positive = "POS" }
);
choice!(
    /// `:SOUR:DIG:EXT:TOUT:TYPE`.
    PinType { Edge = "EDGE", Level = "LEVel" }
);
choice!(
    /// `:SOUR:DIG:EXT:TOUT:POS`.
    Position { Before = "BEFore", After = "AFTer", Both = "BOTH" }
);

/// Pins of the digital port.
const PINS: usize = 14;

/// What one pin is set to.
#[derive(Clone, Copy)]
struct Pin {
    function: PinFunction,
    polarity: Polarity,
    kind: PinType,
    position: Position,
    width: f64,
}

/// The digital port; `*RST` leaves it alone (UNVERIFIED).
pub(super) struct Port {
    pins: [Pin; PINS],
    data: u32,
}

impl Port {
    pub(super) fn new() -> Port {
        let pin = Pin {
            function: PinFunction::DigitalIo,
            polarity: Polarity::Negative,
            kind: PinType::Edge,
            position: Position::Both,
            width: 1e-4,
        };
        Port { pins: [pin; PINS], data: 0 }
    }
}

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

const WIDTH: Limits = Limits::new(10e-6, 10e-3, 100e-6);

const COMMANDS: &[Command<Entry>] = &[
    command("[:SOURce]:DIGital:DATA[?]", data),
    command("[:SOURce]:DIGital:EXTernal#[:FUNCtion][?]", |call| {
        let pin = pin(call)?;
        call.setting(|it| &mut it.system.port.pins[pin].function)
    }),
    command("[:SOURce]:DIGital:EXTernal#:POLarity[?]", |call| {
        let pin = pin(call)?;
        call.setting(|it| &mut it.system.port.pins[pin].polarity)
    }),
    command("[:SOURce]:DIGital:EXTernal#:TOUTput:TYPE[?]", |call| {
        let pin = pin(call)?;
        call.setting(|it| &mut it.system.port.pins[pin].kind)
    }),
    command("[:SOURce]:DIGital:EXTernal#:TOUTput[:EDGE]:POSition[?]", |call| {
        let pin = pin(call)?;
        call.setting(|it| &mut it.system.port.pins[pin].position)
    }),
    command("[:SOURce]:DIGital:EXTernal#:TOUTput[:EDGE]:WIDTh[?]", |call| {
        let pin = pin(call)?;
        call.real(
            WIDTH,
            |it| it.system.port.pins[pin].width,
            |it, width| {
                it.system.port.pins[pin].width = width;
                Ok(())
            },
        )
    }),
];

fn pin(call: &Call<'_, '_>) -> Result<usize, Code> {
    let suffix = call.suffix(0) as usize;
    if (1..=PINS).contains(&suffix) { Ok(suffix - 1) } else { Err(SUFFIX_OUT_OF_RANGE) }
}

fn data(call: &mut Call<'_, '_>) -> Handled {
    call.whole(
        Limits::new(0.0, 16383.0, 0.0),
        |it| it.system.port.data,
        |it, data| {
            it.system.port.data = data;
            Ok(())
        },
    )
}
