//! From text to a [`Model`]: one file, or a file that says what it is `like`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeTable, DeValue, Deserializer, Error},
};

use super::schema::Model;

const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// Why an instrument file is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No model of this name comes with memloop.
    #[error("there is no model \"{name}\"; known are {known}, or the path of a .toml file")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The file is not TOML, lacks an operation, or has one too many.
    #[error("{file}:{line}: {message}")]
    Schema {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what would be accepted.
        message: String,
    },
    /// A value contradicts another, or cannot be.
    #[error("{file}:{line}: {key}: {reason}")]
    Value {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl Model {
    /// The model of this name that comes with memloop.
    ///
    /// # Errors
    /// There is none; the error lists those that there are.
    pub fn builtin(name: &str) -> Result<Model, ModelError> {
        let text = built_in(name).ok_or_else(|| unknown(name))?;
        Model::from_toml(&format!("instruments/{name}.toml"), text)
    }

    /// The names of the models that come with memloop.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|it| it.0)
    }

    /// Reads the text of an instrument file; `file` names it in errors.
    ///
    /// With `like = "keithley-2400"` the file says only what differs from that model: tables are
    /// merged key by key, anything else replaces what was there, and `without = ["staircase",
    /// "settings.filter"]` takes away what this instrument lacks.
    ///
    /// # Errors
    /// A missing or unknown key, an unknown placeholder, values that contradict each other.
    pub fn from_toml(file: &str, text: &str) -> Result<Model, ModelError> {
        let chain = Chain::new(file, text)?;
        let padded = chain.padded();
        let table = chain.merged(&padded)?;
        let mut places = BTreeMap::new();
        note_places("", table.get_ref(), &mut places);
        let model = Model::deserialize(Deserializer::from(table));
        let model = model.map_err(|it| chain.schema(&it))?;
        model.validate().map_err(|(key, reason)| {
            let at = nearest(&places, key);
            let (file, line) = chain.place(at);
            ModelError::Value { file, line, key, reason }
        })?;
        Ok(model)
    }
}

/// A file, the one that it is like, and so on.
struct Chain {
    files: Vec<(String, String)>,
}

impl Chain {
    fn new(file: &str, text: &str) -> Result<Chain, ModelError> {
        let mut chain = Chain { files: vec![(file.to_owned(), text.to_owned())] };
        loop {
            let (file, text) = &chain.files[chain.files.len() - 1];
            let schema = |start: usize, message: String| ModelError::Schema {
                file: file.clone(),
                line: line(text, start),
                message,
            };
            let table = DeTable::parse(text)
                .map_err(|error| schema(error.span().map_or(0, |it| it.start), tidy(&error)))?;
            let Some(like) = table.get_ref().get("like") else { return Ok(chain) };
            let start = like.span().start;
            let DeValue::String(name) = like.get_ref() else {
                return Err(schema(start, "like: the name of a model, in quotes".to_owned()));
            };
            if !table.get_ref().contains_key("name") {
                return Err(schema(start, "missing field `name`".to_owned()));
            }
            let base = built_in(name)
                .ok_or_else(|| schema(start, format!("like: {}", unknown(name))))?
                .to_owned();
            let base_file = format!("instruments/{name}.toml");
            if chain.files.iter().any(|it| it.0 == base_file) {
                return Err(schema(start, format!("like: {name} is like this file")));
            }
            chain.files.push((base_file, base));
        }
    }

    /// Each text behind as many spaces as the texts before it are long: every place in any of them
    /// has a number of its own.
    fn padded(&self) -> Vec<String> {
        let mut start = 0;
        let pad = |(_, text): &(String, String)| {
            let padded = format!("{}{text}", " ".repeat(start));
            start = padded.len();
            padded
        };
        self.files.iter().map(pad).collect()
    }

