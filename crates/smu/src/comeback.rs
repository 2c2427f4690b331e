//! Going on after a link was lost, or an instrument was switched off and on, in the middle of a run.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};
use transport::{FailedTry, LinkError, Reconnect, Session, reconnect};

use crate::{Instrument, Rejoined, Smu, SmuError, error::Trouble};

/// How often one measurement may be begun again. A link that fails more often than that fails because
/// of what is said.
const MOST_COMEBACKS: u32 = 5;

/// A session being opened.
pub type Opening = Pin<Box<dyn Future<Output = Result<Session, LinkError>> + Send>>;

/// What a run gives an instrument for the case that its link dies: [`Instrument::rescue_with`].
pub struct Rescue {
    /// How long and how often a connection is tried.
    pub policy: Reconnect,
    /// Opens another session with the same address, and tries once.
    pub open: Arc<dyn Fn() -> Opening + Send + Sync>,
    /// Nobody waits any longer once this is true, or its sender is gone.
    pub stop: watch::Receiver<bool>,
    /// Hears what happens, as it happens.
    pub tell: Arc<dyn Fn(&Comeback) + Send + Sync>,
}

impl fmt::Debug for Rescue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rescue").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What happens to an instrument that was lost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Comeback {
    /// Its link is dead, or can no longer be trusted; it is opened again.
    Lost {
        /// The channel that noticed.
        smu: String,
        /// How it was noticed.
        why: String,
    },
    /// A try failed, and another follows.
    NotYet {
        /// The channel.
        smu: String,
        /// The try.
        failed: FailedTry,
    },
    /// It is the same one, as it was told to be: identity, settings and output were read back.
    Unchanged {
        /// The channel.
        smu: String,
        /// Since the loss was noticed.
        away: Duration,
    },
    /// It was switched off and on; it has been configured again, and everything was read back.
    PowerCycled {
        /// The channel.
        smu: String,
        /// Since the loss was noticed.
        away: Duration,
    },
}

impl fmt::Display for Comeback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Comeback::Lost { smu, why } => {
                write!(f, "the link to \"{smu}\" is lost ({why}); it is opened again")
            }
            Comeback::NotYet { smu, failed } => {
                let FailedTry { number, error, pause, .. } = failed;
                write!(f, "\"{smu}\" is not back, try {number}: {error}; next in {pause:.1?}")
            }
            Comeback::Unchanged { smu, away } => write!(
                f,
                "\"{smu}\" is back after {away:.1?}: identity and all settings are as they were; the \
                 batch is measured again"
            ),
            Comeback::PowerCycled { smu, away } => write!(
                f,
                "\"{smu}\" WAS SWITCHED OFF AND ON and is back after {away:.1?}: it has been reset and \
                 configured again, everything read back, its output starts from 0 V; the batch is \
                 measured again"
            ),
        }
    }
}

/// Why an instrument is given up.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Gone {
    /// No connection came about.
    #[error(transparent)]
    Link(Box<LinkError>),
    /// The run was asked to end.
    #[error("the run was asked to end")]
    Interrupted,
}

/// How often one measurement may still be begun again.
pub(crate) struct Chances(u32);

impl Chances {
    pub(crate) fn new() -> Chances {
        Chances(MOST_COMEBACKS)
    }

    /// Uses one up.
    pub(crate) fn take(&mut self) -> bool {
        let left = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        left
    }
}

impl Smu {
    /// After `error` ended a measurement: makes the channel ready for its repetition, or returns the
    /// error.
    pub(crate) async fn recover(
        &mut self,
        error: SmuError,
        chances: &mut Chances,
    ) -> Result<(), SmuError> {
        if !self.may_come_back(&error).await || !chances.take() {
            return Err(error);
        }
        self.come_back(&error).await
    }

    /// Whether the link was lost or the instrument was switched off and on. What an instrument that
    /// was not reports is an error of the run.
    pub(crate) async fn may_come_back(&self, error: &SmuError) -> bool {
        if self.instrument.rescue().is_none() {
            return false;
        }
        match error.trouble() {
            Trouble::Link | Trouble::PowerCycle => true,
            Trouble::Instrument => {
                let known = self.instrument.recognise(self.limit("")).await;
                known.is_ok() && self.holds_settings().is_err()
            }
            Trouble::Request => false,
        }
    }

