//! Calls of this family's handlers: channels by suffix and by list, ranges, registers.

use scpi_parser::{program::Numeric, response::nr3};

use super::{
    KeysightB2900, code,
    settings::{RegisterFormat, Settings},
};
pub(super) use crate::engine::call::{Handled, Handler, Limits};
use crate::engine::{
    call::Dialect,
    choice::Choice,
    code::Code,
    ranges::{self, Range},
};

pub(super) type Call<'c, 'm> = crate::engine::call::Call<'c, 'm, KeysightB2900>;

/// The channels of a list, by index.
pub(super) type Channels = [bool; 2];

impl Dialect for KeysightB2900 {
    fn write_real(&self, value: f64, out: &mut Vec<u8>) {
        nr3(out, value, 6);
    }
}

impl Call<'_, '_> {
    /// The channel that the header's first suffix names, from zero.
    pub(super) fn channel(&self) -> Result<usize, Code> {
        let suffix = self.suffix(0) as usize;
        if (1..=self.unit.smus.len()).contains(&suffix) {
            Ok(suffix - 1)
        } else {
            Err(code::SUFFIX_OUT_OF_RANGE)
        }
    }

    /// The last parameter, a channel list; channel 1 where it is left out.
    pub(super) fn channels(&mut self) -> Result<Channels, Code> {
        let mut channels = [false; 2];
        if self.parameters.is_empty() {
            channels[0] = true;
            return Ok(channels);
        }
        for range in self.parameters.channels()? {
            let range = range?;
            let (low, high) = (range.first.min(range.last), range.first.max(range.last));
            if low == 0 || high as usize > self.unit.smus.len() {
                return Err(code::PARAMETER_OUT_OF_RANGE);
            }
            for number in low..=high {
                channels[number as usize - 1] = true;
            }
        }
        self.no_parameters()?;
        Ok(channels)
    }

    /// Sets or answers a number of the header's channel.
    pub(super) fn real_of(&mut self, limits: Limits, of: fn(&mut Settings) -> &mut f64) -> Handled {
        let channel = self.channel()?;
        let present = *of(&mut self.unit.smus[channel].settings);
        self.real(
            limits,
            |_| present,
            |unit, value| {
                *of(&mut unit.smus[channel].settings) = value;
                Ok(())
            },
        )
    }

    /// Sets or answers a switch of the header's channel.
    pub(super) fn toggle_of(&mut self, of: fn(&mut Settings) -> &mut bool) -> Handled {
        let channel = self.channel()?;
        let present = *of(&mut self.unit.smus[channel].settings);
        self.toggle(
            |_| present,
            |unit, on| {
                *of(&mut unit.smus[channel].settings) = on;
                Ok(())
            },
        )
    }

    /// Sets or answers a choice of the header's channel.
    pub(super) fn choice_of<T: Choice>(&mut self, of: fn(&mut Settings) -> &mut T) -> Handled {
        let channel = self.channel()?;
        self.setting(|unit| of(&mut unit.smus[channel].settings))
    }

    /// Answers a range's nominal value, or reads which range is asked for.
    pub(super) fn nominal_range(
        &mut self,
        table: &[Range],
        present: usize,
        default: usize,
    ) -> Result<Option<usize>, Code> {
        let top = table.len() - 1;
        let limits =
            Limits::new(table[0].nominal, table[top].nominal, table[default.min(top)].nominal);
        if self.is_query {
            let value = match self.next_limit(limits)? {
                Some(value) => value,
                None => table[present].nominal,
            };
            self.answer_real(value)?;
            return Ok(None);
        }
        let value = match self.parameters.number(KeysightB2900::UNITS)? {
            Numeric::Up => table[(present + 1).min(top)].nominal,
            Numeric::Down => table[present.saturating_sub(1)].nominal,
            Numeric::Value(value) => value,
            keyword => limits.keyword(&keyword).ok_or(code::ILLEGAL_PARAMETER)?,
        };
        self.no_parameters()?;
        ranges::holding(table, value).map(Some).ok_or(code::PARAMETER_OUT_OF_RANGE)
    }

    /// `MIN`, `MAX` or `DEF` behind a query.
    pub(super) fn next_limit(&mut self, limits: Limits) -> Result<Option<f64>, Code> {
        if self.parameters.is_empty() {
            return Ok(None);
        }
        let numeric = self.parameters.number(&[])?;
        self.no_parameters()?;
        limits.keyword(&numeric).map(Some).ok_or(code::ILLEGAL_PARAMETER)
    }

    /// A status register in the format of `:FORM:SREG`. The text of what is not decimal is that of
    /// SCPI's non-decimal numbers.
    pub(super) fn answer_register(&mut self, value: u16) -> Handled {
        let text = match self.unit.format.registers {
            RegisterFormat::Ascii => value.to_string(),
            RegisterFormat::Hexadecimal => format!("#H{value:X}"),
            RegisterFormat::Octal => format!("#Q{value:o}"),
            RegisterFormat::Binary => format!("#B{value:b}"),
        };
        self.answer_text(&text)
    }
}
