//! `memloop scpi`: talk to an instrument.

mod exchange;
mod input;
mod words;

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use scpi_parser::reply;
use transport::{Session, SessionError};

use super::View;
use crate::{
    cli::ScpiArgs,
    exit::{BadInput, Interrupted},
    reach::{Directory, Reach, time},
    shutdown::{Signal, Signals},
    transcript::Transcripts,
};
use exchange::Exchange;
use input::Input;
use words::Word;

/// Entries of the error queue that are read after one message.
const MOST_ERRORS: usize = 20;
/// How long output-off at the end may take.
const OFF_LIMIT: Duration = Duration::from_secs(5);

/// Opens the link and talks until the input ends.
///
/// # Errors
/// Nobody answers at the address; without a console, the messages that failed; [`Interrupted`].
pub async fn run(args: ScpiArgs, view: View, transcripts: Transcripts) -> Result<()> {
    let limit = time("--limit", &args.reach.limit)?;
    if args.off_at_end.as_ref().is_some_and(|it| it.contains('?')) {
        return Err(BadInput::new("--off-at-end takes a message that asks for nothing").into());
    }
    let reach = Directory::new(&args.reach)?.find(&args.resource)?;
    let mut begun = transcripts.begin([(args.resource.as_str(), reach.resource.to_string())])?;
    let reach = reach.recorded(begun.pop().flatten());
    // A signal between here and the prompt is not lost.
    let signals = Signals::listen()?;
    let session = reach.open().await?;
    let input = Input::of(args.messages);
    let errors = (!args.no_errors).then_some(args.error_query);
    let off_at_end = args.off_at_end;
    let console = input.is_console();
    if console {
        welcome(&reach, off_at_end.as_deref());
    }
    let talk = Talk { session: session.clone(), limit, errors, view, console, signals };
    // In a task of its own, so that a panic is followed by output-off too.
    let talked = tokio::spawn(talk.run(input)).await;
    let result = talked.unwrap_or_else(|error| Err(anyhow!("memloop panicked: {error}")));
    if let Some(message) = off_at_end {
        let off = tokio::time::timeout(OFF_LIMIT, switch_off(&reach, &session, &message)).await;
        off.unwrap_or_else(|_| Err(anyhow!("its link took nothing for {OFF_LIMIT:?}")))
            .with_context(|| format!("`{message}` was not taken: THE OUTPUT MAY STILL BE ON"))?;
    }
    session.close().await;
    result
}

fn welcome(reach: &Reach, off_at_end: Option<&str>) {
    eprintln!("{} is open. !help lists what is no SCPI; Ctrl-D ends.", reach.resource);
    match off_at_end {
        Some(message) => eprintln!("At the end, however it comes, `{message}` is sent."),
        None => eprintln!(
            "What you type is what is sent: no level is checked, and outputs stay as you leave them \
             (--off-at-end switches off)."
        ),
    }
}

/// Over the link that there is, or over a fresh one.
async fn switch_off(reach: &Reach, session: &Session, message: &str) -> Result<()> {
    if session.write_urgent(message).await.is_ok() {
        return Ok(());
    }
    let session = reach.open_afresh().await?;
    session.write_urgent(message).await?;
    session.close().await;
    Ok(())
}

/// A conversation.
struct Talk {
    session: Session,
    limit: Duration,
    /// The query of the error queue, if it is asked.
    errors: Option<String>,
    view: View,
    console: bool,
    signals: Signals,
}

impl Talk {
    async fn run(mut self, mut input: Input) -> Result<()> {
        let mut told = Vec::new();
        let mut failed = 0;
        loop {
            let line = tokio::select! {
                line = input.next() => line?,
                signal = self.signals.next() => match signal {
                    Signal::Interrupt if self.console => continue,
                    _ => return Err(Interrupted.into()),
                },
            };
            let Some(line) = line else { break };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some(exchange) = self.obey(line).await? else { break };
            failed += usize::from(exchange.has_failed());
            if !self.view.json || self.console {
                exchange.print()?;
            } else {
                told.push(exchange);
            }
        }
        if self.view.json && !self.console {
            self.view.show(&told, |_| String::new())?;
        }
        match failed {
            0 => Ok(()),
            _ if self.console => Ok(()),
            _ => Err(anyhow!("{failed} of the messages failed or left an error")),
        }
    }

