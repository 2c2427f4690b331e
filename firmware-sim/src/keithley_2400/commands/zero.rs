//! `:SYSTem:AZERo`: when the converter's zero is taken, and which zeroes are kept (User's Manual
//! table 18-9).

use scpi_parser::table::Table;

use super::{
    super::{
        Keithley2400,
        call::{Call, Handled},
        timing::CONVERSION,
    },
    Entry, command,
};
use crate::engine::channel::NOT_A_NUMBER;

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":SYSTem:AZERo[:STATe][?]", auto_zero),
    command(":SYSTem:AZERo:CACHing[:STATe][?]", |call| call.switch(|it| &mut it.zero_cache)),
    command(":SYSTem:AZERo:CACHing:REFResh", refresh_zeroes),
    command(":SYSTem:AZERo:CACHing:RESet", reset_zeroes),
    command(":SYSTem:AZERo:CACHing:NPLCycles?", kept_zeroes),
]);

/// `:SYST:AZER[:STAT] ON|OFF|ONCE`; `ONCE` zeroes now and leaves it off.
fn auto_zero(call: &mut Call<'_, '_>) -> Handled {
    if !call.is_query && call.once_keyword() {
        call.no_parameters()?;
        call.unit.settings.auto_zero = false;
        call.unit.zero();
        return Ok(());
    }
    call.switch(|it| &mut it.auto_zero)
}

/// Most entries of the cache.
const CACHED: usize = 10;

impl Keithley2400 {
    /// The two conversions of reference and zero.
    fn zero(&mut self) {
        let integration = self.settings.sense.nplc / self.line_frequency;
        self.spend(2.0 * (integration + CONVERSION));
    }

    /// Keeps the zero of an integration time, where the cache is on; the oldest makes room.
    pub(super) fn keep_zero(&mut self, nplc: f64) {
        if !self.settings.zero_cache {
            return;
        }
        self.zeroes.retain(|it| *it != nplc);
        if self.zeroes.len() == CACHED {
            self.zeroes.remove(0);
        }
        self.zeroes.push(nplc);
    }
}

/// `:SYST:AZER:CACH:REFR`: all kept zeroes are taken anew.
fn refresh_zeroes(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    for _ in 0..call.unit.zeroes.len() {
        call.unit.zero();
    }
    Ok(())
}

/// `:SYST:AZER:CACH:RES`.
fn reset_zeroes(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.zeroes.clear();
    Ok(())
}

/// `:SYST:AZER:CACH:NPLC?`: the integration times whose zero is kept; not a number for none, which
/// is UNVERIFIED.
fn kept_zeroes(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let zeroes = call.unit.zeroes.clone();
    if zeroes.is_empty() {
        return call.answer_real(NOT_A_NUMBER);
    }
    call.answer_reals(&zeroes)
}
