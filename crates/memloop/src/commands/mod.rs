//! One file per command.

pub mod check;
pub mod data;
pub mod discover;
pub mod evaluate;
pub mod gradient;
pub mod idn;
pub mod iv;
pub mod note;
pub mod resume;
pub mod runs;
pub mod scpi;
pub mod show;
pub mod train;
pub mod twins;
pub mod weights;

use std::io::{self, Write};

use ::gradient::Pair;
use anyhow::Result;
use serde::Serialize;

/// How the user wants to see things.
#[derive(Clone, Copy)]
pub struct View {
    /// One JSON document in place of tables.
    pub json: bool,
    /// No progress bars, no bills: only results and errors.
    pub quiet: bool,
}

impl View {
    /// Prints `document` as JSON, or what `text` makes of it.
    ///
    /// # Errors
    /// The document cannot be written as JSON.
    pub fn show<T: Serialize>(self, document: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
        if self.json { say(&serde_json::to_string_pretty(document)?) } else { say(&text(document)) }
    }

    /// Tells people what is about to be done, beside the result.
    pub fn tell(self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }
}

/// Prints to standard output. A reader that has gone (`| head`) ends nothing: what was measured is
/// on disk.
///
/// # Errors
/// Any other failure to write.
pub fn say(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Switches every output on, at 0 V.
///
/// # Errors
/// The first that failed.
pub async fn switch_on<'p>(pairs: impl IntoIterator<Item = &'p mut Pair>) -> Result<()> {
    for pair in pairs {
        pair.output_on().await?;
    }
    Ok(())
}

/// Ramps every output down and switches it off; all are tried.
///
/// # Errors
/// The first that failed.
pub async fn switch_off<'p>(pairs: impl IntoIterator<Item = &'p mut Pair>) -> Result<()> {
    let mut result = Ok(());
    for pair in pairs {
        let off = pair.output_off().await;
        result = result.and(off.map_err(Into::into));
    }
    result
}

/// What was measured, provided that the outputs went off; the first error otherwise.
///
/// # Errors
/// Either's.
pub fn then_off<T>(measured: Result<T>, off: Result<()>) -> Result<T> {
    let measured = measured?;
    off?;
    Ok(measured)
}
