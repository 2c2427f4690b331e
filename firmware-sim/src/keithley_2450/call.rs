//! Calls of this family's handlers: how it writes what it answers, and what its parameters name.

use std::io::Write as _;

use scpi_parser::program::Numeric;

use super::{
    Keithley2450,
    buffer::{self, BufferId},
    code::{self, Code},
    data::Element,
    lists::ListId,
};
pub(super) use crate::engine::call::{Handled, Limits};
use crate::engine::{call::Dialect, choice::Choice};

pub(super) type Call<'c, 'm> = crate::engine::call::Call<'c, 'm, Keithley2450>;
pub(super) type Handler = crate::engine::call::Handler<Keithley2450>;
pub(super) type Command = scpi_parser::table::Command<Handler>;

/// An entry of a table of headers.
pub(super) const fn command(pattern: &'static str, handler: Handler) -> Command {
    Command { pattern, action: handler }
}

impl Dialect for Keithley2450 {
    fn write_real(&self, value: f64, out: &mut Vec<u8>) {
        write_number(value, 7, out);
    }
}

/// `1.000000E-05`: no sign before a positive number, two digits of exponent. UNVERIFIED.
pub(super) fn write_number(value: f64, digits: usize, out: &mut Vec<u8>) {
    let start = out.len();
    // Writing to a vector cannot fail.
    let _ = write!(out, "{value:.*E}", digits.max(1) - 1);
    // Rust writes E0 and E-6 where C writes E+00 and E-06.
    let Some(at) = out[start..].iter().rposition(|it| *it == b'E') else { return };
    let mut at = start + at + 1;
    if out[at] != b'-' {
        out.insert(at, b'+');
    }
    at += 1;
    if out.len() - at < 2 {
        out.insert(at, b'0');
    }
}

impl Call<'_, '_> {
    /// A numeric suffix of the header, from 1 to `most`; answers it counted from zero.
    pub(super) fn place(&self, index: usize, most: usize) -> Result<usize, Code> {
        let suffix = self.suffix(index) as usize;
        if (1..=most).contains(&suffix) { Ok(suffix - 1) } else { Err(code::SUFFIX_OUT_OF_RANGE) }
    }

    /// The next number, which there must be.
    pub(super) fn number(&mut self, limits: Limits) -> Result<f64, Code> {
        limits.check(self.parameters.number(<Keithley2450 as Dialect>::UNITS)?)
    }

    /// The next whole number.
    pub(super) fn integer(&mut self, minimum: u32, maximum: u32) -> Result<u32, Code> {
        let limits = Limits::new(f64::from(minimum), f64::from(maximum), f64::from(minimum));
        Ok(self.number(limits)?.round() as u32)
    }

    /// A range: answers the nominal value of the `present` one, or reads what it is to hold. The
    /// keywords stand for the nominal values in `limits`.
    pub(super) fn nominal(&mut self, limits: Limits, present: f64) -> Result<Option<f64>, Code> {
        let keyword = |numeric: &Numeric| limits.keyword(numeric);
        if self.is_query {
            let mut answer = present;
            if self.has_more() {
                let numeric = self.parameters.number(&[])?;
                answer = keyword(&numeric).ok_or(code::ILLEGAL_PARAMETER)?;
            }
            self.no_parameters()?;
            self.answer_real(answer)?;
            return Ok(None);
        }
        let value = match self.parameters.number(<Keithley2450 as Dialect>::UNITS)? {
            Numeric::Value(value) => value,
            numeric => keyword(&numeric).ok_or(code::ILLEGAL_PARAMETER)?,
        };
        self.no_parameters()?;
        Ok(Some(value))
    }

    pub(super) fn has_more(&self) -> bool {
        !self.parameters.is_empty()
    }

    /// The next switch, or what it is where it was left out.
    pub(super) fn next_toggle(&mut self, default: bool) -> Result<bool, Code> {
        if self.has_more() { Ok(self.parameters.boolean()?) } else { Ok(default) }
    }

    /// A buffer's name, which there must be.
    pub(super) fn buffer(&mut self) -> Result<BufferId, Code> {
        let name = self.text()?;
        self.unit.buffers.named(&name).ok_or(code::ILLEGAL_PARAMETER)
    }

    /// A buffer's name; `defbuffer1` where it was left out.
    pub(super) fn next_buffer(&mut self) -> Result<BufferId, Code> {
        if self.has_more() { self.buffer() } else { Ok(buffer::DEFAULT) }
    }

    /// The elements that are asked for; the reading alone where none is.
    pub(super) fn elements(&mut self) -> Result<Vec<Element>, Code> {
        let mut elements = Vec::new();
        while self.has_more() {
            if elements.len() == Element::MOST {
                return Err(code::TOO_MUCH_DATA);
            }
            elements.push(self.parameters.choice(Element::ALL)?);
        }
        if elements.is_empty() {
            elements.push(Element::Reading);
        }
        Ok(elements)
    }

    /// The name of a configuration list.
    pub(super) fn list(&mut self) -> Result<ListId, Code> {
        let name = self.text()?;
        self.unit.lists.named(&name).ok_or(code::ILLEGAL_PARAMETER)
    }

    /// A string as an answer, in quotes.
    pub(super) fn answer_string(&mut self, text: &str) -> Handled {
        let out = self.data();
        out.push(b'"');
        for byte in text.bytes() {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
        out.push(b'"');
        Ok(())
    }

    /// A setting, or its answer, of any closed choice that is not simply stored.
    pub(super) fn chosen<T: Choice>(
        &mut self,
        get: impl Fn(&Keithley2450) -> T,
        set: impl FnOnce(&mut Keithley2450, T) -> Handled,
    ) -> Handled {
        if self.is_query {
            self.no_parameters()?;
            let present = get(self.unit);
            return self.answer_choice(present);
        }
        let choice = self.choice()?;
        set(self.unit, choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_no_sign_and_two_digits_of_exponent() {
        for (value, expected) in [
            (1e-5, "1.000000E-05"),
            (-0.5, "-5.000000E-01"),
            (9.9e37, "9.900000E+37"),
            (0.0, "0.000000E+00"),
        ] {
            let mut out = Vec::new();
            write_number(value, 7, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
