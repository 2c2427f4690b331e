//! A reply on its way, over any number of reads.

use tokio::time::{Duration, Instant};

use super::{
    calls::{REASON_CHR, REASON_END},
    codes::{ABORT, IO_TIMEOUT},
    xdr::Reader,
};
use crate::{
    LinkError,
    end::{LONGEST_REPLY, is_whole_line},
};

/// What is known of the reply that is being fetched.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Number of the `device_read` that the instrument is at.
    pub(super) outstanding: Option<u32>,
    begun: Option<Instant>,
    part: Vec<u8>,
    /// A reply that has ended.
    whole: Option<Result<Vec<u8>, LinkError>>,
    /// A part of the reply is gone: what comes now is not a whole one.
    lost: bool,
    /// The instrument answers at once without a reply: asking at once again would flood it.
    hasty: bool,
    /// The instrument says END where a reply ends: a line feed alone is then none.
    says_end: bool,
}

/// The results of one `device_read`.
#[derive(Debug)]
pub(super) struct ReadResults {
    pub(super) code: u32,
    reason: u32,
    data: Vec<u8>,
}

impl ReadResults {
    pub(super) fn parse(results: &[u8]) -> Result<ReadResults, LinkError> {
        let mut reader = Reader::new(results);
        let code = reader.number()?;
        // With an error, some leave the rest out.
        let reason = reader.number().or_else(|error| if code == 0 { Err(error) } else { Ok(0) })?;
        let data =
            reader.bytes().or_else(|error| if code == 0 { Err(error) } else { Ok(&[][..]) })?;
        Ok(ReadResults { code, reason, data: data.to_vec() })
    }
}

impl Reading {
    /// A `device_read` was sent.
    pub(super) fn begin(&mut self, xid: u32) {
        self.outstanding = Some(xid);
        self.begun = Some(Instant::now());
    }

    /// Whether another `device_read` is due.
    pub(super) fn is_due(&self) -> bool {
        self.outstanding.is_none() && self.whole.is_none() && !self.lost
    }

    /// How many bytes the next `device_read` may bring: one more than is accepted, so that a reply
    /// that is too long is seen to be.
    pub(super) fn room(&self) -> usize {
        LONGEST_REPLY + 1 - self.part.len()
    }

    pub(super) fn is_hasty(&self) -> bool {
        self.hasty
    }

    pub(super) fn take(&mut self) -> Option<Result<Vec<u8>, LinkError>> {
        self.whole.take()
    }

    /// Takes the results of the outstanding `device_read`. Code 0, 15 and 23 only.
    pub(super) fn take_results(&mut self, results: ReadResults, term_char: bool, slice: Duration) {
        self.outstanding = None;
        if self.lost {
            return;
        }
        let quick = self.begun.is_some_and(|begun| begun.elapsed() < slice / 2);
        self.part.extend_from_slice(&results.data);
        self.says_end |= results.reason & REASON_END != 0;
        let at_char = results.reason & REASON_CHR != 0;
        // Some end a reply by its line feed, although no such character was set, and say no more.
        let ended = results.reason & REASON_END != 0
            || at_char && (term_char || !self.says_end && is_whole_line(&self.part));
        self.hasty = quick && results.data.is_empty() && !ended;
        if self.part.len() > LONGEST_REPLY {
            self.part = Vec::new();
            // The rest of it is still in the instrument.
            self.lost = !ended;
            self.whole = Some(Err(LinkError::Endless { limit: LONGEST_REPLY }));
        } else if results.code == 0 && ended {
            self.whole = Some(Ok(std::mem::take(&mut self.part)));
        } else if results.code == ABORT {
            self.cut();
        } else {
            debug_assert!(matches!(results.code, 0 | IO_TIMEOUT), "others are errors");
        }
    }

    /// A part of the reply is, or may be, gone.
    pub(super) fn cut(&mut self) {
        self.part = Vec::new();
        self.lost = true;
    }

    /// Something else is about to be sent: a reply that was half fetched is over.
    pub(super) fn interrupt(&mut self) {
        if !self.part.is_empty() {
            self.cut();
        }
    }

    /// A query is about to be sent: an unread reply is not its own.
    pub(super) fn forget_whole(&mut self) {
        self.whole = None;
    }

    /// The instrument was cleared.
    pub(super) fn clear(&mut self) {
        let (outstanding, says_end) = (self.outstanding, self.says_end);
        *self = Reading { outstanding, says_end, ..Reading::default() };
    }
}
