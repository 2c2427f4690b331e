//! TOML files: read, and refused with file, line, key, what was found and what would be accepted.

mod place;
mod words;

use std::{fs, ops::Range, path::Path};

use anyhow::Result;
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};

use self::{
    place::{Place, Written},
    words::{Complaint, is_table, plain},
};
use crate::exit::BadInput;

/// Stands for a key or a word that nothing accepts, so that the refusal names what is accepted.
const NOTHING: &str = "?";

/// Reads a file that the user named.
///
/// # Errors
/// The file cannot be read; the sentence names it and the reason.
pub fn read(path: &Path) -> Result<String> {
    check_ends(path)?;
    let text = fs::read_to_string(path)
        .map_err(|error| BadInput::new(format!("{} cannot be read: {error}", path.display())))?;
    Ok(text)
}

/// Refuses what is no file on disk, and may never end: a device, a pipe. What cannot be looked at is
/// for reading to tell.
///
/// # Errors
/// The sentence names it and what would be accepted.
pub fn check_ends(path: &Path) -> Result<(), BadInput> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => Err(BadInput::new(format!(
            "{} is not a file on disk but a device or a pipe, which may never end: accepted is a regular file",
            path.display()
        ))),
        _ => Ok(()),
    }
}

/// A name that people give: any text on one line. It is printed, and drawn in figures.
///
/// # Errors
/// It has a control character.
pub fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    match name.chars().find(|it| it.is_control()) {
        Some(found) => Err(D::Error::custom(format!(
            "a name has the control character U+{:04X}: accepted is text on one line, without control characters",
            u32::from(found)
        ))),
        None => Ok(name),
    }
}

/// Parses the text of a configuration file.
///
/// # Errors
/// One sentence with the file, the line, the key, what was found there, and what would be accepted.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let complaint = Complaint::of(error.message());
        let place = error.span().map(|it| (Place::of(text, &it), it));
        BadInput::new(match place {
            // What the whole file lacks has no line.
            Some((place, _)) if place.path.is_empty() && is_missing(&complaint) => {
                format!("{file}: {}", briefly(complaint))
            }
            Some((place, span)) => {
                let number = place.number;
                format!("{file}:{number}: {}", sentence::<T>(text, &span, place, complaint))
            }
            None => format!("{file}: {}", briefly(complaint)),
        })
        .into()
    })
}

/// A message of the parser about a value whose place is known by its line alone, or not at all.
pub fn in_words(message: &str, line: Option<&str>) -> String {
    let sentence = briefly(Complaint::of(message));
    match line.map(str::trim).filter(|it| !it.is_empty()) {
        Some(line) => format!("{sentence} (in `{line}`)"),
        None => sentence,
    }
}

fn is_missing(complaint: &Complaint) -> bool {
    matches!(complaint, Complaint::MissingKey { .. })
}

/// What is wrong at a place, and what would be accepted there.
fn sentence<T: DeserializeOwned>(
    text: &str,
    span: &Range<usize>,
    place: Place<'_>,
    complaint: Complaint,
) -> String {
    let Place { line, path, written, .. } = place;
    let accepted = match complaint {
        Complaint::Value { .. } | Complaint::NoWord if written == Written::OneOfTables => {
            return format!("[[{path}]] is one of several tables: accepted is one, [{path}]");
        }
        Complaint::Value { expected } if written == Written::Table && !is_table(&expected) => {
            return match expected.as_str() {
                "a sequence" => {
                    format!("[{path}] is a single table: accepted are several, each [[{path}]]")
                }
                expected => format!("[{path}] is a table: accepted is {}", plain(expected)),
            };
        }
        Complaint::Value { expected } if is_table(&expected) => table::<T>(text, span),
        Complaint::Value { expected } if expected == "a sequence" => list::<T>(text, span, &path),
        Complaint::Value { expected } => plain(&expected),
        Complaint::NoWord => word::<T>(text, span),
        Complaint::UnknownWord { accepted } => one_of(&accepted),
        Complaint::UnknownKey { key, accepted } => {
            let table = path.strip_suffix(key.as_str()).unwrap_or(&path).trim_end_matches('.');
            return format!("unknown key `{key}`{}: {}", inside(table), keys(&accepted));
        }
        Complaint::MissingKey { key } => return format!("missing key `{key}`{}", inside(&path)),
        Complaint::Other(sentence) => {
            return match written {
                // A table's own sentence names its keys.
                Written::Value(found) if !sentence.starts_with(&path) => {
                    format!("{path} = {found}: {sentence}")
                }
                Written::Element(found) => format!("{found} in {path}: {sentence}"),
                Written::Other if !line.is_empty() => format!("{sentence} (in `{line}`)"),
                _ => sentence,
            };
        }
    };
    match written {
        Written::Value(found) => format!("{path} = {found}: accepted is {accepted}"),
        Written::Element(found) => format!("{found} in {path}: accepted is {accepted}"),
        _ => format!("{path}: accepted is {accepted}"),
    }
}

