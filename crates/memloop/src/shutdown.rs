//! Outputs go off when a command ends, for whatever reason.
//!
//! A command switches its outputs off itself, ramped and verified, when it ends well or is asked to
//! stop. This module owns the other endings: an error, a panic in the command's task, a second
//! signal. It then writes output-off to every instrument at once, without a query.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Result, anyhow};
use smu::KillSwitch;
use tokio::{signal::unix, sync::watch, task::JoinSet};
use transport::Resource;

use crate::{exit::Interrupted, reach::Reach};

/// How long all instruments together may take to accept output-off.
const OFF_LIMIT: Duration = Duration::from_secs(5);

/// Asks a command to end at the next safe place.
#[derive(Clone, Default)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// Whether the command should end.
    pub fn asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Goes on, unless the command should end.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub fn go_on(&self) -> Result<(), Interrupted> {
        if self.asked() { Err(Interrupted) } else { Ok(()) }
    }

    /// Tells a task that waits when it should end.
    pub fn heard(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

/// The outputs that may be on.
#[derive(Clone, Default)]
pub struct Outputs(Arc<Mutex<Vec<Output>>>);

#[derive(Clone)]
struct Output {
    switch: KillSwitch,
    reach: Reach,
}

impl Output {
    /// Off over the link that there is, or over a fresh one.
    async fn off(&self) -> Result<()> {
        let Err(error) = self.switch.off().await else { return Ok(()) };
        // A simulated instrument in this process has no second link: it ended with the first.
        if let Resource::Simulated { .. } = self.reach.resource {
            return Err(error.into());
        }
        let session = self.reach.open_afresh().await?;
        self.switch.over(session.clone()).off().await?;
        // Closing waits until the messages have left.
        session.close().await;
        Ok(())
    }
}

impl Outputs {
    /// From now on, this output goes off with the others.
    pub fn watch(&self, switch: KillSwitch, reach: Reach) {
        let output = Output { switch, reach };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(output);
    }

    /// Output-off to every instrument, all at once, write-only, with a second attempt over a fresh
    /// link. Returns the instruments that did not take it, with the reason.
    pub async fn off_now(&self) -> Vec<String> {
        let outputs = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut pending = JoinSet::new();
        for output in outputs {
            pending.spawn(async move {
                let name = output.switch.name().to_owned();
                match tokio::time::timeout(OFF_LIMIT, output.off()).await {
                    Ok(Ok(())) => None,
                    Ok(Err(error)) => Some(format!("\"{name}\" ({error:#})")),
                    Err(_) => {
                        let limit = OFF_LIMIT.as_secs();
                        Some(format!("\"{name}\" (its link took nothing for {limit} s)"))
                    }
                }
            });
        }
        let failed = pending.join_all().await;
        failed.into_iter().flatten().collect()
    }
}

/// Runs a command; whatever ends it, the outputs are off when this returns, or the error says which
/// may still be on.
///
/// The first SIGINT, SIGTERM or SIGHUP asks the command to stop; a second one does not wait for it.
///
/// # Errors
/// Those of the command; a panic; [`Interrupted`].
pub async fn guarded<F>(command: impl FnOnce(Outputs, Stop) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (outputs, stop) = (Outputs::default(), Stop::default());
    let mut signals = Signals::listen()?;
    let mut running = tokio::spawn(command(outputs.clone(), stop.clone()));
    let result = loop {
        tokio::select! {
            ended = &mut running => break ended.unwrap_or_else(|error| Err(panicked(error))),
            _ = signals.next() => {
                if stop.0.send_replace(true) {
                    running.abort();
                    break Err(Interrupted.into());
                }
                eprintln!("stopping after this batch, then outputs off (once more: outputs off at once)");
            }
        }
    };
    let Err(error) = result else { return Ok(()) };
    let failed = outputs.off_now().await;
    if failed.is_empty() { Err(error) } else { Err(still_on(error, &failed)) }
}

fn panicked(error: tokio::task::JoinError) -> anyhow::Error {
    let reason = error.try_into_panic().ok().and_then(|payload| {
        let text = payload.downcast_ref::<&str>().map(|it| (*it).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
    });
    anyhow!("memloop panicked: {}", reason.unwrap_or_else(|| "no reason given".to_owned()))
}

/// Keeps what the error is, and with it the exit code.
fn still_on(error: anyhow::Error, failed: &[String]) -> anyhow::Error {
    let places = failed.join(", ");
    error.context(format!("THE OUTPUT MAY STILL BE ON at {places}: switch it off by hand"))
}

/// What the user, or the system, asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, Ctrl-C: a console goes back to its prompt.
    Interrupt,
    /// SIGTERM or SIGHUP: the process is to end.
    End,
}

/// SIGINT, SIGTERM and SIGHUP.
pub struct Signals([unix::Signal; 3]);

impl Signals {
    /// From now on they do not end the process.
    ///
    /// # Errors
    /// The system does not let us listen.
    pub fn listen() -> Result<Self> {
        use unix::SignalKind as Kind;
        Ok(Signals([
            unix::signal(Kind::interrupt())?,
            unix::signal(Kind::terminate())?,
            unix::signal(Kind::hangup())?,
        ]))
    }

    /// The next of them.
    pub async fn next(&mut self) -> Signal {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => Signal::Interrupt,
            _ = terminate.recv() => Signal::End,
            _ = hangup.recv() => Signal::End,
        }
    }
}

#[cfg(test)]
mod tests;
