//! Outputs go off when a command ends, for whatever reason.
//!
//! A command switches its outputs off itself, ramped and verified, when it ends well or is asked to
//! stop. This module owns the other endings: an error, a panic in the command's task, a second
//! signal. It then writes output-off to every instrument at once, without a query before it, and asks
//! at last whether they are off: people want to know, and the [guard], which is dismissed
//! where they are and goes on with what is in doubt.

use std::{
    future::Future,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use anyhow::{Result, anyhow};
use futures_util::future::join_all;
use smu::KillSwitch;
use tokio::{signal::unix, sync::watch, time::timeout};
use transport::Resource;

use crate::{
    exit::{self, Ended, Interrupted, Interruption},
    guard::{self, GuardProcess, Guarding, Order},
    kept::Kept,
    reach::Reach,
};

/// How long all instruments together may take to accept output-off.
const OFF_LIMIT: Duration = Duration::from_secs(5);

/// How long an instrument may take to say that its output is off.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);

/// How long a command that was aborted may take to be gone: what it computes is not waited for.
const ABORT_LIMIT: Duration = Duration::from_secs(1);

/// What a command is run with.
#[derive(Clone, Default)]
pub struct Guard {
    /// To be told of every output before it can be on.
    pub outputs: Outputs,
    /// When to end.
    pub stop: Stop,
    /// To be told what is on disk.
    pub kept: Kept,
}

impl Guard {
    fn new(guarding: Guarding) -> Guard {
        let guard = GuardProcess::new(guarding);
        let outputs = Outputs { guard: guard.clone(), ..Outputs::default() };
        Guard { outputs, stop: Stop::default(), kept: Kept::new(guard) }
    }
}

/// Asks a command to end at the next safe place.
#[derive(Clone, Default)]
pub struct Stop {
    asked: Arc<watch::Sender<bool>>,
    because: Arc<OnceLock<String>>,
}

impl Stop {
    /// Asks; whether it was asked before.
    pub fn ask(&self) -> bool {
        self.asked.send_replace(true)
    }

    /// Asks for a reason of the run's own; the first counts.
    pub fn ask_because(&self, reason: String) {
        // Another is why already.
        let _ = self.because.set(reason);
        self.ask();
    }

    /// Why the run ends by itself, if it does.
    pub fn because(&self) -> Option<&str> {
        self.because.get().map(String::as_str)
    }

    /// Whether the command should end.
    pub fn asked(&self) -> bool {
        *self.asked.borrow()
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
        self.asked.subscribe()
    }
}

/// The outputs that may be on.
#[derive(Clone, Default)]
pub struct Outputs {
    watched: Arc<Mutex<Vec<Output>>>,
    guard: GuardProcess,
}

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

    /// Whether it is off, asked over the link that there is, or over a fresh one.
    async fn is_off(&self) -> Result<bool> {
        let error = match self.switch.is_off(ANSWER_LIMIT).await {
            Ok(is_off) => return Ok(is_off),
            Err(error) => error,
        };
        if let Resource::Simulated { .. } = self.reach.resource {
            return Err(error.into());
        }
        let session = self.reach.open_afresh().await?;
        let is_off = self.switch.over(session.clone()).is_off(ANSWER_LIMIT).await;
        session.close().await;
        Ok(is_off?)
    }
}