/// Without a place.
fn briefly(complaint: Complaint) -> String {
    match complaint {
        Complaint::Value { expected } => format!("accepted is {}", plain(&expected)),
        Complaint::NoWord => "accepted is a word in quotes".to_owned(),
        Complaint::UnknownWord { accepted } => format!("accepted is {}", one_of(&accepted)),
        Complaint::UnknownKey { key, accepted } => {
            format!("unknown key `{key}`: {}", keys(&accepted))
        }
        Complaint::MissingKey { key } => format!("missing key `{key}`"),
        Complaint::Other(sentence) => sentence,
    }
}

fn inside(table: &str) -> String {
    match table {
        "" => String::new(),
        table => format!(" in `{table}`"),
    }
}

fn keys(accepted: &[String]) -> String {
    match accepted {
        [] => "no key is accepted here".to_owned(),
        [one] => format!("accepted is `{one}`"),
        several => format!("accepted are {}", listed(several)),
    }
}

fn listed(keys: &[String]) -> String {
    keys.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

/// Words as a file has them.
fn one_of(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|it| format!("\"{it}\"")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        [one, other] => format!("{one} or {other}"),
        several => format!("one of {}", several.join(", ")),
    }
}

/// What `T` says of its file with something else at a place: it names what it accepts there.
fn instead<T: DeserializeOwned>(text: &str, span: &Range<usize>, other: &str) -> Option<Complaint> {
    let (before, after) = (text.get(..span.start)?, text.get(span.end..)?);
    let refused = toml::from_str::<T>(&format!("{before}{other}{after}")).err()?;
    Some(Complaint::of(refused.message()))
}

/// The table that is accepted at a place, with its keys.
fn table<T: DeserializeOwned>(text: &str, span: &Range<usize>) -> String {
    match instead::<T>(text, span, &format!("{{ \"{NOTHING}\" = 0 }}")) {
        Some(Complaint::UnknownKey { key, accepted }) if key == NOTHING => {
            format!("a table; its keys are {}", listed(&accepted))
        }
        _ => "a table".to_owned(),
    }
}

/// The list that is accepted at a place: of tables, or of what its elements are.
fn list<T: DeserializeOwned>(text: &str, span: &Range<usize>, path: &str) -> String {
    match instead::<T>(text, span, &format!("[{{ \"{NOTHING}\" = 0 }}]")) {
        Some(Complaint::UnknownKey { key, accepted }) if key == NOTHING => {
            let keys = listed(&accepted);
            format!("one table or more, each headed [[{path}]]; their keys are {keys}")
        }
        Some(Complaint::Value { expected }) if !is_table(&expected) => {
            format!("a list in square brackets, each element {}", plain(&expected))
        }
        Some(Complaint::UnknownWord { accepted }) => {
            format!("a list in square brackets, each element {}", one_of(&accepted))
        }
        _ => plain("a sequence"),
    }
}

/// The words that are accepted at a place.
fn word<T: DeserializeOwned>(text: &str, span: &Range<usize>) -> String {
    match instead::<T>(text, span, &format!("\"{NOTHING}\"")) {
        Some(Complaint::UnknownWord { accepted }) => one_of(&accepted),
        _ => "a word in quotes".to_owned(),
    }
}

#[cfg(test)]
mod tests;
