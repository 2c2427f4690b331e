//! The side channel: what a person standing beside the bench does while it runs.

use std::{collections::BTreeMap, io, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::host::Host;
use crate::fault::{FaultError, FaultPlan};

/// What asks for the names of the instruments; none of them is called so.
pub(crate) const NAMES: &str = "instruments";

/// What was not understood is echoed up to here.
const ECHOED: usize = 80;

/// The longest line; what goes beyond is not looked at.
const LONGEST: u64 = 4096;

/// The instruments of a bench by their names, and what can be done to them by a line of text.
///
/// A line is `<instrument> <what>`, or only what it is about where there is one instrument:
/// - `a1 status`: output, simulated time, level, readings, faults in force and pending;
/// - `a1 silence for 2 replies after 3 replies`: any [`FaultPlan`]; it counts from now on, and
///   without a time it strikes at once;
/// - `instruments`: the names.
///
/// Each is answered by one line: `ok`, `ok <what was asked>` or `error: <why>`.
#[derive(Clone, Default)]
pub struct Panel {
    instruments: BTreeMap<String, Arc<Host>>,
}

impl Panel {
    /// A panel for these instruments.
    pub fn new(instruments: BTreeMap<String, Arc<Host>>) -> Panel {
        Panel { instruments }
    }

    /// Does what a line says; the answer, without a line end.
    pub fn obey(&self, line: &str) -> String {
        match self.try_obey(line.trim()) {
            Ok(answer) if answer.is_empty() => "ok".to_owned(),
            Ok(answer) => format!("ok {answer}"),
            Err(why) => format!("error: {why}"),
        }
    }

    fn try_obey(&self, line: &str) -> Result<String, String> {
        if line == NAMES {
            return Ok(self.names());
        }
        let (name, what) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (host, what) = match self.instruments.get(name) {
            Some(host) => (host, what.trim()),
            None => (self.only().ok_or_else(|| self.unknown(name))?, line),
        };
        if what == "status" {
            return Ok(host.with(|it| it.outlook()).to_string());
        }
        let plan: FaultPlan = what.parse().map_err(|FaultError { found }| {
            let error = FaultError { found: shortened(&found) };
            format!("{error}, or \"status\"")
        })?;
        host.with(|it| it.inject_from_now(plan));
        Ok(String::new())
    }

    fn only(&self) -> Option<&Arc<Host>> {
        self.instruments.values().next().filter(|_| self.instruments.len() == 1)
    }

    fn names(&self) -> String {
        self.instruments.keys().cloned().collect::<Vec<_>>().join(" ")
    }

    fn unknown(&self, name: &str) -> String {
        format!(
            "\"{}\" is not an instrument of this bench: expected one of {}, then what is to \
             happen to it, or \"instruments\"",
            shortened(name),
            self.names()
        )
    }
}

/// The beginning of a text that may be long.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(ECHOED) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Answers whoever connects to the side channel, for ever.
///
/// # Errors
/// The port does not take connections any more.
pub async fn answer_control(listener: TcpListener, panel: Panel) -> io::Result<()> {
    let mut visitors = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                let panel = panel.clone();
                // A visitor who leaves in the middle of a line has left; nothing else is lost.
                visitors.spawn(async move { drop(converse(stream, &panel).await) });
            }
            Some(_) = visitors.join_next() => {}
        }
    }
}

async fn converse(mut stream: TcpStream, panel: &Panel) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.split();
    let mut read = BufReader::new(read);
    loop {
        let mut line = Vec::new();
        let count = (&mut read).take(LONGEST).read_until(b'\n', &mut line).await?;
        if count == 0 {
            return Ok(());
        }
        let mut rest = line.clone();
        while rest.last().is_some_and(|it| *it != b'\n') {
            rest.clear();
            (&mut read).take(LONGEST).read_until(b'\n', &mut rest).await?;
        }
        let answer = panel.obey(&String::from_utf8_lossy(&line));
        write.write_all(format!("{answer}\n").as_bytes()).await?;
    }
}
