//! TOML files: read, and refused with file, line, key and what would be accepted.

use std::{fs, path::Path};

use anyhow::Result;
use serde::de::DeserializeOwned;

use crate::exit::BadInput;

/// Reads a file that the user named.
///
/// # Errors
/// The file cannot be read; the sentence names it and the reason.
pub fn read(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path)
        .map_err(|error| BadInput::new(format!("{} cannot be read: {error}", path.display())))?;
    Ok(text)
}

/// Parses the text of a configuration file.
///
/// # Errors
/// One sentence with the file, the line and its text, and what would be accepted there.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let place = error.span().map(|span| place(text, span.start));
        let what = error.message().trim().replace('\n', "; ");
        BadInput::new(match place {
            Some((number, line)) if !line.is_empty() => {
                format!("{file}:{number}: {what} (in `{line}`)")
            }
            _ => format!("{file}: {what}"),
        })
        .into()
    })
}

/// The number and the text of the line that holds byte `offset`.
fn place(text: &str, offset: usize) -> (usize, &str) {
    let before = &text[..offset.min(text.len())];
    let start = before.rfind('\n').map_or(0, |it| it + 1);
    let line = text[start..].lines().next().unwrap_or_default().trim();
    (before.matches('\n').count() + 1, line)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its parsing is tested")]
        hidden: usize,
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_file_and_line() {
        let error = parse::<Sample>("iris.toml", "hidden = 2\nhiden = 3\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "iris.toml:2: unknown field `hiden`, expected `hidden` (in `hiden = 3`)"
        );
        assert!(error.is::<BadInput>());
    }

    #[test]
    fn a_missing_key_is_named() {
        let error = parse::<Sample>("iris.toml", "").unwrap_err();
        assert_eq!(error.to_string(), "iris.toml: missing field `hidden`");
    }
}
