//! One header being executed: its parameters, the instrument, and the reply.

use scpi_parser::{
    program::{Numeric, Parameters, Unit},
    response::nr3,
};

use super::{
    Keithley2400,
    code::{self, Code},
    ranges::{self, Range},
    settings::{Choice, Functions, RegisterFormat},
};

/// What a handler answers.
pub(crate) type Handled = Result<(), Code>;

/// What a numeric parameter accepts, and what `MIN`, `MAX` and `DEF` stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) minimum: f64,
    pub(crate) maximum: f64,
    pub(crate) default: f64,
}

/// The units that a 2400's numbers may carry.
const UNITS: [&str; 5] = ["V", "A", "S", "OHM", "HZ"];

impl Limits {
    fn keyword(self, numeric: &Numeric) -> Option<f64> {
        match numeric {
            Numeric::Minimum => Some(self.minimum),
            Numeric::Maximum => Some(self.maximum),
            Numeric::Default => Some(self.default),
            _ => None,
        }
    }

    fn check(self, numeric: Numeric) -> Result<f64, Code> {
        let value = match numeric {
            Numeric::Value(value) => value,
            keyword => self.keyword(&keyword).ok_or(code::ILLEGAL_PARAMETER)?,
        };
        if value >= self.minimum && value <= self.maximum {
            Ok(value)
        } else {
            Err(code::PARAMETER_OUT_OF_RANGE)
        }
    }
}

/// A unit of a program message on its way through a handler.
pub(crate) struct Call<'c, 'm> {
    pub(crate) unit: &'c mut Keithley2400,
    pub(crate) is_query: bool,
    parameters: Parameters<'m>,
    reply: &'c mut Vec<u8>,
    /// This query has answered something: more data follow a comma.
    answered: bool,
}

impl<'c, 'm> Call<'c, 'm> {
    pub(crate) fn new(
        unit: &'c mut Keithley2400,
        program: &Unit<'m>,
        reply: &'c mut Vec<u8>,
    ) -> Self {
        let Unit { is_query, parameters, .. } = *program;
        Call { unit, is_query, parameters, reply, answered: false }
    }

    /// Sets or answers a number.
    pub(crate) fn real(
        &mut self,
        limits: Limits,
        get: impl Fn(&Keithley2400) -> f64,
        set: impl FnOnce(&mut Keithley2400, f64) -> Handled,
    ) -> Handled {
        if self.is_query {
            let limit = self.limit(limits)?;
            let value = limit.unwrap_or_else(|| get(self.unit));
            return self.answer_real(value);
        }
        let value = limits.check(self.parameters.number(&UNITS)?)?;
        self.no_parameters()?;
        set(self.unit, value)
    }

    /// Sets or answers a whole number.
    pub(crate) fn whole(
        &mut self,
        limits: Limits,
        get: impl Fn(&Keithley2400) -> u32,
        set: impl FnOnce(&mut Keithley2400, u32) -> Handled,
    ) -> Handled {
        if self.is_query {
            let limit = self.limit(limits)?;
            let value = limit.map_or_else(|| get(self.unit), |it| it as u32);
            return self.answer_whole(value);
        }
        let value = self.whole_parameter(limits)?;
        set(self.unit, value)
    }

    /// The last parameter, a whole number.
    pub(crate) fn whole_parameter(&mut self, limits: Limits) -> Result<u32, Code> {
        let value = limits.check(self.parameters.number(&UNITS)?)?;
        self.no_parameters()?;
        Ok(value.round() as u32)
    }

    /// `MIN`, `MAX` or `DEF` behind a query.
    fn limit(&mut self, limits: Limits) -> Result<Option<f64>, Code> {
        if self.parameters.is_empty() {
            return Ok(None);
        }
        let numeric = self.parameters.number(&[])?;
        self.no_parameters()?;
        limits.keyword(&numeric).map(Some).ok_or(code::ILLEGAL_PARAMETER)
    }

    /// Sets or answers a switch.
    pub(crate) fn toggle(
        &mut self,
        get: impl Fn(&Keithley2400) -> bool,
        set: impl FnOnce(&mut Keithley2400, bool) -> Handled,
    ) -> Handled {
        if self.is_query {
            self.no_parameters()?;
            let on = get(self.unit);
            return self.answer_toggle(on);
        }
        let on = self.parameters.boolean()?;
        self.no_parameters()?;
        set(self.unit, on)
    }

    /// Sets or answers one of a closed choice.
    pub(crate) fn setting<T: Choice>(&mut self, of: fn(&mut Keithley2400) -> &mut T) -> Handled {
        if self.is_query {
            self.no_parameters()?;
            let present = *of(self.unit);
            return self.answer_choice(present);
        }
        *of(self.unit) = self.choice()?;
        Ok(())
    }

    /// A range: answers the full scale of the `present` one, or reads which is asked for.
    pub(crate) fn range(
        &mut self,
        table: &[Range],
        present: usize,
        default: usize,
    ) -> Result<Option<usize>, Code> {
        let top = table.len() - 1;
        let limits = Limits {
            minimum: table[0].top(),
            maximum: table[top].top(),
            default: table[default].top(),
        };
        if self.is_query {
            let limit = self.limit(limits)?;
            self.answer_real(limit.unwrap_or(table[present].top()))?;
            return Ok(None);
        }
        let range = match self.parameters.number(&UNITS)? {
            Numeric::Up => (present + 1).min(top),
            Numeric::Down => present.saturating_sub(1),
            Numeric::Minimum => 0,
            Numeric::Maximum => top,
            Numeric::Default => default,
            Numeric::Value(value) => {
                ranges::holding(table, value).ok_or(code::PARAMETER_OUT_OF_RANGE)?
            }
            _ => return Err(code::ILLEGAL_PARAMETER),
        };
        self.no_parameters()?;
        Ok(Some(range))
    }

