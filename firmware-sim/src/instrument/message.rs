//! The message exchange of IEEE 488.2 over a link that has messages: GPIB, USBTMC, VXI-11, HiSLIP.
//!
//! On such a link a reply stays in the output queue until it is read, and the instrument sees what
//! a stream hides: a reply that nobody reads, and a read that nobody has asked anything for.

mod delayed;

pub(crate) use self::delayed::{Due, Talk, TimedLink};
use super::{Delivery, Instrument, Session, timed::Timing};
use crate::engine::code::{QUERY_INTERRUPTED, QUERY_UNTERMINATED};

/// A client of an instrument over a link that has messages.
///
/// ```
/// use firmware_sim::{Config, Instrument, MessageLink};
///
/// let mut instrument = Instrument::new(&Config::default())?;
/// let mut link = MessageLink::default();
/// link.write(&mut instrument, b"*OPC?", true);
/// assert_eq!(link.status_byte(&instrument) & 16, 16);
/// assert_eq!(link.read(&mut instrument, 80).as_deref(), Some(&b"1\n"[..]));
/// # Ok::<(), firmware_sim::ConfigError>(())
/// ```
#[derive(Default)]
pub struct MessageLink {
    pub(super) session: Session,
    /// The reply that waits to be read.
    pub(super) output: Vec<u8>,
    /// How much of it was read.
    pub(super) read: usize,
    /// A message has begun whose end has not come.
    pub(super) in_message: bool,
    /// What the links need whose clients wait, or do not.
    pub(super) timing: Timing,
}

impl MessageLink {
    /// Takes bytes of program messages; a message ends at a line feed, or with the last byte where
    /// `end` is said.
    ///
    /// A message that begins while a reply is unread discards it (-410, Query INTERRUPTED).
    pub fn write(&mut self, instrument: &mut Instrument, bytes: &[u8], end: bool) {
        for piece in bytes.split_inclusive(|it| *it == b'\n') {
            if !self.in_message {
                self.interrupt(instrument);
            }
            self.in_message = !piece.ends_with(b"\n");
            self.attend(instrument, piece);
        }
        if end && self.in_message {
            self.in_message = false;
            self.session.input.end();
            self.attend(instrument, b"");
        }
    }

    fn attend(&mut self, instrument: &mut Instrument, bytes: &[u8]) {
        let mut reply = Vec::new();
        // Faults of timing belong to the links that carry this exchange.
        let mut bytes = bytes;
        while !matches!(
            instrument.attend(&mut self.session, std::mem::take(&mut bytes), &mut reply),
            Delivery::Now | Delivery::ThenClose
        ) {}
        if !reply.is_empty() {
            self.interrupt(instrument);
            self.output = reply;
        }
    }

    fn interrupt(&mut self, instrument: &mut Instrument) {
        if !self.output.is_empty() {
            self.discard();
            instrument.firmware.raise(QUERY_INTERRUPTED);
        }
    }

    /// Reads at most `most` bytes of the reply; `None` when there is nothing to read yet.
    ///
    /// When nothing has been asked either, that is an error (-420, Query UNTERMINATED), and nothing
    /// will come.
    pub fn read(&mut self, instrument: &mut Instrument, most: usize) -> Option<Vec<u8>> {
        if self.output.is_empty() {
            self.attend(instrument, b"");
        }
        if self.output.is_empty() {
            if !self.session.waits() {
                instrument.firmware.raise(QUERY_UNTERMINATED);
                // What has come of an unfinished message is no query.
                self.session.input.clear();
            }
            return None;
        }
        let end = (self.read + most).min(self.output.len());
        let bytes = self.output[self.read..end].to_vec();
        self.read = end;
        if end == self.output.len() {
            self.discard();
        }
        Some(bytes)
    }

    pub(super) fn discard(&mut self) {
        self.output.clear();
        self.read = 0;
    }

    /// The status byte as a serial poll reads it: message available included.
    pub fn status_byte(&self, instrument: &Instrument) -> u8 {
        instrument.firmware.status_byte(self.message_available())
    }

    /// Whether the instrument asks for service (SRQ): its master summary is set.
    pub fn requests_service(&self, instrument: &Instrument) -> bool {
        const MASTER_SUMMARY: u8 = 1 << 6;
        self.status_byte(instrument) & MASTER_SUMMARY != 0
    }

    /// Device clear: input, output and what runs are forgotten; the settings stay.
    pub fn clear(&mut self, instrument: &mut Instrument) {
        self.session.clear();
        self.forget();
        self.in_message = false;
        instrument.firmware.clear();
    }
}
