//! Calls of this family's handlers, and how it writes what it answers.

use scpi_parser::response::nr3;

use super::{
    Keithley2400,
    settings::{Functions, RegisterFormat},
};
use crate::engine::call::Dialect;
pub(super) use crate::engine::call::{Handled, Handler, Limits};

pub(super) type Call<'c, 'm> = crate::engine::call::Call<'c, 'm, Keithley2400>;

impl Dialect for Keithley2400 {
    fn write_real(&self, value: f64, out: &mut Vec<u8>) {
        nr3(out, value, 6);
    }
}

impl Call<'_, '_> {
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
        let text = match self.unit.settings.format.registers {
            RegisterFormat::Ascii => value.to_string(),
            RegisterFormat::Hexadecimal => format!("#H{value:X}"),
            RegisterFormat::Octal => format!("#Q{value:o}"),
            RegisterFormat::Binary => format!("#B{value:b}"),
        };
        self.answer_text(&text)
    }
}
