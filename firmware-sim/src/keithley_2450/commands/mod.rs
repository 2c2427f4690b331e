//! The headers of the 2450 family, each with the place in the Model 2450 Reference Manual
//! (2450-901-01) that describes it; section 6 is its SCPI command reference. What is not here is
//! refused with -113: so are the 2400's own headers, `:FORM:ELEM`, `:SYST:RSEN`, `:SENS:CURR:PROT`,
//! `:ARM`, `:TRAC:FEED` and the like.

mod blocks;
mod common;
mod digital;
mod digitize;
mod display;
mod events;
mod limits;
mod lists;
mod measure;
mod output;
mod sense;
mod source;
mod status;
mod sweep;
mod system;
mod templates;
mod trace;
mod trigger;

use scpi_parser::{
    error::{Error, UNDEFINED_HEADER},
    program::Unit,
    table::{Match, Table},
};

pub(super) use self::display::Display;
use super::call::{Command, Handler};

/// A table, and whether its commands, queries apart, are refused while a trigger model runs. Which
/// ones are is UNVERIFIED but for the measure function.
const TABLES: [(&[Command], bool); 17] = [
    (common::TABLE, false),
    (measure::TABLE, false),
    (source::TABLE, true),
    (sense::TABLE, true),
    (output::TABLE, false),
    (sweep::TABLE, true),
    (trace::TABLE, false),
    (lists::TABLE, true),
    (limits::TABLE, false),
    (trigger::TABLE, false),
    (blocks::TABLE, true),
    (templates::TABLE, true),
    (events::TABLE, false),
    (digital::TABLE, false),
    (system::TABLE, false),
    (status::TABLE, false),
    (display::TABLE, false),
];

/// The tables of a member of the family, which may have digitize functions.
fn tables(digitizes: bool) -> impl Iterator<Item = (&'static [Command], bool)> {
    TABLES.into_iter().chain(digitizes.then_some((digitize::TABLE, true)))
}

/// The handler of a header, and whether it is refused while a trigger model runs.
pub(super) fn find(
    unit: &Unit<'_>,
    digitizes: bool,
) -> Result<(Match<'static, Handler>, bool), Error> {
    for (table, guarded) in tables(digitizes) {
        if let Ok(found) = Table(table).find(unit) {
            return Ok((found, guarded));
        }
    }
    Err(UNDEFINED_HEADER)
}

/// The commands that reach the instrument even while others wait for the end of a run. That
/// `:ABOR` does is UNVERIFIED; device clear and a closed connection would.
pub(super) fn is_urgent(unit: &Unit<'_>) -> bool {
    Table(URGENT).find(unit).is_ok()
}

const URGENT: &[scpi_parser::table::Command<()>] = &[
    scpi_parser::table::Command { pattern: ":ABORt", action: () },
    scpi_parser::table::Command { pattern: "*RST", action: () },
];

/// The patterns of all headers.
pub(super) fn patterns(digitizes: bool) -> impl Iterator<Item = &'static str> {
    tables(digitizes).flat_map(|it| it.0).map(|it| it.pattern)
}