    fn merged<'t>(&self, padded: &'t [String]) -> Result<Spanned<DeTable<'t>>, ModelError> {
        let mut merged: Option<Spanned<DeTable<'t>>> = None;
        for text in padded.iter().rev() {
            let mut table = DeTable::parse(text).map_err(|it| self.schema(&it))?;
            let without = table.get_mut().remove("without");
            table.get_mut().remove("like");
            merged = Some(match merged {
                None if without.is_none() => table,
                None => return Err(self.at_without(&without, "stands beside `like`")),
                Some(mut base) => {
                    if let Some(without) = without {
                        self.take_away(base.get_mut(), &without)?;
                    }
                    merge(base.get_mut(), table.into_inner());
                    base
                }
            });
        }
        // There is at least the file itself.
        Ok(merged.unwrap_or_else(|| Spanned::new(0..0, DeTable::new())))
    }

    fn take_away(
        &self,
        base: &mut DeTable<'_>,
        without: &Spanned<DeValue<'_>>,
    ) -> Result<(), ModelError> {
        let expected = "a list of keys that the other file has, in quotes";
        let refused = || self.refused(without.span().start, format!("without: {expected}"));
        let keys = without.get_ref().as_array().ok_or_else(refused)?;
        for key in keys.iter() {
            let path = key.get_ref().as_str().ok_or_else(refused)?;
            let unknown = || {
                self.refused(
                    key.span().start,
                    format!("without: there is no \"{path}\" to leave out"),
                )
            };
            let mut table = &mut *base;
            let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
            for parent in parents.split('.').filter(|it| !it.is_empty()) {
                let inner = table.get_mut(parent).ok_or_else(unknown)?;
                let DeValue::Table(inner) = inner.get_mut() else { return Err(unknown()) };
                table = inner;
            }
            table.remove(last).ok_or_else(unknown)?;
        }
        Ok(())
    }

    fn at_without(&self, without: &Option<Spanned<DeValue<'_>>>, reason: &str) -> ModelError {
        let start = without.as_ref().map_or(0, |it| it.span().start);
        self.refused(start, format!("without: {reason}"))
    }

    fn schema(&self, error: &Error) -> ModelError {
        self.refused(error.span().map_or(0, |it| it.start), tidy(error))
    }

    fn refused(&self, at: usize, message: String) -> ModelError {
        let (file, line) = self.place(at);
        ModelError::Schema { file, line, message }
    }

    /// The file and the line of a place in the padded texts.
    fn place(&self, at: usize) -> (String, usize) {
        let mut start = 0;
        for (file, text) in &self.files {
            if at < start + text.len() {
                return (file.clone(), line(text, at.saturating_sub(start)));
            }
            start += text.len();
        }
        (self.files[0].0.clone(), 1)
    }
}

fn merge<'t>(base: &mut DeTable<'t>, over: DeTable<'t>) {
    for (key, value) in over {
        if let Some(below) = base.get_mut(key.get_ref().as_ref())
            && let DeValue::Table(below) = below.get_mut()
            && matches!(value.get_ref(), DeValue::Table(_))
        {
            if let DeValue::Table(value) = value.into_inner() {
                merge(below, value);
            }
            continue;
        }
        base.remove(key.get_ref().as_ref());
        base.insert(key, value);
    }
}

fn note_places(path: &str, table: &DeTable<'_>, places: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let path = format!("{path}{}", key.get_ref());
        places.insert(path.clone(), key.span().start);
        if let DeValue::Table(inner) = value.get_ref() {
            note_places(&format!("{path}."), inner, places);
        }
    }
}

/// Where a key stands, or else the table that lacks it. Of a table that several files have made, the
/// part of the outermost: the files below it are memloop's own, and right.
fn nearest(places: &BTreeMap<String, usize>, key: &str) -> usize {
    let mut path = key;
    loop {
        let parts = format!("{path}.");
        let parts = places.range(parts.clone()..).take_while(|it| it.0.starts_with(&parts));
        if let Some(at) = places.get(path) {
            return parts.map(|it| *it.1).fold(*at, usize::min);
        }
        match path.rsplit_once('.') {
            Some((parent, _)) => path = parent,
            None => return 0,
        }
    }
}

fn line(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|it| **it == b'\n').count() + 1
}

fn tidy(error: &Error) -> String {
    error.message().trim().replace('\n', "; ")
}

fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|it| it.0 == name).map(|it| it.1)
}

fn unknown(name: &str) -> ModelError {
    let known: Vec<_> = Model::names().collect();
    ModelError::Unknown { name: name.to_owned(), known: known.join(", ") }
}
