//! Calls of this family's handlers, and how it writes what it answers.

use scpi_parser::response::nr3;

use super::{
    Keithley2400,
    settings::{Functions, RegisterFormat, Settings},
};
use crate::engine::call::Dialect;
pub(super) use crate::engine::call::{Handled, Handler, Limits};

pub(super) type Call<'c, 'm> = crate::engine::call::Call<'c, 'm, Keithley2400>;

impl Dialect for Keithley2400 {
    fn write_real(&self, value: f64, out: &mut Vec<u8>) {
        nr3(out, value, 6);
    }
}

/// Where a setting is kept.
pub(super) type Place<T> = fn(&mut Settings) -> &mut T;

impl Call<'_, '_> {
    /// Sets or answers a switch that acts when it is looked at.
    pub(super) fn switch(&mut self, place: Place<bool>) -> Handled {
        let present = *place(&mut self.unit.settings);
        self.toggle(
            |_| present,
            |unit, on| {
                *place(&mut unit.settings) = on;
                Ok(())
            },
        )
    }

    /// Sets or answers a figure that acts when it is looked at.
    pub(super) fn figure(&mut self, limits: Limits, place: Place<f64>) -> Handled {
        let present = *place(&mut self.unit.settings);
        self.real(
            limits,
            |_| present,
            |unit, value| {
                *place(&mut unit.settings) = value;
                Ok(())
            },
        )
    }

    /// Sets or answers a whole number that acts when it is looked at.
    pub(super) fn number(&mut self, limits: Limits, place: Place<u32>) -> Handled {
        let present = *place(&mut self.unit.settings);
        self.whole(
            limits,
            |_| present,
            |unit, value| {
                *place(&mut unit.settings) = value;
                Ok(())
            },
        )
    }

    /// Function names as `:SENS:FUNC?` answers them.
    pub(super) fn answer_functions(&mut self, functions: Functions) -> Handled {
        let Functions { voltage, current, ohms } = functions;
        let names = [(voltage, "\"VOLT:DC\""), (current, "\"CURR:DC\""), (ohms, "\"RES\"")];
        if names.iter().all(|it| !it.0) {
            return self.answer_text("\"\"");
        }
        names.iter().filter(|it| it.0).try_for_each(|it| self.answer_text(it.1))
    }

    /// A status register in the format of `:FORM:SREG`.
    pub(super) fn answer_register(&mut self, value: u16) -> Handled {
        let format = self.unit.settings.format.registers;
        self.answer_formatted(u32::from(value), format)
    }

    /// Bits in one of the four formats.
    pub(super) fn answer_formatted(&mut self, value: u32, format: RegisterFormat) -> Handled {
        let text = match format {
            RegisterFormat::Ascii => value.to_string(),
            RegisterFormat::Hexadecimal => format!("#H{value:X}"),
            RegisterFormat::Octal => format!("#Q{value:o}"),
            RegisterFormat::Binary => format!("#B{value:b}"),
        };
        self.answer_text(&text)
    }
}