    /// Holds the output at 0 V while another instrument is waited for. The source goes there by its
    /// ramp, and only when the instrument has not been switched off and on.
    pub(crate) async fn rest(&mut self) -> Result<(), SmuError> {
        self.instrument.recognise(self.limit("")).await?;
        self.holds_settings()?;
        self.ramp_to_zero().await
    }

    /// Connects again where that is needed, and goes on where the instrument is: as it was, or
    /// configured again after a power cycle. Its output, if it was on, is on at 0 V afterwards.
    ///
    /// The channels of an instrument take turns, so the first one connects for all.
    pub(crate) async fn come_back(&mut self, lost: &SmuError) -> Result<(), SmuError> {
        let (instrument, noticed) = (self.instrument.clone(), Instant::now());
        let Some(rescue) = instrument.rescue() else { return Err(lost.clone()) };
        let _turn = instrument.turn().await;
        let was_on = self.state.output_on;
        let mut chances = Chances::new();
        loop {
            let settled = self.settle(was_on).await;
            let (smu, away) = (self.name.clone(), noticed.elapsed());
            match settled {
                Ok(Rejoined::Unchanged) => {
                    (rescue.tell)(&Comeback::Unchanged { smu, away });
                    return Ok(());
                }
                Ok(Rejoined::PowerCycled) => {
                    (rescue.tell)(&Comeback::PowerCycled { smu, away });
                    return Ok(());
                }
                Err(error) if error.trouble() == Trouble::Link && chances.take() => {
                    let why = if lost.trouble() == Trouble::Link { lost } else { &error };
                    self.connect(rescue, why).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Finds out how the instrument is, and brings it to where it was, at 0 V.
    async fn settle(&mut self, was_on: bool) -> Result<Rejoined, SmuError> {
        self.forget_sweep();
        self.instrument.recognise(self.limit("")).await?;
        if self.holds_settings().is_err() {
            self.reconfigure().await?;
            if was_on {
                self.switch_on().await?;
            }
            return Ok(Rejoined::PowerCycled);
        }
        // They belong to what was cut off. That every setting reads back is what matters.
        self.queued_errors().await?;
        if self.state.switching {
            // Nobody knows whether it took the command: the safe one puts an end to that.
            self.say(&self.file().operations.output_off.with(&self.values())).await?;
            (self.state.output_on, self.state.switching) = (false, false);
        }
        self.compare().await?;
        match (was_on, self.state.output_on) {
            (true, false) => self.switch_on().await?,
            _ => self.ramp_to_zero().await?,
        }
        Ok(Rejoined::Unchanged)
    }

    async fn connect(&mut self, rescue: &Rescue, lost: &SmuError) -> Result<(), SmuError> {
        let (why, smu, began) = (lost.with_reason(), self.name.clone(), Instant::now());
        (rescue.tell)(&Comeback::Lost { smu: smu.clone(), why: why.clone() });
        let abort = self.file().operations.abort.with(&self.values());
        // Each try owns what it needs: a borrowing one could not be sent to another thread.
        let (instrument, open, tell) =
            (self.instrument.clone(), Arc::clone(&rescue.open), Arc::clone(&rescue.tell));
        let connect = move || {
            let (instrument, abort, opening) = (instrument.clone(), abort.clone(), open());
            let attempt: Opening = Box::pin(async move {
                let session = opening.await?;
                instrument.greet(&session, &abort).await?;
                Ok(session)
            });
            attempt
        };
        let name = smu.clone();
        let not_yet = move |failed: &FailedTry| {
            tell(&Comeback::NotYet { smu: name.clone(), failed: failed.clone() });
        };
        let policy = rescue.policy;
        let reconnecting: Opening =
            Box::pin(async move { reconnect(&policy, connect, not_yet).await });
        let mut stop = rescue.stop.clone();
        let stopped = async move {
            // A sender that is gone will never say so again.
            let _ = stop.wait_for(|asked| *asked).await;
        };
        let found = tokio::select! {
            biased;
            () = stopped => Err(Gone::Interrupted),
            found = reconnecting => found.map_err(|it| Gone::Link(Box::new(it))),
        };
        let away = began.elapsed();
        let session = found.map_err(|source| SmuError::NotBack { smu, lost: why, away, source })?;
        self.instrument.replace_session(session);
        self.state.behind = 0;
        Ok(())
    }
}

impl Instrument {
    /// From now on, a measurement whose link dies opens it again, and begins again.
    ///
    /// An instrument has one rescue for good; a second is ignored.
    pub fn rescue_with(&self, rescue: Rescue) {
        let _ = self.rescue_place().set(rescue);
    }
}
