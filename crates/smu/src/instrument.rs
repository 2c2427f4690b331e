//! One box on one link, with one channel or several.

use std::{
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use scpi_parser::reply::{self, ReplyError};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard};
use transport::{EndReason, LinkError, Session, SessionError};

use crate::{Carries, Model, Rescue, SmuError, error::time_limit, template::Values};

/// Errors read before giving up on an instrument whose queue does not end.
const MOST_ERRORS: usize = 20;
/// IEEE 488.2, 11.5.1.1.2: power-on, in the standard event status register.
const POWER_ON: u32 = 1 << 7;

/// Who an instrument says it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// First field of `*IDN?`.
    pub maker: String,
    /// Second field.
    pub model: String,
    /// Third field.
    pub serial: String,
    /// The rest.
    pub firmware: String,
}

impl Identity {
    /// What an answer to `*IDN?` says; fields that it has not are empty.
    pub fn of(answer: &[u8]) -> Identity {
        let answer = String::from_utf8_lossy(answer);
        let mut fields = answer.trim().splitn(4, ',').map(|it| it.trim().to_owned());
        let mut field = || fields.next().unwrap_or_default();
        Identity { maker: field(), model: field(), serial: field(), firmware: field() }
    }
}

/// An identified instrument that was reset: every output is off. Clones are the same instrument;
/// its channels share the session, the reset and the error queue.
#[derive(Clone, Debug)]
pub struct Instrument {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    model: Model,
    identity: Identity,
    carries: Carries,
    session: Arc<RwLock<Session>>,
    /// Counts what takes all settings away: power cycles and resets.
    epoch: AtomicU64,
    /// A reset was sent in this epoch.
    fresh: AtomicBool,
    /// Opens the link again.
    rescue: OnceLock<Rescue>,
    /// Held by the channel that brings it back.
    turn: Mutex<()>,
}

impl Instrument {
    /// Asks who it is, compares, and resets it; its error queue must be empty after that.
    ///
    /// What a program that died has left running is ended first: by the link's device clear where it
    /// has one; elsewhere, if no identity comes, by the model's abort, after which it is asked again.
    ///
    /// # Errors
    /// Another instrument, or one that speaks another language: it was told nothing else. An entry in
    /// the error queue; a link that fails.
    pub async fn open(name: &str, session: Session, model: Model) -> Result<Instrument, SmuError> {
        Instrument::open_over(name, session, model, Carries::default()).await
    }

    /// As [`Instrument::open`], over a link whose traits are known.
    ///
    /// # Errors
    /// As for [`Instrument::open`].
    pub async fn open_over(
        name: &str,
        session: Session,
        model: Model,
        carries: Carries,
    ) -> Result<Instrument, SmuError> {
        let identity = Identity {
            maker: String::new(),
            model: String::new(),
            serial: String::new(),
            firmware: String::new(),
        };
        let mut shared = Shared {
            name: name.to_owned(),
            model,
            identity,
            carries,
            session: Arc::new(RwLock::new(session)),
            epoch: AtomicU64::new(0),
            fresh: AtomicBool::new(true),
            rescue: OnceLock::new(),
            turn: Mutex::new(()),
        };
        shared.identity = shared.identify_left_alone(time_limit(0.0)).await?;
        shared.speaks_our_language().await?;
        let instrument = Instrument { shared: Arc::new(shared) };
        instrument.reset().await?;
        Ok(instrument)
    }

    /// As errors name it.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// What its file says of it.
    pub fn model(&self) -> &Model {
        &self.shared.model
    }

    /// Who it says it is.
    pub fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    /// What its maker warns of at this firmware; empty when nothing.
    pub fn firmware_warnings(&self) -> Vec<&str> {
        self.shared.model.firmware_warnings(&self.shared.identity)
    }

    /// The session that leads to it.
    pub fn session(&self) -> Session {
        self.shared.session()
    }

    pub(crate) fn carries(&self) -> Carries {
        self.shared.carries
    }

