//! What an instrument and we said.

use std::{fmt, sync::Arc};

/// One message, in the order of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TranscriptLine<'a> {
    /// `> message`: to the instrument.
    Sent(&'a [u8]),
    /// `< message`: from the instrument, late and unasked ones included.
    Received(&'a [u8]),
}

impl fmt::Display for TranscriptLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TranscriptLine::Sent(message) => write!(f, "> {}", message.escape_ascii()),
            TranscriptLine::Received(message) => write!(f, "< {}", message.escape_ascii()),
        }
    }
}

/// Is shown every message of a session, by the session's own task: it must not wait.
#[derive(Clone)]
pub struct Transcript(Arc<dyn Fn(TranscriptLine<'_>) + Send + Sync>);

impl Transcript {
    /// An observer.
    pub fn new(observer: impl Fn(TranscriptLine<'_>) + Send + Sync + 'static) -> Transcript {
        Transcript(Arc::new(observer))
    }

    pub(crate) fn show(&self, line: TranscriptLine<'_>) {
        (self.0)(line);
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transcript")
    }
}
