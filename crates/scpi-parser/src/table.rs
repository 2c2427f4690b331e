//! Command tables: headers as manuals write them, matched without allocation.

use std::ops::RangeInclusive;

use crate::{
    error::{self, Error},
    program::Unit,
};

/// The most numeric suffixes a pattern can have.
const MOST_SUFFIXES: usize = 4;

/// One header and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Command<T: 'static> {
    /// The header, for example `[:SENSe#]:CURRent[:DC]:NPLCycles[?]`: upper case is the short form,
    /// brackets hold one node that may be left out, `#` takes a numeric suffix (1 when absent). At the end
    /// `?` is a query only, `[?]` both, nothing a command only. `*IDN?` is a common header.
    pub pattern: &'static str,
    /// What it means.
    pub action: T,
}

/// A table of commands; the first that matches counts.
#[derive(Clone, Copy, Debug)]
pub struct Table<T: 'static>(pub &'static [Command<T>]);

/// A command found.
#[derive(Clone, Copy, Debug)]
pub struct Match<'t, T> {
    /// What it means.
    pub action: &'t T,
    suffixes: Suffixes,
}

#[derive(Clone, Copy, Debug, Default)]
struct Suffixes {
    values: [u32; MOST_SUFFIXES],
    len: usize,
}

impl<T> Match<'_, T> {
    /// The numeric suffixes of the pattern's `#`, in order.
    pub fn suffixes(&self) -> &[u32] {
        &self.suffixes.values[..self.suffixes.len]
    }

    /// The numeric suffix of the pattern's `#` number `at`, counted from zero, if it is in `range`.
    ///
    /// # Errors
    /// -114 outside of the range, or when the pattern has no such `#`.
    pub fn suffix(&self, at: usize, range: RangeInclusive<u32>) -> Result<u32, Error> {
        let suffix = self.suffixes().get(at).copied().filter(|it| range.contains(it));
        suffix.ok_or(error::HEADER_SUFFIX_OUT_OF_RANGE)
    }
}

impl<T> Table<T> {
    /// The command that a unit names.
    ///
    /// # Errors
    /// -113 for a header that is not in the table, or not in this form (command or query).
    pub fn find(&self, unit: &Unit<'_>) -> Result<Match<'static, T>, Error> {
        let commands: &'static [Command<T>] = self.0;
        for command in commands {
            if let Some(suffixes) = matches(command.pattern, unit) {
                return Ok(Match { action: &command.action, suffixes });
            }
        }
        Err(error::UNDEFINED_HEADER)
    }
}

fn matches(pattern: &str, unit: &Unit<'_>) -> Option<Suffixes> {
    let pattern = pattern.as_bytes();
    let (pattern, query, command) = match pattern {
        [pattern @ .., b'[', b'?', b']'] => (pattern, true, true),
        [pattern @ .., b'?'] => (pattern, true, false),
        pattern => (pattern, false, true),
    };
    if !(if unit.is_query { query } else { command }) {
        return None;
    }
    let nodes = unit.header.nodes();
    let mut suffixes = Suffixes::default();
    if let [b'*', name @ ..] = pattern {
        let same = unit.header.is_common() && nodes[0].eq_ignore_ascii_case(name);
        return same.then_some(suffixes);
    }
    (!unit.header.is_common() && path(pattern, nodes, &mut suffixes)).then_some(suffixes)
}

/// Whether `nodes` are the rest of a header that matches `pattern`.
fn path(pattern: &[u8], nodes: &[&[u8]], suffixes: &mut Suffixes) -> bool {
    let Some((node, optional, rest)) = first(pattern) else { return nodes.is_empty() };
    let kept = *suffixes;
    if let [given, others @ ..] = nodes
        && one(node, given, suffixes)
        && path(rest, others, suffixes)
    {
        return true;
    }
    *suffixes = kept;
    if !optional {
        return false;
    }
    if node.ends_with(b"#") {
        suffixes.push(1);
    }
    path(rest, nodes, suffixes)
}

impl Suffixes {
    fn push(&mut self, value: u32) {
        if let Some(slot) = self.values.get_mut(self.len) {
            *slot = value;
            self.len += 1;
        }
    }
}

/// The first node of a pattern without its colon, whether it may be left out, and the rest.
fn first(pattern: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    let (pattern, optional) = match pattern {
        [] => return None,
        [b'[', pattern @ ..] => (pattern, true),
        pattern => (pattern, false),
    };
    let pattern = pattern.strip_prefix(b":").unwrap_or(pattern);
    let end = pattern.iter().position(|it| matches!(it, b':' | b'[' | b']'));
    let (node, rest) = pattern.split_at(end.unwrap_or(pattern.len()));
    let rest = if optional { rest.strip_prefix(b"]").unwrap_or(rest) } else { rest };
    Some((node, optional, rest))
}

fn one(pattern: &[u8], given: &[u8], suffixes: &mut Suffixes) -> bool {
    let Some(pattern) = pattern.strip_suffix(b"#") else { return word(pattern, given) };
    let digits = given.iter().rev().take_while(|it| it.is_ascii_digit()).count();
    let (name, digits) = given.split_at(given.len() - digits);
    if !word(pattern, name) {
        return false;
    }
    // Numbers too large for any instrument stay too large: they are to be refused as out of range.
    let value = digits
        .iter()
        .fold(0u32, |sum, it| sum.saturating_mul(10).saturating_add(u32::from(it - b'0')));
    suffixes.push(if digits.is_empty() { 1 } else { value });
    true
}

/// Whether `given` is the short or the long form of a word written as `VOLTage`, in any case. A
/// numeric suffix in the pattern belongs to both forms: `TTL4` is `ttl4`.
pub(crate) fn word(pattern: &[u8], given: &[u8]) -> bool {
    if given.eq_ignore_ascii_case(pattern) {
        return true;
    }
    let short = pattern.iter().filter(|it| !it.is_ascii_lowercase());
    given.len() < pattern.len()
        && short.clone().count() == given.len()
        && short.zip(given).all(|(one, other)| *one == other.to_ascii_uppercase())
}
