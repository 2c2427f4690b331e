//! One header being executed: its parameters, the instrument, and the reply.

use scpi_parser::{
    program::{Numeric, Parameters, Unit},
    table::Match,
};

use super::{
    choice::Choice,
    code::{self, Code},
    ranges::{self, Range},
};
use crate::firmware::{Executed, Flow};

/// What a handler answers.
pub(crate) type Handled = Result<(), Code>;

/// How a family writes numbers.
pub(crate) trait Dialect {
    /// The units that its numbers may carry.
    const UNITS: &'static [&'static str] = &["V", "A", "S", "OHM", "HZ", "W", "C"];

    /// Appends a real number as the family's firmware does.
    fn write_real(&self, value: f64, out: &mut Vec<u8>);
}

/// What a numeric parameter accepts, and what `MIN`, `MAX` and `DEF` stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) minimum: f64,
    pub(crate) maximum: f64,
    pub(crate) default: f64,
}

impl Limits {
    pub(crate) const fn new(minimum: f64, maximum: f64, default: f64) -> Limits {
        Limits { minimum, maximum, default }
    }

    pub(crate) fn keyword(self, numeric: &Numeric) -> Option<f64> {
        match numeric {
            Numeric::Minimum => Some(self.minimum),
            Numeric::Maximum => Some(self.maximum),
            Numeric::Default => Some(self.default),
            _ => None,
        }
    }

    pub(crate) fn check(self, numeric: Numeric) -> Result<f64, Code> {
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

/// Most numeric suffixes of a header.
const MOST_SUFFIXES: usize = 4;

/// A unit of a program message on its way through a handler.
pub(crate) struct Call<'c, 'm, F> {
    pub(crate) unit: &'c mut F,
    pub(crate) is_query: bool,
    /// It has been executed before, and waited.
    pub(crate) resumed: bool,
    pub(crate) parameters: Parameters<'m>,
    suffixes: [u32; MOST_SUFFIXES],
    reply: &'c mut Vec<u8>,
    /// This query has answered something: more data follow a comma.
    answered: bool,
    waits: bool,
}

/// What a header of a family's table does.
pub(crate) type Handler<F> = fn(&mut Call<'_, '_, F>) -> Handled;

impl<'c, 'm, F: Dialect> Call<'c, 'm, F> {
    /// Executes the handler of a command that was found in a table.
    pub(crate) fn execute<A>(
        unit: &'c mut F,
        program: &Unit<'m>,
        found: &Match<'_, A>,
        handler: Handler<F>,
        resumed: bool,
        reply: &'c mut Vec<u8>,
    ) -> Executed {
        let Unit { is_query, parameters, .. } = *program;
        let mut suffixes = [1; MOST_SUFFIXES];
        for (kept, suffix) in suffixes.iter_mut().zip(found.suffixes()) {
            *kept = *suffix;
        }
        let (answered, waits) = (false, false);
        let mut call =
            Call { unit, is_query, resumed, parameters, suffixes, reply, answered, waits };
        handler(&mut call)?;
        Ok(if call.waits { Flow::Later } else { Flow::Done })
    }

    /// The unit is not done: its handler will be called again, with `resumed` set, when something
    /// that runs has gone on.
    pub(crate) fn wait(&mut self) -> Handled {
        self.waits = true;
        Ok(())
    }

    /// The numeric suffix of the header's `#` number `index`, from zero; 1 where it was left out.
    pub(crate) fn suffix(&self, index: usize) -> u32 {
        self.suffixes[index]
    }

    /// Sets or answers a number.
    pub(crate) fn real(
        &mut self,
        limits: Limits,
        get: impl Fn(&F) -> f64,
        set: impl FnOnce(&mut F, f64) -> Handled,
    ) -> Handled {
        if self.is_query {
            let limit = self.limit(limits)?;
            let value = limit.unwrap_or_else(|| get(self.unit));
            return self.answer_real(value);
        }
        let value = limits.check(self.parameters.number(F::UNITS)?)?;
        self.no_parameters()?;
        set(self.unit, value)
    }

    /// Sets or answers a whole number.
    pub(crate) fn whole(
        &mut self,
        limits: Limits,
        get: impl Fn(&F) -> u32,
        set: impl FnOnce(&mut F, u32) -> Handled,
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
        let value = limits.check(self.parameters.number(F::UNITS)?)?;
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
        get: impl Fn(&F) -> bool,
        set: impl FnOnce(&mut F, bool) -> Handled,
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
    pub(crate) fn setting<T: Choice>(&mut self, of: impl Fn(&mut F) -> &mut T) -> Handled {
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
        let range = match self.parameters.number(F::UNITS)? {
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

    pub(crate) fn auto_keyword(&mut self) -> bool {
        self.keyword("AUTO")
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
        match self.parameters.number(F::UNITS)? {
            Numeric::Value(value) => Ok(Some(value)),
            _ => Err(code::ILLEGAL_PARAMETER),
        }
    }

    /// At least one number, at most as many as there is room for; how many.
    pub(crate) fn reals(&mut self, values: &mut [f64], limits: Limits) -> Result<usize, Code> {
        let mut count = 0;
        loop {
            let value = limits.check(self.parameters.number(F::UNITS)?)?;
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
    pub(crate) fn data(&mut self) -> &mut Vec<u8> {
        if self.answered {
            self.reply.push(b',');
        } else if !self.reply.is_empty() {
            self.reply.push(b';');
        }
        self.answered = true;
        self.reply
    }

    pub(crate) fn answer_real(&mut self, value: f64) -> Handled {
        self.data();
        self.unit.write_real(value, self.reply);
        Ok(())
    }

    pub(crate) fn answer_reals(&mut self, values: &[f64]) -> Handled {
        values.iter().try_for_each(|value| self.answer_real(*value))
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
}
