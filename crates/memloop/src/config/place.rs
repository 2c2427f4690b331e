//! Where in a file a value stands: line, key and what is written there.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The longest value that is repeated to the user, characters.
const LONGEST: usize = 60;

/// A place in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place<'t> {
    /// From 1.
    pub(super) number: usize,
    /// Its text.
    pub(super) line: &'t str,
    /// The keys that lead to it, `gradient.rest.level`; empty at the top of the file.
    pub(super) path: String,
    /// What is written there.
    pub(super) written: Written,
}

/// What is written at a place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// The value of a key.
    Value(String),
    /// One of the values of a list.
    Element(String),
    /// The head of a table, `[gradient]`.
    Table,
    /// The head of one of several tables, `[[smu]]`.
    OneOfTables,
    /// Nothing that can be told in a line.
    Other,
}

/// The keys that lead to a value.
struct Path {
    keys: String,
    at: At,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Key,
    Value,
    Element,
}

impl Place<'_> {
    /// The place of a span of `text`, bytes.
    pub(super) fn of<'t>(text: &'t str, span: &Range<usize>) -> Place<'t> {
        let before = text.get(..span.start).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |it| it + 1);
        let line = text[start..].lines().next().unwrap_or_default().trim();
        let parsed = DeTable::parse(text).ok();
        let path = parsed.and_then(|it| path_in(it.get_ref(), span));
        let value = text.get(span.clone()).unwrap_or_default().trim();
        let written = match &path {
            None => Written::Other,
            Some(_) if value.is_empty() || value.contains('\n') => Written::Other,
            // A list in square brackets stands behind its key.
            Some(_) if line.starts_with("[[") && line.starts_with(value) => Written::OneOfTables,
            Some(_) if line.starts_with('[') && line.starts_with(value) => Written::Table,
            Some(it) => match it.at {
                At::Key => Written::Other,
                At::Value => Written::Value(shortened(value)),
                At::Element => Written::Element(shortened(value)),
            },
        };
        let number = before.matches('\n').count() + 1;
        Place { number, line, path: path.map_or(String::new(), |it| it.keys), written }
    }
}

fn shortened(written: &str) -> String {
    if written.chars().count() <= LONGEST {
        return written.to_owned();
    }
    let begin: String = written.chars().take(LONGEST).collect();
    format!("{begin}...")
}

/// The keys that lead to a key or a value at `span`, or else to the innermost value around it.
fn path_in(table: &DeTable<'_>, span: &Range<usize>) -> Option<Path> {
    let mut around = None;
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let here = |at| Path { keys: name.to_owned(), at };
        if value.span() == *span {
            return Some(here(At::Value));
        }
        if key.span() == *span {
            return Some(here(At::Key));
        }
        if let Some(inner) = path_in_value(value, span) {
            let keys = match inner.keys.as_str() {
                "" => name.to_owned(),
                keys => format!("{name}.{keys}"),
            };
            return Some(Path { keys, ..inner });
        }
        if value.span().start <= span.start && span.end <= value.span().end {
            around = Some(here(At::Value));
        }
    }
    around
}

fn path_in_value(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<Path> {
    match value.get_ref() {
        DeValue::Table(table) => path_in(table, span),
        DeValue::Array(list) => list.iter().find_map(|it| match it.span() == *span {
            true => Some(Path { keys: String::new(), at: At::Element }),
            false => path_in_value(it, span),
        }),
        _ => None,
    }
}
