//! Whether the next line from the instrument answers the next query.

use std::time::Duration;

use crate::SessionError;

/// Pieces between semicolons that an unasked line may have: nobody knows; a banner or an event has
/// few.
pub(super) const UNASKED_PIECES: usize = 10;

/// Pieces between semicolons that one response unit may have: `0,"No error;0;0 0"`, the 2450's entry
/// of its error queue, has three.
const PIECES_PER_UNIT: usize = 3;

pub(super) enum Step {
    In,
    Out(Doubt),
    /// The instrument did not prove that it is in step again. Only writes are left.
    Mistrusted(Doubt),
}

/// Why the next line may be something else than the next answer.
pub(super) struct Doubt {
    /// What queries fail with when the instrument does not dispel it.
    pub(super) error: SessionError,
    /// Pieces between semicolons that all lines on their way may have together; `None` where nothing
    /// bounds them.
    pub(super) pieces: Option<usize>,
    /// Lines that may be on their way.
    pub(super) lines: usize,
    /// How long the next of them may still take.
    pub(super) limit: Duration,
}

impl Doubt {
    pub(super) fn pieces(units: usize) -> usize {
        units * PIECES_PER_UNIT
    }
}

impl Step {
    pub(super) fn distrust(&self) -> Option<&SessionError> {
        match self {
            Step::Mistrusted(doubt) => Some(&doubt.error),
            Step::In | Step::Out(_) => None,
        }
    }

    /// Something came unasked. A doubt that is there already is the greater.
    pub(super) fn doubt(&mut self, error: SessionError, pieces: usize) {
        if matches!(self, Step::In) {
            let limit = Duration::ZERO;
            *self = Step::Out(Doubt { error, pieces: Some(pieces), lines: 0, limit });
        }
    }

    /// The instrument was made to forget its replies: it may try to prove itself again.
    pub(super) fn hope(&mut self) {
        *self = match std::mem::replace(self, Step::In) {
            Step::Mistrusted(doubt) => Step::Out(doubt),
            settled => settled,
        };
    }

    pub(super) fn settled(&mut self, proven: bool) {
        *self = match std::mem::replace(self, Step::In) {
            Step::Out(_) if proven => {
                tracing::info!("in step again");
                Step::In
            }
            Step::Out(doubt) => {
                tracing::warn!(error = %doubt.error, "not in step again");
                Step::Mistrusted(doubt)
            }
            settled => settled,
        };
    }
}