    /// The session that all handles and kill switches of this instrument use.
    pub(crate) fn shared_session(&self) -> Arc<RwLock<Session>> {
        Arc::clone(&self.shared.session)
    }

    /// Puts another link below everything that speaks to this instrument.
    pub(crate) fn replace_session(&self, session: Session) {
        *self.shared.session.write().unwrap_or_else(PoisonError::into_inner) = session;
    }

    pub(crate) fn rescue_place(&self) -> &OnceLock<Rescue> {
        &self.shared.rescue
    }

    pub(crate) fn rescue(&self) -> Option<&Rescue> {
        self.shared.rescue.get()
    }

    /// Waits for its turn to bring the instrument back.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.shared.turn.lock().await
    }

    /// Whether somebody answers over a new link. A sweep of before is aborted first: one that waits
    /// for a trigger would never answer.
    pub(crate) async fn greet(&self, session: &Session, abort: &str) -> Result<(), LinkError> {
        let (query, limit) = (self.shared.model.identity.query.as_str(), time_limit(0.0));
        let answered = match session.write_urgent(abort).await {
            Ok(()) => session.query(query, limit).await.map(|_| ()),
            Err(error) => Err(error),
        };
        answered.map_err(|error| match error {
            SessionError::Ended(EndReason::Link(error)) => error,
            _ => LinkError::NoAnswer { resource: self.name().to_owned(), limit },
        })
    }

    /// In which stretch without power cycle and reset the instrument is.
    pub(crate) fn epoch(&self) -> u64 {
        self.shared.epoch.load(Ordering::Acquire)
    }

    fn begin_epoch(&self) {
        self.shared.fresh.store(false, Ordering::Release);
        self.shared.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// Makes sure that a reset came after `epoch`, in which the caller was configured.
    pub(crate) async fn reset_after(&self, epoch: u64) -> Result<(), SmuError> {
        if epoch == self.epoch() {
            self.begin_epoch();
        }
        if !self.shared.fresh.load(Ordering::Acquire) {
            self.reset().await?;
            self.shared.fresh.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Sends what every new conversation begins with: a reset, which switches all outputs off.
    async fn reset(&self) -> Result<(), SmuError> {
        for command in &self.shared.model.operations.prepare.0 {
            self.say(command.as_str()).await?;
        }
        self.check_errors("reset").await
    }

    /// Asks who it is, and whether it was switched off and on since the last time; notes it if so.
    ///
    /// # Errors
    /// Another instrument, also another of the same model; the link.
    pub(crate) async fn recognise(&self, limit: Duration) -> Result<(), SmuError> {
        let found = self.shared.identify(limit).await?;
        if found != self.shared.identity {
            return Err(self.shared.another(&self.shared.identity, &found));
        }
        let command = self.shared.model.operations.event_status.as_str();
        let answer = self.ask_within(command, limit).await?;
        let events = reply::number(&answer).ok().and_then(reply::Number::value);
        let unreadable = || {
            let found = String::from_utf8_lossy(&answer).into_owned();
            self.unreadable(command, ReplyError::NotANumber { found })
        };
        if events.ok_or_else(unreadable)? as u32 & POWER_ON != 0 {
            self.begin_epoch();
        }
        Ok(())
    }

    async fn say(&self, message: &str) -> Result<(), SmuError> {
        self.shared.say(message).await
    }

    async fn ask_within(&self, message: &str, limit: Duration) -> Result<Vec<u8>, SmuError> {
        self.shared.ask(message, limit).await
    }

    /// Reads the error queue until it is empty; it must have been.
    pub(crate) async fn check_errors(&self, after: &'static str) -> Result<(), SmuError> {
        let errors = self.queued_errors(time_limit(0.0)).await?;
        if errors.is_empty() { Ok(()) } else { Err(self.reported(after, errors)) }
    }

    /// Reads the error queue until it is empty.
    pub(crate) async fn queued_errors(
        &self,
        limit: Duration,
    ) -> Result<Vec<(i32, String)>, SmuError> {
        let mut errors = Vec::new();
        let command = self.shared.model.operations.next_error.as_str();
        while errors.len() < MOST_ERRORS {
            let answer = self.ask_within(command, limit).await?;
            let entry =
                reply::error_entry(&answer).map_err(|source| self.unreadable(command, source))?;
            if entry.0 == 0 {
                break;
            }
            errors.push(entry);
        }
        Ok(errors)
    }

    fn unreadable(&self, command: &str, source: ReplyError) -> SmuError {
        SmuError::Reply { smu: self.name().to_owned(), command: command.to_owned(), source }
    }

    fn reported(&self, after: &'static str, errors: Vec<(i32, String)>) -> SmuError {
        SmuError::Reported { smu: self.name().to_owned(), after, errors }
    }
}

impl Shared {
    fn session(&self) -> Session {
        self.session.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn say(&self, message: &str) -> Result<(), SmuError> {
        let said = self.session().write(message).await;
        said.map_err(|source| self.link(message, source))
    }

    async fn ask(&self, message: &str, limit: Duration) -> Result<Vec<u8>, SmuError> {
        let answer = self.session().query(message, limit).await;
        answer.map_err(|source| self.link(message, source))
    }

    fn link(&self, message: &str, source: SessionError) -> SmuError {
        link_error(&self.name, message, source)
    }

    /// Who it is, whatever it was left at: in a sweep, or waiting for a trigger, it answers nothing.
    async fn identify_left_alone(&self, limit: Duration) -> Result<Identity, SmuError> {
        let session = self.session();
        session.clear().await.map_err(|source| self.link("a device clear", source))?;
        match self.identify(limit).await {
            Err(SmuError::Link { source, .. })
                if matches!(*source, SessionError::TimedOut { .. }) =>
            {
                // Ahead of everything, and with no more than that: nobody knows yet who it is.
                for channel in 1..=self.model.channels {
                    let values = Values { channel, ..Values::default() };
                    let abort = self.model.operations.abort.with(&values);
                    let aborted = session.write_urgent(&abort).await;
                    aborted.map_err(|source| self.link(&abort, source))?;
                }
                self.identify(limit).await
            }
            identified => identified,
        }
    }

    async fn identify(&self, limit: Duration) -> Result<Identity, SmuError> {
        let pattern = &self.model.identity;
        let answer = self.ask(pattern.query.as_str(), limit).await?;
        let identity = Identity::of(&answer);
        if !self.model.recognises(&identity) {
            let expected = format!("{},{},…", pattern.makers.join(" or "), pattern.model);
            return Err(SmuError::WrongIdentity {
                smu: self.name.clone(),
                expected,
                found: String::from_utf8_lossy(&answer).trim().to_owned(),
            });
        }
        Ok(identity)
    }

    async fn speaks_our_language(&self) -> Result<(), SmuError> {
        let Some(language) = &self.model.identity.language else { return Ok(()) };
        let query = language.query.with(&Values::default());
        let found = self.ask(&query, time_limit(0.0)).await?;
        let found = String::from_utf8_lossy(&found).trim().to_owned();
        if found.eq_ignore_ascii_case(&language.answer) {
            return Ok(());
        }
        let (smu, expected) = (self.name.clone(), language.answer.clone());
        Err(SmuError::Language { smu, query, expected, found })
    }

    fn another(&self, expected: &Identity, found: &Identity) -> SmuError {
        let shown =
            |it: &Identity| format!("{},{},{},{}", it.maker, it.model, it.serial, it.firmware);
        SmuError::WrongIdentity {
            smu: self.name.clone(),
            expected: shown(expected),
            found: shown(found),
        }
    }
}

pub(crate) fn link_error(smu: &str, message: &str, source: SessionError) -> SmuError {
    let mut command: String = message.chars().take(60).collect();
    if command.len() < message.len() {
        command.push('…');
    }
    SmuError::Link { smu: smu.to_owned(), command, source: Box::new(source) }
}
