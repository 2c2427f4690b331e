//! Command text with places for values.

use std::fmt::{self, Write};

use scpi_parser::{reply, write};
use serde::{Deserialize, Deserializer, de};

/// What can stand in braces in a command of an instrument file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placeholder {
    /// `{level}`: one level, V.
    Level,
    /// `{levels}`: levels separated by commas, V.
    Levels,
    /// `{count}`: a whole number of points.
    Count,
    /// `{value}`: the value of a setting, in its unit.
    Value,
}

const NAMES: [(&str, Placeholder); 4] = [
    ("level", Placeholder::Level),
    ("levels", Placeholder::Levels),
    ("count", Placeholder::Count),
    ("value", Placeholder::Value),
];

/// One command of an instrument file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    text: String,
    before: String,
    hole: Option<(Placeholder, String)>,
}

impl Template {
    fn parse(text: &str) -> Result<Template, String> {
        let own = |it: &str| it.to_owned();
        let Some((before, rest)) = text.split_once('{') else {
            if text.contains('}') {
                return Err(format!("`{text}`: `}}` was not opened"));
            }
            return Ok(Template { text: own(text), before: own(text), hole: None });
        };
        let (name, after) =
            rest.split_once('}').ok_or_else(|| format!("`{text}`: `{{` is not closed"))?;
        let found = NAMES.iter().find(|it| it.0 == name).map(|it| it.1);
        let placeholder = found.ok_or_else(|| {
            let known = NAMES.map(|it| format!("{{{}}}", it.0)).join(", ");
            format!("`{text}`: unknown placeholder {{{name}}}, known are {known}")
        })?;
        if before.contains('}') || after.contains(['{', '}']) {
            return Err(format!("`{text}`: a command takes one placeholder"));
        }
        Ok(Template { text: own(text), before: own(before), hole: Some((placeholder, own(after))) })
    }

    pub(crate) fn placeholder(&self) -> Option<Placeholder> {
        self.hole.as_ref().map(|it| it.0)
    }

    /// As the file has it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// How many answers it makes.
    pub(crate) fn queries(&self) -> usize {
        let units = reply::answers(self.text.as_bytes());
        let header = |unit: &[u8]| {
            let unit = unit.trim_ascii_start();
            let end = unit.iter().position(u8::is_ascii_whitespace).unwrap_or(unit.len());
            unit[..end].ends_with(b"?")
        };
        units.filter(|it| header(it)).count()
    }

    pub(crate) fn with_number(&self, value: f64) -> String {
        self.with(write::number(value))
    }

    pub(crate) fn with_levels(&self, levels: &[f64]) -> String {
        self.with(write::numbers(levels))
    }

    pub(crate) fn with_count(&self, count: usize) -> String {
        self.with(count)
    }

    fn with(&self, value: impl fmt::Display) -> String {
        let mut message = self.before.clone();
        if let Some((_, after)) = &self.hole {
            // Writing to a string cannot fail.
            let _ = write!(message, "{value}{after}");
        }
        message
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() || text.contains(['\n', '\r']) {
            return Err(de::Error::custom("a command is one line of text"));
        }
        Template::parse(&text).map_err(de::Error::custom)
    }
}
