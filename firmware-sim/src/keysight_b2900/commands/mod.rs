//! The headers of the B2900, each with its place in the SCPI Command Reference. What is not here
//! is refused with -113.

mod calculate;
mod common;
mod compliance;
mod digital;
mod display;
mod fetch;
mod format;
mod output;
mod ranging;
mod sense;
mod source;
mod status;
mod sweep;
mod system;
mod trace;
mod trigger;

use scpi_parser::{
    error::{Error, UNDEFINED_HEADER},
    program::Unit,
    table::{Command, Match, Table},
};

pub(super) use self::system::System;
use super::{KeysightB2900, call::Handler, timing};

/// What a header does, and what it takes.
pub(super) struct Entry {
    pub(super) handler: Handler<KeysightB2900>,
    /// Seconds, as a command.
    pub(super) set: f64,
    /// Seconds, as a query.
    pub(super) ask: f64,
    /// It is executed also where others wait before it.
    pub(super) urgent: bool,
}

const fn command(pattern: &'static str, handler: Handler<KeysightB2900>) -> Command<Entry> {
    timed(pattern, timing::SETTING, timing::QUERY, handler)
}

const fn timed(
    pattern: &'static str,
    set: f64,
    ask: f64,
    handler: Handler<KeysightB2900>,
) -> Command<Entry> {
    Command { pattern, action: Entry { handler, set, ask, urgent: false } }
}

const fn urgent(
    pattern: &'static str,
    set: f64,
    handler: Handler<KeysightB2900>,
) -> Command<Entry> {
    Command { pattern, action: Entry { handler, set, ask: timing::QUERY, urgent: true } }
}

/// By subsystem. `[:SOURce]` may be left out, so it comes last of those with optional first nodes.
const TABLES: [Table<Entry>; 16] = [
    common::TABLE,
    fetch::TABLE,
    sense::TABLE,
    ranging::TABLE,
    compliance::TABLE,
    source::TABLE,
    sweep::TABLE,
    trigger::TABLE,
    output::TABLE,
    format::TABLE,
    trace::TABLE,
    status::TABLE,
    system::TABLE,
    display::TABLE,
    calculate::TABLE,
    digital::TABLE,
];

/// The command that a unit names.
pub(super) fn find(unit: &Unit<'_>) -> Result<Match<'static, Entry>, Error> {
    TABLES.iter().find_map(|it| it.find(unit).ok()).ok_or(UNDEFINED_HEADER)
}

/// Every pattern.
pub(super) fn patterns() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|it| it.0.iter().map(|command| command.pattern))
}
