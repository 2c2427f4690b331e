//! Everything that can be set on a B2900, with its `*RST` value (SCPI Command Reference Edition 2,
//! chapter 2, column "Reset setting").
//!
//! That column was read for `:SENS` (page 2-17) and `:SOUR:WAIT` (page 2-14);
//! elsewhere the values are the `DEFault` parameters of chapter 4. That they are the same, for
//! `:PROT` above all, is UNVERIFIED, as are the reset ranges, the filter and the shortest pulse.

mod sense;
mod source;
mod trigger;

pub(super) use self::{
    sense::{AutoMode, Functions, OhmsMode, Sense, SenseFunction},
    source::{
        Direction, Function, LevelMode, Shape, Source, Sourced, Spacing, Stair, SweepRanging,
    },
    trigger::{Action, INFINITE, Layer, Layers, Signal, TriggerSource},
};
use super::model::Model;
use crate::engine::choice::choice;

choice!(
    /// `:OUTP:OFF:MODE`.
    OffMode { Normal = "NORMal", HighImpedance = "HIZ", Zero = "ZERO" }
);
choice!(
    /// `:OUTP:LOW`. Drivers write `COMM` as well; that it is taken is UNVERIFIED.
    LowTerminal { Floating = "FLOat", Ground = "GROund", Common = "COMMon" }
);
choice!(
    /// `:FORM[:DATA]`. The manual's own example spells the width without a comma (page 4-20).
    DataFormat { Ascii = "ASCii", Real = "REAL", Real32 = "REAL32", Real64 = "REAL64" }
);
choice!(
    /// `:FORM:BORD`.
    ByteOrder { Normal = "NORMal", Swapped = "SWAPped" }
);
choice!(
    /// `:FORM:SREG` and `:FORM:DIG`.
    RegisterFormat { Ascii = "ASCii", Binary = "BINary", Octal = "OCTal", Hexadecimal = "HEXadecimal" }
);
choice!(
    /// `:FORM:ELEM:SENS`, in the order in which they are answered.
    Element { Voltage = "VOLTage", Current = "CURRent", Resistance = "RESistance", Time = "TIME", Status = "STATus", Source = "SOURce" }
);
choice!(
    /// `:FORM:ELEM:CALC`, in the order in which they are answered.
    CalcElement { Calc = "CALC", Time = "TIME", Status = "STATus" }
);

/// How many elements a reading can have.
pub(super) const ELEMENTS: usize = 6;

/// What `*RST` acts on, of one channel.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) output: Output,
    pub(super) source: Source,
    pub(super) sense: Sense,
    /// By [`Action`].
    pub(super) trigger: [Layers; 2],
}

#[derive(Clone, Debug)]
pub(super) struct Output {
    pub(super) on: bool,
    pub(super) on_auto: bool,
    pub(super) off_auto: bool,
    pub(super) off_mode: OffMode,
    pub(super) protection: bool,
    pub(super) low: LowTerminal,
    pub(super) filter: bool,
    pub(super) filter_auto: bool,
    /// Seconds.
    pub(super) filter_time: f64,
    pub(super) high_capacitance: bool,
}

/// How data leave; for all channels.
#[derive(Clone, Debug)]
pub(super) struct Format {
    /// Bytes of a number, four or eight; zero is ASCII.
    pub(super) width: usize,
    pub(super) order: ByteOrder,
    pub(super) registers: RegisterFormat,
    pub(super) digital: RegisterFormat,
    /// By [`Element`].
    pub(super) elements: [bool; ELEMENTS],
    /// By [`CalcElement`].
    pub(super) calc_elements: [bool; 3],
}

impl Settings {
    pub(super) fn reset(model: &Model, line_frequency: f64) -> Settings {
        Settings {
            output: Output {
                on: false,
                on_auto: true,
                off_auto: false,
                off_mode: OffMode::Normal,
                protection: false,
                low: LowTerminal::Ground,
                filter: true,
                filter_auto: false,
                filter_time: 5e-6,
                high_capacitance: false,
            },
            source: Source::reset(model),
            sense: Sense::reset(model, line_frequency),
            trigger: [Layers::reset(model), Layers::reset(model)],
        }
    }
}

impl Format {
    pub(super) fn reset() -> Format {
        Format {
            width: 0,
            order: ByteOrder::Normal,
            registers: RegisterFormat::Ascii,
            digital: RegisterFormat::Ascii,
            elements: [true; ELEMENTS],
            calc_elements: [true, false, false],
        }
    }
}
