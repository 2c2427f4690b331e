//! The Bulk-OUT endpoint (USBTMC, section 3.2).

use super::{UsbError, inbound::Request, state::State};

/// How long a header is.
pub(super) const HEADER: usize = 12;

const DEV_DEP_MSG_OUT: u8 = 1;
const REQUEST_DEV_DEP_MSG_IN: u8 = 2;
/// USB488, section 3.2.1.
const TRIGGER: u8 = 128;

/// The last byte of a transfer ends the message.
const END_OF_MESSAGE: u8 = 1 << 0;
const TERM_CHAR_ENABLED: u8 = 1 << 1;

/// What has come of a transfer.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    pub(super) halted: bool,
    /// Data bytes that are still to come.
    data: u32,
    /// And bytes that fill them up to a multiple of four.
    padding: u32,
    ends: bool,
    /// The tag of the transfer that has begun.
    tag: Option<u8>,
    /// Data bytes of it that have come.
    pub(super) received: u32,
}

impl Outbound {
    /// The tag of the transfer that has begun and not ended.
    pub(super) fn in_progress(&self) -> Option<u8> {
        self.tag
    }

    /// Gives up what has begun, and takes nothing more until the halt is cleared.
    pub(super) fn halt(&mut self) {
        *self = Outbound { halted: true, received: self.received, ..Outbound::default() };
    }
}

impl State {
    pub(super) fn bulk_out(&mut self, bytes: &[u8]) -> Result<(), UsbError> {
        self.is_there()?;
        if self.out.halted {
            return Err(UsbError::Stall);
        }
        // An empty transfer is a short packet, too.
        let packet = self.options.speed.packet();
        let ended = !bytes.len().is_multiple_of(packet) || bytes.is_empty();
        let done = self.take(bytes).and_then(|()| {
            // A short packet in the middle of what was announced.
            if ended && self.out.tag.is_some() { Err(UsbError::Stall) } else { Ok(()) }
        });
        if done.is_err() {
            self.out.halt();
        }
        done
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), UsbError> {
        let packet = self.options.speed.packet();
        for piece in bytes.chunks(packet) {
            let mut piece = piece;
            if self.out.tag.is_none() {
                // A header stands in the first packet as a whole.
                let (header, rest) = piece.split_first_chunk::<HEADER>().ok_or(UsbError::Stall)?;
                piece = rest;
                self.begin(header)?;
            }
            let (data, rest) = piece.split_at(piece.len().min(self.out.data as usize));
            self.take_data(data);
            self.out.padding = u32::try_from(rest.len())
                .ok()
                .and_then(|it| self.out.padding.checked_sub(it))
                .ok_or(UsbError::Stall)?;
            if self.out.data == 0 && self.out.padding == 0 {
                self.out.tag = None;
            }
        }
        Ok(())
    }

    fn begin(&mut self, header: &[u8; HEADER]) -> Result<(), UsbError> {
        let [id, tag, inverse, _, size @ .., _, _, _, _] = *header;
        let [attributes, character, _, _] = [header[8], header[9], header[10], header[11]];
        let size = u32::from_le_bytes(size);
        if tag == 0 || inverse != !tag {
            return Err(UsbError::Stall);
        }
        self.out = Outbound { tag: Some(tag), ..Outbound::default() };
        match id {
            DEV_DEP_MSG_OUT if size > 0 => {
                self.out.data = size;
                self.out.padding = size.wrapping_neg() % 4;
                self.out.ends = attributes & END_OF_MESSAGE != 0;
                // A message over a reply that has been asked for: the reply is given up.
                (self.request, self.transfer) = (None, None);
            }
            REQUEST_DEV_DEP_MSG_IN if size > 0 => {
                let stop = (attributes & TERM_CHAR_ENABLED != 0).then_some(character);
                self.asked_for(Request { tag, most: size, stop, asked: false });
            }
            TRIGGER => self.desk.with(|it, instrument, until| it.trigger(instrument, until)),
            _ => return Err(UsbError::Stall),
        }
        Ok(())
    }

    fn take_data(&mut self, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        let count = u32::try_from(data.len()).unwrap_or(self.out.data);
        self.out.data -= count;
        self.out.received += count;
        let end = self.out.ends && self.out.data == 0;
        self.desk.with(|it, instrument, until| it.submit(instrument, until, data, end));
    }
}
