//! How a command ends: exit codes, and errors as one sentence.

use std::fmt;

use anyhow::Error;
use smu::Gone;

/// A mistake in what the user wrote: a file, a key, an option. Exit code 2.
#[derive(Debug)]
pub struct BadInput(String);

impl BadInput {
    /// The sentence to show.
    pub fn new(sentence: impl Into<String>) -> Self {
        BadInput(sentence.into())
    }
}

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}

/// The user, or the system, asked the run to end. Exit code 130.
#[derive(Debug)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// The same, told to the user: what is kept, and whether outputs are off.
#[derive(Debug)]
pub struct Interruption {
    /// What the run has on disk.
    pub kept: String,
    /// What is known of the outputs.
    pub outputs: String,
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "interrupted: {}; {}", self.kept, self.outputs)
    }
}

impl std::error::Error for Interruption {}

/// The bench's watch ended the run. Exit code 1.
#[derive(Debug)]
pub struct Ended {
    /// What was watched, found, and accepted.
    pub reason: String,
    /// What the run has on disk.
    pub kept: String,
    /// What is known of the outputs.
    pub outputs: String,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ended by the bench's watch: {}; {}; {}", self.reason, self.kept, self.outputs)
    }
}

impl std::error::Error for Ended {}

/// Whether a run ended because it was asked to, also while it waited for a lost instrument.
pub fn is_interruption(error: &Error) -> bool {
    let waited = |it: &(dyn std::error::Error + 'static)| {
        matches!(it.downcast_ref(), Some(Gone::Interrupted))
    };
    error.is::<Interrupted>() || error.is::<Interruption>() || error.chain().any(waited)
}

/// What standard error says of a command that did not end well.
pub fn sentence(error: &Error) -> String {
    if error.is::<Interruption>() { error.to_string() } else { format!("error: {error:#}") }
}

/// The process's exit code: 0 done, 1 failed, 2 usage, 130 interrupted.
pub fn code(result: &Result<(), Error>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(error) if is_interruption(error) => 130,
        Err(error) if error.is::<BadInput>() => 2,
        Err(_) => 1,
    }
}
