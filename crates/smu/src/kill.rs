use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use transport::{Session, SessionError};

use crate::{Smu, template::Values};

/// Switches one output off without asking anything: for the paths where a reply may never come.
///
/// It overtakes whatever waits on the link, and works also while the session is out of step. After
/// [`Smu::rejoin`] it uses the new link.
#[derive(Clone, Debug)]
pub struct KillSwitch {
    name: String,
    session: Arc<RwLock<Session>>,
    output_off: String,
    abort: String,
    output_state: String,
    seen_off: Arc<AtomicBool>,
}

impl KillSwitch {
    pub(crate) fn new(smu: &Smu) -> KillSwitch {
        let operations = &smu.instrument.model().operations;
        let values = Values { channel: smu.channel, ..Values::default() };
        KillSwitch {
            name: smu.name.clone(),
            session: smu.instrument.shared_session(),
            output_off: operations.output_off.with(&values),
            abort: operations.abort.with(&values),
            output_state: operations.output_state.with(&values),
            seen_off: Arc::clone(&smu.seen_off),
        }
    }

    /// The channel's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is sent to switch off, in this order, and the question that is answered by 0 once it is off:
    /// for a process that does it when this one cannot.
    pub fn messages(&self) -> ([&str; 2], &str) {
        ([&self.output_off, &self.abort], &self.output_state)
    }

    /// Sends output-off, then abort: an instrument in the middle of a sweep queues the first until
    /// the second ends the sweep. Returns when the link has taken both, or at once over a link that is
    /// gone where the output was seen off before and has not been told to go on since.
    ///
    /// # Errors
    /// The link is gone: the output may still be on.
    pub async fn off(&self) -> Result<(), SessionError> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner).clone();
        let sent = async {
            session.write_urgent(&self.output_off).await?;
            session.write_urgent(&self.abort).await
        };
        let sent = sent.await;
        if self.seen_off.load(Ordering::Acquire) { Ok(()) } else { sent }
    }

    /// Asks whether the output is off, for who wants to be sure after [`KillSwitch::off`].
    ///
    /// # Errors
    /// No answer within `limit`, or no link: nobody knows.
    pub async fn is_off(&self, limit: Duration) -> Result<bool, SessionError> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = session.query(&self.output_state, limit).await?;
        Ok(answer.trim_ascii() == b"0")
    }

    /// The same switch over another link to the instrument, for when the first is gone.
    pub fn over(&self, session: Session) -> KillSwitch {
        KillSwitch { session: Arc::new(RwLock::new(session)), ..self.clone() }
    }
}
