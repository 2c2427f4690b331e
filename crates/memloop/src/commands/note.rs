//! `memloop note`: what happened beside a run.

use anyhow::Result;
use campaign::{Campaign, RunId};
use serde::Serialize;

use super::View;
use crate::{cli::NoteArgs, exit::BadInput};

/// What `memloop note` prints.
#[derive(Serialize)]
struct Noted<'a> {
    run: i64,
    kind: &'a str,
    text: &'a str,
}

/// Writes a note down.
///
/// # Errors
/// A note that says nothing; there is no such campaign or run, or the file cannot be written.
pub fn run(args: &NoteArgs, view: View) -> Result<()> {
    let text = args.text.trim();
    if text.is_empty() {
        return Err(BadInput::new("a note says something: memloop note RUN 'what happened'").into());
    }
    Campaign::note(&args.campaign.campaign, RunId(args.run), &args.kind, text)?;
    let noted = Noted { run: args.run, kind: &args.kind, text };
    view.show(&noted, |it| format!("run {}: noted as {}", it.run, it.kind))
}
