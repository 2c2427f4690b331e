//! What can go wrong on a link and in a session.

use std::{io, sync::Arc, time::Duration};

use thiserror::Error;

/// A link could not be opened, or could not carry a message.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Something answers at the address, but not at this port.
    #[error(
        "{resource}: the connection was refused; check that the port is the instrument's raw SCPI socket \
         (5025 on most) and that no other program is connected to it"
    )]
    Refused {
        /// The VISA resource string.
        resource: String,
    },
    /// There is no way to the address.
    #[error(
        "{resource}: the address cannot be reached ({reason}); check the cable, the instrument's LAN settings \
         and that this computer is on its network"
    )]
    Unreachable {
        /// The VISA resource string.
        resource: String,
        /// What the operating system says.
        reason: Arc<io::Error>,
    },
    /// Nothing answered.
    #[error(
        "{resource}: no answer within {limit:?}; check that the instrument is switched on, that the address is its \
         own, and that no earlier session still holds its only connection"
    )]
    NoAnswer {
        /// The VISA resource string.
        resource: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The host's name means nothing here.
    #[error(
        "{resource}: the host name \"{host}\" is not known ({reason}); check its spelling or write the IP address"
    )]
    UnknownHost {
        /// The VISA resource string.
        resource: String,
        /// The name.
        host: String,
        /// What the resolver says.
        reason: Arc<io::Error>,
    },
    /// The other side closed the link.
    #[error("the instrument closed the connection")]
    Closed,
    /// Reading failed.
    #[error("reading from the instrument failed: {reason}")]
    Read {
        /// What the operating system says.
        reason: Arc<io::Error>,
    },
    /// Writing failed.
    #[error("writing to the instrument failed: {reason}")]
    Write {
        /// What the operating system says.
        reason: Arc<io::Error>,
    },
    /// The other side does not keep to the rules of the link's protocol.
    #[error("{protocol}: expected {expected}, found {found}")]
    Protocol {
        /// The protocol's name.
        protocol: &'static str,
        /// What the rules ask for at this place.
        expected: &'static str,
        /// What came.
        found: String,
    },
    /// The other side keeps to the rules and says no.
    #[error("{protocol}: {operation} was refused with code {code} ({meaning})")]
    Declined {
        /// The protocol's name.
        protocol: &'static str,
        /// What was asked, in the protocol's words.
        operation: &'static str,
        /// The protocol's error code.
        code: i64,
        /// What the protocol says that it means.
        meaning: &'static str,
    },
    /// Another client has the instrument.
    #[error(
        "{resource}: another client holds the instrument's lock, and did not let it go within {limit:?}; close the \
         other program, or switch the instrument off and on if nobody knows whose it is"
    )]
    Locked {
        /// The VISA resource string.
        resource: String,
        /// How long was waited.
        limit: Duration,
    },
    /// A link's option that this link, or this computer, cannot have.
    #[error("{resource}: {key} = {found}: accepted is {accepted}")]
    Option {
        /// The VISA resource string.
        resource: String,
        /// The option.
        key: &'static str,
        /// What was asked.
        found: String,
        /// What would be accepted.
        accepted: String,
    },
    /// There is no such device on this computer, or it may not be opened.
    #[error("{resource}: {device} cannot be opened ({reason})")]
    NoDevice {
        /// The VISA resource string.
        resource: String,
        /// The device file, the USB device, the board.
        device: String,
        /// What the operating system says, and what to do about it.
        reason: String,
    },
    /// A reply did not end.
    #[error("the instrument sent more than {limit} bytes without ending its message")]
    Endless {
        /// The longest message this link accepts, in bytes.
        limit: usize,
    },
    /// No connection came about, however often it was tried.
    #[error("no connection within {limit:?}, tried {tries} times{}", and_the_last_reason(.last))]
    GivenUp {
        /// How often.
        tries: u32,
        /// How long.
        limit: Duration,
        /// The last reason, where a try had ended.
        last: Option<Box<LinkError>>,
    },
    /// A message that would arrive as two, or not at all.
    #[error("a message may not contain a {name}, found at byte {position} of `{message}`")]
    Unsendable {
        /// The message, escaped and shortened.
        message: String,
        /// What the offending byte is called.
        name: &'static str,
        /// Where it stands, counted from 0.
        position: usize,
    },
}

