//! Requests for service (SRQ), and how they end.

use super::MessageLink;
use crate::instrument::Instrument;

const MASTER_SUMMARY: u8 = 1 << 6;

/// What is known of a link's requests for service.
#[derive(Clone, Copy, Default)]
pub(super) struct Service {
    /// The master summary as it was seen last.
    summary: bool,
    /// Service is requested, and no poll has answered it.
    requests: bool,
    /// The request has not been told.
    untold: bool,
}

impl MessageLink {
    /// Looks whether the master summary has risen: then service is requested, once for each time.
    pub fn observe(&mut self, instrument: &Instrument) {
        let summary = self.status_byte(instrument) & MASTER_SUMMARY != 0;
        let before = std::mem::replace(&mut self.service.summary, summary);
        if !summary {
            self.service.requests = false;
        } else if !before {
            self.service.requests = true;
            self.service.untold = true;
        }
    }

    /// Whether service is requested that no poll has answered: what asserts the SRQ line.
    pub fn has_request(&self) -> bool {
        self.service.requests
    }

    /// Whether service is requested that nobody has been told of.
    pub fn has_untold(&self) -> bool {
        self.service.untold
    }

    /// Whether service is requested that nobody has been told of; then somebody has.
    pub fn take_request(&mut self) -> bool {
        std::mem::take(&mut self.service.untold)
    }

    /// A serial poll: the status byte whose bit 6 says whether this link requests service (RQS),
    /// which ends with it (IEEE 488.2, section 11.3).
    pub fn serial_poll(&mut self, instrument: &Instrument) -> u8 {
        self.observe(instrument);
        let rest = self.status_byte(instrument) & !MASTER_SUMMARY;
        if std::mem::take(&mut self.service.requests) { rest | MASTER_SUMMARY } else { rest }
    }
}