    /// The only parameter, a word.
    pub(crate) fn choice<T: Choice>(&mut self) -> Result<T, Code> {
        let choice = self.choice_of_several()?;
        self.no_parameters()?;
        Ok(choice)
    }

    /// The first word of several.
    pub(crate) fn choice_of_several<T: Choice>(&mut self) -> Result<T, Code> {
        Ok(self.parameters.choice(T::ALL)?)
    }

    /// The next word, if there is one.
    pub(crate) fn next_choice<T: Choice>(&mut self) -> Result<Option<T>, Code> {
        if self.parameters.is_empty() { Ok(None) } else { self.choice_of_several().map(Some) }
    }

    /// The only parameter, one of two words; whether it is the second.
    pub(crate) fn either(
        &mut self,
        first: &'static str,
        second: &'static str,
    ) -> Result<bool, Code> {
        let is_second = self.parameters.choice(&[(first, false), (second, true)])?;
        self.no_parameters()?;
        Ok(is_second)
    }

    pub(crate) fn infinity_keyword(&mut self) -> bool {
        self.keyword("INFinity")
    }

    pub(crate) fn none_keyword(&mut self) -> bool {
        self.keyword("NONE")
    }

    pub(crate) fn once_keyword(&mut self) -> bool {
        self.keyword("ONCE")
    }

    /// Takes the next parameter if it is this word.
    fn keyword(&mut self, word: &'static str) -> bool {
        let mut ahead = self.parameters;
        let found = ahead.choice(&[(word, ())]).is_ok();
        if found {
            self.parameters = ahead;
        }
        found
    }

    /// A string.
    pub(crate) fn text(&mut self) -> Result<String, Code> {
        let text = self.parameters.string()?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The next string, if there is one.
    pub(crate) fn next_text(&mut self) -> Result<Option<String>, Code> {
        if self.parameters.is_empty() { Ok(None) } else { self.text().map(Some) }
    }

    /// The next number, if there is one.
    pub(crate) fn next_real(&mut self) -> Result<Option<f64>, Code> {
        if self.parameters.is_empty() {
            return Ok(None);
        }
        match self.parameters.number(&UNITS)? {
            Numeric::Value(value) => Ok(Some(value)),
            _ => Err(code::ILLEGAL_PARAMETER),
        }
    }

    /// At least one number, at most as many as there is room for; how many.
    pub(crate) fn reals(&mut self, values: &mut [f64], limits: Limits) -> Result<usize, Code> {
        let mut count = 0;
        loop {
            let value = limits.check(self.parameters.number(&UNITS)?)?;
            *values.get_mut(count).ok_or(code::TOO_MUCH_DATA)? = value;
            count += 1;
            if self.parameters.is_empty() {
                return Ok(count);
            }
        }
    }

    /// A register's enable bits.
    pub(crate) fn bits(&mut self, most: f64) -> Result<u16, Code> {
        let limits = Limits { minimum: 0.0, maximum: most, default: 0.0 };
        Ok(self.whole_parameter(limits)? as u16)
    }

    /// Refuses parameters that are left.
    pub(crate) fn no_parameters(&self) -> Handled {
        Ok(self.parameters.finish()?)
    }

    /// Reads parameters of any kind and forgets them.
    pub(crate) fn any_parameters(&mut self) -> Handled {
        while self.parameters.next_raw()?.is_some() {}
        Ok(())
    }

    /// The reply, behind the separator that the next data need.
    pub(super) fn data(&mut self) -> &mut Vec<u8> {
        if self.answered {
            self.reply.push(b',');
        } else if !self.reply.is_empty() {
            self.reply.push(b';');
        }
        self.answered = true;
        self.reply
    }

    pub(crate) fn answer_real(&mut self, value: f64) -> Handled {
        nr3(self.data(), value, 6);
        Ok(())
    }

    pub(crate) fn answer_reals(&mut self, values: &[f64]) {
        for value in values {
            nr3(self.data(), *value, 6);
        }
    }

    pub(crate) fn answer_whole(&mut self, value: u32) -> Handled {
        self.answer_text(&value.to_string())
    }

    pub(crate) fn answer_toggle(&mut self, on: bool) -> Handled {
        self.answer_text(if on { "1" } else { "0" })
    }

    pub(crate) fn answer_choice<T: Choice>(&mut self, choice: T) -> Handled {
        self.answer_text(&choice.short())
    }

    pub(crate) fn answer_word(&mut self, word: &str) -> Handled {
        self.answer_text(word)
    }

    pub(crate) fn answer_text(&mut self, text: &str) -> Handled {
        self.data().extend_from_slice(text.as_bytes());
        Ok(())
    }

    /// Function names as `:SENS:FUNC?` answers them.
    pub(crate) fn answer_functions(&mut self, functions: Functions) -> Handled {
        let Functions { voltage, current, ohms } = functions;
        let names = [(voltage, "\"VOLT:DC\""), (current, "\"CURR:DC\""), (ohms, "\"RES\"")];
        if names.iter().all(|it| !it.0) {
            return self.answer_text("\"\"");
        }
        names.iter().filter(|it| it.0).try_for_each(|it| self.answer_text(it.1))
    }

    /// A status register in the format of `:FORM:SREG`.
    pub(crate) fn answer_register(&mut self, value: u16) -> Handled {
        let text = match self.unit.settings.format.registers {
            RegisterFormat::Ascii => value.to_string(),
            RegisterFormat::Hexadecimal => format!("#H{value:X}"),
            RegisterFormat::Octal => format!("#Q{value:o}"),
            RegisterFormat::Binary => format!("#B{value:b}"),
        };
        self.answer_text(&text)
    }
}