impl LinkError {
    /// Whether trying again later, with nothing changed here, is of no use: a name nobody knows, an
    /// option that the link cannot have, a lock that somebody holds, a peer that speaks another protocol.
    pub fn is_permanent(&self) -> bool {
        match self {
            LinkError::UnknownHost { .. }
            | LinkError::Protocol { .. }
            | LinkError::Locked { .. }
            | LinkError::Option { .. }
            | LinkError::Unsendable { .. }
            | LinkError::GivenUp { .. } => true,
            LinkError::Refused { .. }
            | LinkError::Unreachable { .. }
            | LinkError::NoAnswer { .. }
            | LinkError::Closed
            | LinkError::Read { .. }
            | LinkError::Write { .. }
            | LinkError::Declined { .. }
            | LinkError::NoDevice { .. }
            | LinkError::Endless { .. } => false,
        }
    }
}

fn and_the_last_reason(last: &Option<Box<LinkError>>) -> String {
    last.as_ref().map(|last| format!(", at last because {last}")).unwrap_or_default()
}

/// A session could not do what was asked.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The reply did not come. The session is out of step until the instrument has proved otherwise.
    #[error("no reply to `{message}` within {limit:?}{}", behind_a_semicolon(.why))]
    TimedOut {
        /// The query, shortened; what was asked of the link.
        message: String,
        /// How long was waited, from when it had been sent and was the next to be answered.
        limit: Duration,
        /// Why the instrument may be silent, where the link can tell.
        why: Option<&'static str>,
    },
    /// Several queries were on their way together and not all replies came. Nothing says which are
    /// missing, so none is handed out. The session is out of step.
    #[error(
        "the reply to `{message}` cannot be told from others: {asked} queries were on their way together and \
         {came} replies came, then none for {limit:?}"
    )]
    Unattributed {
        /// The query, shortened.
        message: String,
        /// How many queries were on their way together.
        asked: usize,
        /// How many replies came.
        came: usize,
        /// How long the next one was waited for.
        limit: Duration,
    },
    /// The reply was given up for a device clear that somebody asked for.
    #[error("`{message}` was given up: the link was cleared before its reply had come")]
    Cleared {
        /// The query, shortened.
        message: String,
    },
    /// A reply was lost and the instrument did not prove that it is in step again. Writes still work.
    #[error(
        "replies can no longer be trusted since `{lost}` got none and the instrument did not answer the check that \
         followed; open a new connection"
    )]
    OutOfStep {
        /// The query that got no reply, shortened.
        lost: String,
    },
    /// A binary reply was lost, on a link that cannot make the instrument forget it. What is left of it
    /// may look like the answer to anything. Writes still work.
    #[error(
        "replies can no longer be trusted since the binary reply to `{lost}` did not come whole: what is left of it \
         may look like any answer; open a new connection"
    )]
    BlockLost {
        /// The query, shortened.
        lost: String,
    },
    /// The link said no, and goes on working.
    #[error(transparent)]
    Declined(LinkError),
    /// The reply was longer than the link accepts. The session is out of step.
    #[error("the reply to `{message}` is unusable: {reason}")]
    Unusable {
        /// The query, shortened.
        message: String,
        /// What was wrong with it.
        reason: LinkError,
    },
    /// The instrument spoke unasked and did not prove that it is in step again. Writes still work.
    #[error(
        "replies can no longer be trusted since the instrument sent {bytes} bytes unasked and did not answer the \
         check that followed; open a new connection"
    )]
    Unasked {
        /// How many were dropped.
        bytes: usize,
    },
    /// A query given to a write: its reply would be taken for that of the next query.
    #[error("`{message}` asks for a reply; it must be sent as a query")]
    Unanswered {
        /// The message, shortened.
        message: String,
    },
    /// A message that would arrive as two, or not at all.
    #[error(transparent)]
    Unsendable(LinkError),
    /// The session's task has ended.
    #[error("the session has ended: {0}")]
    Ended(EndReason),
}

fn behind_a_semicolon(why: &Option<&str>) -> String {
    why.map(|why| format!("; {why}")).unwrap_or_default()
}

/// Why a session ended.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum EndReason {
    /// Somebody closed it.
    #[error("it was closed")]
    Closed,
    /// The link broke.
    #[error(transparent)]
    Link(LinkError),
    /// The instrument did not take a message; half of it may have arrived.
    #[error("the instrument did not take `{message}` within {limit:?}")]
    Stalled {
        /// The message, shortened.
        message: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The runtime that ran the session's task has gone, or the task panicked.
    #[error("its task is no longer running")]
    Gone,
}