    /// Does what a line says; `None` ends the conversation.
    async fn obey(&mut self, line: &str) -> Result<Option<Exchange>> {
        let Some(word) = Word::read(line) else { return self.message(line).await.map(Some) };
        let word = match word {
            Ok(word) => word,
            Err(sentence) => return Ok(Some(Exchange::failed(line, sentence))),
        };
        let done = match word {
            Word::Quit => return Ok(None),
            Word::Help => Ok(words::HELP.trim_end().to_owned()),
            Word::Errors(on) => {
                let query = self.errors.take().unwrap_or_else(|| ":SYST:ERR?".to_owned());
                self.errors = on.then_some(query);
                Ok(if on { "errors are read" } else { "errors are not read" }.to_owned())
            }
            Word::Limit(limit) => {
                self.limit = limit;
                Ok(format!("replies may take {limit:?}"))
            }
            Word::Clear => self.session.clear().await.map(|()| "cleared".to_owned()),
            Word::Trigger => self.session.trigger().await.map(|()| "triggered".to_owned()),
            Word::Status => self.session.status_byte(self.limit).await.map(|byte| match byte {
                Some(byte) => words::status(byte),
                None => "this link has no serial poll; ask *STB?".to_owned(),
            }),
            Word::Block { bytes, query } => {
                let mut exchange = Exchange::new(&query);
                let (session, limit) = (self.session.clone(), self.limit);
                let asked = async { session.query_block(&query, bytes, limit).await.map(Some) };
                self.finish(&mut exchange, asked).await?;
                return Ok(Some(exchange));
            }
        };
        Ok(Some(match done {
            Ok(text) => Exchange::said(line, text),
            Err(error) => Exchange::failed(line, error.to_string()),
        }))
    }

    async fn message(&mut self, line: &str) -> Result<Exchange> {
        let mut exchange = Exchange::new(line);
        let (session, limit) = (self.session.clone(), self.limit);
        let asked = async move {
            match session.write(line).await {
                // Nothing has left: it asks for a reply.
                Err(SessionError::Unanswered { .. }) => session.query(line, limit).await.map(Some),
                written => written.map(|()| None),
            }
        };
        self.finish(&mut exchange, asked).await?;
        Ok(exchange)
    }

    /// Waits for what was asked, then reads the error queue. Ctrl-C gives up.
    async fn finish(
        &mut self,
        exchange: &mut Exchange,
        asked: impl Future<Output = Result<Option<Vec<u8>>, SessionError>>,
    ) -> Result<()> {
        let answered = tokio::select! {
            answered = asked => answered,
            signal = self.signals.next() => {
                if signal == Signal::End || !self.console {
                    return Err(Interrupted.into());
                }
                // Outstanding replies are given up, and the instrument proves before the next
                // message that none is on its way.
                self.session.clear().await?;
                exchange.fail("given up: its reply, if it comes, is dropped".to_owned());
                return Ok(());
            }
        };
        exchange.answered(answered);
        let asks_itself = self.errors.as_ref().is_some_and(|query| exchange.asks(query));
        if exchange.has_failed() || asks_itself {
            return Ok(());
        }
        let Some(query) = self.errors.clone() else { return Ok(()) };
        for _ in 0..MOST_ERRORS {
            match self.session.query(&query, self.limit).await {
                Ok(entry) => match reply::error_entry(&entry) {
                    Ok((0, _)) => break,
                    Ok((code, text)) => exchange.error(code, text),
                    Err(_) => {
                        let shown = String::from_utf8_lossy(&entry).into_owned();
                        exchange
                            .fail(format!("`{query}` answers `{shown}`, which is no error entry"));
                        break;
                    }
                },
                Err(error) => {
                    exchange.fail(error.to_string());
                    break;
                }
            }
        }
        Ok(())
    }
}
