//! Where the messages come from: the command line, a pipe, or somebody who types.

use std::{
    env, fs,
    io::{self, BufRead, IsTerminal},
    path::PathBuf,
    thread,
};

use anyhow::Result;
use rustyline::{Config, DefaultEditor, error::ReadlineError};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Lines that are remembered.
const REMEMBERED: usize = 2000;
const PROMPT: &str = "scpi> ";

/// The messages, one by one.
pub enum Input {
    /// The command line's.
    Given(std::vec::IntoIter<String>),
    /// Read by a thread of its own, which may block for ever.
    Read { lines: Receiver<io::Result<String>>, turns: Option<Sender<()>>, prompted: bool },
}

impl Input {
    /// The messages given; without any, standard input: a console if somebody sits there.
    pub fn of(messages: Vec<String>) -> Input {
        if !messages.is_empty() {
            return Input::Given(messages.into_iter());
        }
        let (sent, lines) = channel(1);
        if io::stdin().is_terminal() {
            let (turns, asked) = channel(1);
            thread::spawn(move || type_lines(asked, &sent));
            return Input::Read { lines, turns: Some(turns), prompted: false };
        }
        thread::spawn(move || {
            for line in io::stdin().lock().lines() {
                if sent.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Input::Read { lines, turns: None, prompted: false }
    }

    /// Whether somebody types.
    pub fn is_console(&self) -> bool {
        matches!(self, Input::Read { turns: Some(_), .. })
    }

    /// The next message; `None` at the end. Given up and called again, it waits for the same one.
    ///
    /// # Errors
    /// The input cannot be read.
    pub async fn next(&mut self) -> Result<Option<String>> {
        match self {
            Input::Given(messages) => Ok(messages.next()),
            Input::Read { lines, turns, prompted } => {
                if let Some(turns) = turns.as_ref().filter(|_| !*prompted) {
                    // Somebody who does not take it has gone: there are no more lines then.
                    let _ = turns.send(()).await;
                    *prompted = true;
                }
                let line = lines.recv().await;
                *prompted = false;
                Ok(line.transpose()?)
            }
        }
    }
}

/// Prompts when it is asked to, so that no prompt stands in the middle of a reply.
fn type_lines(mut asked: Receiver<()>, sent: &Sender<io::Result<String>>) {
    let history = history_file();
    let config = Config::builder().max_history_size(REMEMBERED).map(|it| it.auto_add_history(true));
    let editor = config.and_then(|it| DefaultEditor::with_config(it.build()));
    let mut editor = match editor {
        Ok(editor) => editor,
        Err(error) => {
            let _ = sent.blocking_send(Err(io::Error::other(error)));
            return;
        }
    };
    if let Some(file) = &history {
        // There is none the first time.
        let _ = editor.load_history(file);
    }
    while asked.blocking_recv().is_some() {
        let line = loop {
            match editor.readline(PROMPT) {
                // Ctrl-C drops the line, as in a shell.
                Err(ReadlineError::Interrupted) => {}
                other => break other,
            }
        };
        let line = match line {
            Ok(line) => Ok(line),
            Err(ReadlineError::Eof) => return,
            Err(error) => Err(io::Error::other(error)),
        };
        if let Some(file) = &history
            && let Err(error) = editor.append_history(file)
        {
            tracing::debug!(%error, "the history is not kept");
        }
        if sent.blocking_send(line).is_err() {
            return;
        }
    }
}

/// `memloop/scpi-history` in the user's state folder (XDG Base Directory Specification: state is
/// what is kept between runs and is not worth a backup).
fn history_file() -> Option<PathBuf> {
    let folder = match env::var_os("XDG_STATE_HOME").map(PathBuf::from) {
        Some(folder) if folder.is_absolute() => folder,
        _ => PathBuf::from(env::var_os("HOME")?).join(".local/state"),
    };
    let folder = folder.join("memloop");
    fs::create_dir_all(&folder).ok()?;
    Some(folder.join("scpi-history"))
}
