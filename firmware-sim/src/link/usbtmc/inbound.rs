//! The Bulk-IN endpoint (USBTMC, section 3.3).

use super::{UsbError, outbound::HEADER, state::State};
use crate::link::desk::Part;

const DEV_DEP_MSG_IN: u8 = 2;
const END_OF_MESSAGE: u8 = 1 << 0;
/// The transfer ends with the character that was asked for.
const TERM_CHAR: u8 = 1 << 1;

/// As much of a reply as goes into one transfer, whatever was asked for.
const LONGEST: usize = 16 << 20;

/// What a wait has come to.
pub(super) enum Polled<T> {
    Ready(Result<T, UsbError>),
    Pending,
}

/// A reply was asked for.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) tag: u8,
    pub(super) most: u32,
    pub(super) stop: Option<u8>,
    /// The instrument has said already that it has nothing to say.
    pub(super) asked: bool,
}

/// A reply on its way.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) tag: u8,
    /// With its header and what fills it up.
    bytes: Vec<u8>,
    sent: usize,
    /// Data bytes among them.
    data: usize,
    /// The device leaves the bus behind it.
    closes: bool,
}

impl Transfer {
    /// Nothing, which ends what the host waits for.
    pub(super) fn empty(tag: u8) -> Transfer {
        Transfer { tag, bytes: Vec::new(), sent: 0, data: 0, closes: false }
    }

    /// Data bytes that have left.
    pub(super) fn data_sent(&self) -> usize {
        self.sent.saturating_sub(HEADER).min(self.data)
    }
}

impl State {
    /// UNVERIFIED: a request while another stands. Here the new one counts.
    pub(super) fn asked_for(&mut self, request: Request) {
        self.requests = self.requests.wrapping_add(1);
        let lost = self.options.quirks.lost_request;
        self.transfer = None;
        self.request = (lost == 0 || !self.requests.is_multiple_of(lost)).then_some(request);
    }

    pub(super) fn bulk_in(&mut self, most: usize) -> Polled<Vec<u8>> {
        if let Err(gone) = self.is_there() {
            return Polled::Ready(Err(gone));
        }
        if self.transfer.is_none() {
            self.transfer = self.reply();
        }
        let Some(transfer) = &mut self.transfer else { return Polled::Pending };
        let packet = self.options.speed.packet();
        let rest = transfer.bytes.len() - transfer.sent;
        if rest > most && !most.is_multiple_of(packet) || most == 0 {
            return Polled::Ready(Err(UsbError::Babble));
        }
        let count = rest.min(most);
        let bytes = transfer.bytes[transfer.sent..transfer.sent + count].to_vec();
        transfer.sent += count;
        // The last packet is short, or an empty one follows, for which there must be room as well.
        if rest < most || !rest.is_multiple_of(packet) && rest == most {
            self.gone = transfer.closes;
            self.transfer = None;
        }
        Polled::Ready(Ok(bytes))
    }

    fn reply(&mut self) -> Option<Transfer> {
        let quirks = self.options.quirks;
        let request = self.request.as_mut()?;
        let mut most = usize::try_from(request.most).unwrap_or(LONGEST).min(LONGEST);
        if quirks.one_packet {
            most = most.min(self.options.speed.packet() - HEADER);
        }
        let (stop, asked) = (request.stop, &mut request.asked);
        let part = self
            .desk
            .with(|link, instrument, _| Part::take(link, instrument, (most, stop), asked))?;
        if part.bytes.is_empty() {
            // The device leaves the bus instead; whoever asks next is told.
            self.gone = true;
            return None;
        }
        let stopped = request.stop.is_some() && part.bytes.last().copied() == request.stop;
        let mut attributes = if stopped { TERM_CHAR } else { 0 };
        if part.end && !quirks.no_end {
            attributes |= END_OF_MESSAGE;
        }
        let tag = match quirks.late_tag {
            true if self.last_tag != 0 => self.last_tag,
            _ => request.tag,
        };
        let size = u32::try_from(part.bytes.len()).unwrap_or(u32::MAX);
        let mut bytes = vec![DEV_DEP_MSG_IN, tag, !tag, 0];
        bytes.extend(size.to_le_bytes());
        bytes.extend([attributes, 0, 0, 0]);
        bytes.extend(&part.bytes);
        if !quirks.no_padding {
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        let asked_for = request.tag;
        self.last_tag = asked_for;
        self.request = None;
        let (data, closes) = (part.bytes.len(), part.closes);
        Some(Transfer { tag: asked_for, bytes, sent: 0, data, closes })
    }
}