impl Outputs {
    /// From now on, this output goes off with the others.
    ///
    /// # Errors
    /// The guard cannot be started.
    pub fn watch(&self, switch: KillSwitch, reach: Reach) -> Result<()> {
        if let Some(order) = Order::new(&switch, &reach) {
            self.guard.watch(order)?;
        }
        let output = Output { switch, reach };
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).push(output);
        Ok(())
    }

    /// Output-off to every instrument, all at once, write-only, with a second attempt over a fresh
    /// link. Returns the instruments that did not take it, with the reason.
    pub async fn off_now(&self) -> Vec<String> {
        let off = async |output: Output| match timeout(OFF_LIMIT, output.off()).await {
            Ok(off) => off,
            Err(_) => Err(anyhow!("its link took nothing for {} s", OFF_LIMIT.as_secs())),
        };
        self.all(off).await
    }

    /// Asks every instrument whether its output is off. Returns those that do not say so, with the
    /// reason.
    async fn verify(&self) -> Vec<String> {
        let verified = async |output: Output| match timeout(OFF_LIMIT, output.is_off()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(anyhow!("it answers that its output is on")),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(anyhow!("it said nothing for {} s", OFF_LIMIT.as_secs())),
        };
        self.all(verified).await
    }

    /// Does the same with all, at once; the names of those where it failed, each with the reason.
    async fn all<F>(&self, act: impl Fn(Output) -> F) -> Vec<String>
    where
        F: Future<Output = Result<()>>,
    {
        let outputs = self.watched.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let acting = outputs.into_iter().map(|output| {
            let (name, acting) = (output.switch.name().to_owned(), act(output));
            async move { acting.await.err().map(|error| format!("\"{name}\" ({error:#})")) }
        });
        join_all(acting).await.into_iter().flatten().collect()
    }

    /// Switches all off, asks, and says what is known then. The guard goes on with what is not off.
    async fn settle(&self) -> Ending {
        let failed = self.off_now().await;
        let ending = if self.watched.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            Ending::Off("no output was switched on")
        } else if failed.is_empty() {
            match self.verify().await {
                doubtful if doubtful.is_empty() => Ending::Off("all outputs are off (verified)"),
                doubtful => Ending::Doubtful(format!(
                    "output-off was sent to all outputs, and could not be verified at {}",
                    doubtful.join(", ")
                )),
            }
        } else {
            Ending::Doubtful(format!(
                "THE OUTPUT MAY STILL BE ON at {}: switch it off by hand",
                failed.join(", ")
            ))
        };
        match ending {
            Ending::Off(_) => {
                self.guard.dismiss();
                ending
            }
            Ending::Doubtful(text) => {
                let seconds = guard::PATIENCE.as_secs();
                Ending::Doubtful(match self.guard.leave() {
                    Some(pid) => {
                        format!("{text} (the guard, process {pid}, tries for {seconds} s more)")
                    }
                    None => text,
                })
            }
        }
    }
}

/// What is known of the outputs at the end, as a clause.
enum Ending {
    Off(&'static str),
    Doubtful(String),
}

/// Runs a command; whatever ends it, the outputs are off when this returns, or the error says which
/// may still be on.
///
/// The first SIGINT, SIGTERM or SIGHUP asks the command to stop; a second one does not wait for it.
///
/// # Errors
/// Those of the command; a panic; [`Interruption`].
pub async fn guarded<F>(guarding: Guarding, command: impl FnOnce(Guard) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let guard = Guard::new(guarding);
    let mut signals = Signals::listen()?;
    let mut running = tokio::spawn(command(guard.clone()));
    let mut aborted = false;
    let result = loop {
        tokio::select! {
            ended = &mut running => break ended.unwrap_or_else(|error| Err(panicked(error))),
            _ = signals.next() => {
                if guard.stop.ask() {
                    running.abort();
                    aborted = true;
                    break Err(Interrupted.into());
                }
                eprintln!("stopping after this batch, then outputs off (once more: outputs off at once)");
            }
        }
    };
    let Err(error) = result else {
        // Who ends well has verified that its outputs are off.
        guard.outputs.guard.dismiss();
        return Ok(());
    };
    let ending = guard.outputs.settle().await;
    if aborted {
        // Its recorder is dropped with it, and cannot say so itself.
        let _ = timeout(ABORT_LIMIT, running).await;
        guard.kept.interrupted();
    }
    if exit::is_interruption(&error) {
        let outputs = match ending {
            Ending::Off(text) => text.to_owned(),
            Ending::Doubtful(text) => text,
        };
        let kept = guard.kept.to_string();
        return Err(match guard.stop.because() {
            Some(reason) => Ended { reason: reason.to_owned(), kept, outputs }.into(),
            None => Interruption { kept, outputs }.into(),
        });
    }
    match ending {
        Ending::Off(_) => Err(error),
        // Keeps what the error is, and with it the exit code.
        Ending::Doubtful(text) => Err(error.context(text)),
    }
}

fn panicked(error: tokio::task::JoinError) -> anyhow::Error {
    let reason = error.try_into_panic().ok().and_then(|payload| {
        let text = payload.downcast_ref::<&str>().map(|it| (*it).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
    });
    anyhow!("memloop panicked: {}", reason.unwrap_or_else(|| "no reason given".to_owned()))
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
