//! The message exchange of IEEE 488.2 over a link that has messages: GPIB, USBTMC, VXI-11, HiSLIP.
//!
//! On such a link a reply stays in the output queue until it is read, and the instrument sees what
//! a stream hides: a reply that nobody reads, and a read that nobody has asked anything for.

mod output;
mod service;
mod timed;

pub use self::output::Taken;
use self::{output::Output, service::Service, timed::Timing};
use super::{Instrument, Session};

/// A client of an instrument over a link that has messages.
///
/// [`write`](MessageLink::write) and [`read`](MessageLink::read) are the exchange without a clock;
/// links that serve clients use [`submit`](MessageLink::submit) and [`take`](MessageLink::take).
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
    session: Session,
    output: Output,
    timing: Timing,
    service: Service,
}

impl MessageLink {
    /// Takes bytes of program messages; a message ends at a line feed, or with the last byte where
    /// `end` is said.
    ///
    /// A message that begins while a reply is unread discards it (-410, Query INTERRUPTED).
    pub fn write(&mut self, instrument: &mut Instrument, bytes: &[u8], end: bool) {
        self.submit(instrument, None, bytes, end);
        self.settle(instrument);
    }

    /// Faults of timing belong to the links that carry this exchange.
    fn settle(&mut self, instrument: &mut Instrument) {
        while self.withheld().is_some() {
            self.release(instrument);
            self.proceed(instrument, None);
        }
    }

    /// Reads at most `most` bytes of the reply; `None` when there is nothing to read yet.
    ///
    /// When nothing has been asked either, that is an error (-420, Query UNTERMINATED), and nothing
    /// will come.
    pub fn read(&mut self, instrument: &mut Instrument, most: usize) -> Option<Vec<u8>> {
        self.proceed(instrument, None);
        self.settle(instrument);
        let taken = self.take(most, None);
        if taken.is_none() {
            self.wait(instrument);
        }
        taken.map(|it| it.bytes)
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
        instrument.firmware.clear();
    }
}
