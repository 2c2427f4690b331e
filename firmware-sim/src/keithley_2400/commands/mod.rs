//! The headers of the 2400, each with the place in the Series 2400 User's Manual (2400S-900-01
//! Rev K) that describes it. What is not here is refused with -113.

mod calculate;
mod common;
mod digital;
mod display;
mod fetch;
mod format;
mod functions;
mod output;
mod sense;
mod source;
mod status;
mod sweep;
mod system;
mod trace;
mod trigger;
mod zero;

use scpi_parser::{
    error::{self, Error},
    program::Unit,
    table::{Command, Match, Table},
};

pub(super) use self::sweep::check_sweep;
use super::{Keithley2400, call::Handler};

/// What a header does, and where it is accepted.
pub(super) struct Entry {
    pub(super) handler: Handler<Keithley2400>,
    /// It is executed also outside of idle (chapter 11).
    pub(super) urgent: bool,
    /// The largest numeric suffix of its nodes.
    pub(super) most: u32,
    /// Only where digital outputs are fitted.
    pub(super) digital: bool,
}

const PLAIN: Entry = Entry { handler: system::nothing, urgent: false, most: 1, digital: false };

const fn command(pattern: &'static str, handler: Handler<Keithley2400>) -> Command<Entry> {
    Command { pattern, action: Entry { handler, ..PLAIN } }
}

const fn urgent(pattern: &'static str, handler: Handler<Keithley2400>) -> Command<Entry> {
    Command { pattern, action: Entry { handler, urgent: true, ..PLAIN } }
}

const fn digital(pattern: &'static str, handler: Handler<Keithley2400>) -> Command<Entry> {
    Command { pattern, action: Entry { handler, digital: true, ..PLAIN } }
}

/// With a numeric suffix from 1 to `most`.
const fn numbered(
    pattern: &'static str,
    most: u32,
    handler: Handler<Keithley2400>,
) -> Command<Entry> {
    Command { pattern, action: Entry { handler, most, ..PLAIN } }
}

/// The tables. The digital outputs come first, because `:SOURce#` matches them too; behind them
/// the ones that are asked most often.
const TABLES: [Table<Entry>; 16] = [
    digital::TABLE,
    fetch::TABLE,
    source::TABLE,
    common::TABLE,
    system::TABLE,
    trigger::TABLE,
    sense::TABLE,
    output::TABLE,
    sweep::TABLE,
    trace::TABLE,
    format::TABLE,
    functions::TABLE,
    status::TABLE,
    calculate::TABLE,
    display::TABLE,
    zero::TABLE,
];

/// The header that a unit names.
///
/// # Errors
/// -113 for what is in no table.
pub(super) fn find(unit: &Unit<'_>) -> Result<Match<'static, Entry>, Error> {
    TABLES.iter().find_map(|it| it.find(unit).ok()).ok_or(error::UNDEFINED_HEADER)
}

/// The patterns of all headers.
pub(super) fn patterns() -> impl Iterator<Item = &'static str> {
    TABLES.into_iter().flat_map(|it| it.0).map(|it| it.pattern)
}
