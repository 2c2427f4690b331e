//! One file per command.

pub mod campaign;
pub mod check;
pub mod compare;
pub mod data;
pub mod discover;
pub mod evaluate;
pub mod export;
pub mod gradient;
pub mod idn;
pub mod import;
pub mod iv;
pub mod note;
pub mod replay;
pub mod resume;
pub mod runs;
pub mod scpi;
pub mod show;
pub mod train;
pub mod twins;
pub mod weights;

use std::{
    io::{self, Write},
    path::Path,
};

use ::campaign::{Campaign, CampaignError, Interrupter};
use ::gradient::Pair;
use anyhow::{Result, anyhow};
use serde::Serialize;
use tokio::{runtime::Handle, task::JoinHandle};

use crate::{
    exit::{BadInput, Interrupted},
    shutdown::{Signals, Stop},
};

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

/// Opens a campaign to read it.
///
/// # Errors
/// There is no such file, or it is none that this memloop can read: bad input.
pub fn reading(path: &Path) -> Result<Campaign> {
    use CampaignError::{NeedsFolder, NewerSchema, NoSuchFile, NotACampaign};
    Campaign::open_read_only(path).map_err(|error| match error {
        NoSuchFile { .. } | NotACampaign { .. } | NewerSchema { .. } | NeedsFolder { .. } => {
            BadInput::new(error.to_string()).into()
        }
        error => error.into(),
    })
}

/// Does what takes long and has no instruments. A signal asks it to stop, and it ends by itself, so that
/// it can tidy up; a second one does not wait for that.
///
/// # Errors
/// Those of the work; [`Interrupted`].
pub async fn long<T: Send + 'static>(
    work: impl FnOnce(&Stop) -> Result<T> + Send + 'static,
) -> Result<T> {
    let mut signals = Signals::listen()?;
    let stop = Stop::default();
    let asked = stop.clone();
    let mut working = tokio::task::spawn_blocking(move || work(&asked));
    tokio::select! {
        done = &mut working => return done?,
        _ = signals.next() => stop.ask(),
    };
    let done = tokio::select! {
        done = working => done?,
        _ = signals.next() => Err(anyhow!("it did not tidy up")),
    };
    match done {
        // It was done before it heard.
        Ok(value) => Ok(value),
        Err(_) => Err(Interrupted.into()),
    }
}

/// Has a stop end a long statement too.
///
/// # Errors
/// There is no runtime.
pub fn interrupt_on(stop: &Stop, interrupter: Interrupter) -> Result<Waits> {
    let mut heard = stop.heard();
    let waiting = Handle::try_current()?.spawn(async move {
        if heard.wait_for(|it| *it).await.is_ok() {
            interrupter.interrupt();
        }
    });
    Ok(Waits(waiting))
}

/// Waits for a stop until it is dropped.
pub struct Waits(JoinHandle<()>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.abort();
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
