//! Requests on endpoint 0 (USBTMC, section 4.2; USB488, section 4.3).

use super::{
    UsbError,
    inbound::Transfer,
    options::{BULK_IN, BULK_OUT},
    state::State,
};

const SUCCESS: u8 = 0x01;
const PENDING: u8 = 0x02;
/// USB488, table 10.
const INTERRUPT_IN_BUSY: u8 = 0x20;
const FAILED: u8 = 0x80;
const TRANSFER_NOT_IN_PROGRESS: u8 = 0x81;
const SPLIT_NOT_IN_PROGRESS: u8 = 0x82;
const SPLIT_IN_PROGRESS: u8 = 0x83;

/// Class, interface, to the host.
const INTERFACE: u8 = 0xa1;
/// Class, endpoint, to the host.
const ENDPOINT: u8 = 0xa2;

/// What a control transfer begins with (USB 2.0, section 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// `bmRequestType`.
    pub request_type: u8,
    /// `bRequest`.
    pub request: u8,
    /// `wValue`.
    pub value: u16,
    /// `wIndex`.
    pub index: u16,
    /// `wLength`.
    pub length: u16,
}

/// A request in two parts that has begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split {
    kind: SplitKind,
    /// So many times it is pending yet.
    pending: u8,
    /// Data bytes that went over the endpoint.
    count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SplitKind {
    AbortOut,
    AbortIn,
    Clear,
}

impl State {
    pub(super) fn control(&mut self, setup: Setup) -> Result<Vec<u8>, UsbError> {
        self.is_there()?;
        let tag = setup.value.to_le_bytes()[0];
        let out = u16::from(BULK_OUT);
        let bulk_in = u16::from(BULK_IN);
        let mut answer = match (setup.request_type, setup.request, setup.index) {
            // CLEAR_FEATURE(ENDPOINT_HALT).
            (0x02, 1, index) if setup.value == 0 => self.clear_halt(index)?,
            (ENDPOINT, 1, index) if index == out => self.initiate_abort_out(tag),
            (ENDPOINT, 2, index) if index == out => self.check_abort_out(),
            (ENDPOINT, 3, index) if index == bulk_in => self.initiate_abort_in(tag),
            (ENDPOINT, 4, index) if index == bulk_in => self.check_abort_in(),
            (INTERFACE, 5, 0) => self.initiate_clear(),
            (INTERFACE, 6, 0) => self.check_clear(),
            (INTERFACE, 7, 0) => capabilities(),
            // INDICATOR_PULSE: nobody looks at the panel.
            (INTERFACE, 64, 0) => vec![SUCCESS],
            (INTERFACE, 128, 0) => self.read_status_byte(setup.value),
            (INTERFACE, 160, 0) => {
                self.remote = tag == 1;
                self.locked_out &= self.remote;
                vec![SUCCESS]
            }
            (INTERFACE, 161, 0) => {
                self.remote = false;
                vec![SUCCESS]
            }
            (INTERFACE, 162, 0) => {
                self.locked_out = true;
                vec![SUCCESS]
            }
            _ => return Err(UsbError::Stall),
        };
        answer.truncate(setup.length.into());
        Ok(answer)
    }

    fn clear_halt(&mut self, index: u16) -> Result<Vec<u8>, UsbError> {
        match u8::try_from(index) {
            Ok(BULK_OUT) => self.out.halted = false,
            Ok(BULK_IN | super::INTERRUPT_IN) => {}
            _ => return Err(UsbError::Stall),
        }
        Ok(Vec::new())
    }

    fn begin_split(&mut self, kind: SplitKind, count: u32) {
        self.split = Some(Split { kind, pending: self.options.quirks.pending, count });
    }

    /// Section 4.2.1.2. Data that has come stays with the instrument, as the beginning of a message.
    fn initiate_abort_out(&mut self, tag: u8) -> Vec<u8> {
        if self.split.is_some() {
            return vec![SPLIT_IN_PROGRESS, 0];
        }
        match self.out.in_progress() {
            Some(current) if current == tag => {
                self.begin_split(SplitKind::AbortOut, self.out.received);
                self.out.halt();
                vec![SUCCESS, tag]
            }
            Some(current) => vec![TRANSFER_NOT_IN_PROGRESS, current],
            None => vec![FAILED, 0],
        }
    }

    /// Section 4.2.1.3.
    fn check_abort_out(&mut self) -> Vec<u8> {
        let (status, split) = self.check(SplitKind::AbortOut);
        with_count(status, 0, split)
    }

    /// Section 4.2.1.4: what is on its way is dropped, and a short packet ends the transfer.
    fn initiate_abort_in(&mut self, tag: u8) -> Vec<u8> {
        if self.split.is_some() {
            return vec![SPLIT_IN_PROGRESS, 0];
        }
        let begun = self.transfer.as_ref().map(|it| (it.tag, it.data_sent()));
        let current = begun.or_else(|| self.request.as_ref().map(|it| (it.tag, 0)));
        match current {
            Some((current, count)) if current == tag => {
                self.begin_split(SplitKind::AbortIn, u32::try_from(count).unwrap_or(u32::MAX));
                self.request = None;
                self.transfer = Some(Transfer::empty(tag));
                vec![SUCCESS, tag]
            }
            Some((current, _)) => vec![TRANSFER_NOT_IN_PROGRESS, current],
            None => vec![FAILED, 0],
        }
    }

    /// Section 4.2.1.5.
    fn check_abort_in(&mut self) -> Vec<u8> {
        // The host has not read to the short packet yet.
        let is_abort = self.split.is_some_and(|it| it.kind == SplitKind::AbortIn);
        if is_abort && self.transfer.is_some() {
            return with_count(PENDING, 1, None);
        }
        let (status, split) = self.check(SplitKind::AbortIn);
        with_count(status, 0, split)
    }

    /// Section 4.2.1.6: everything that is on its way is forgotten, both ways, and the instrument
    /// cleared.
    fn initiate_clear(&mut self) -> Vec<u8> {
        if self.split.is_some_and(|it| it.kind == SplitKind::Clear) {
            return vec![SPLIT_IN_PROGRESS];
        }
        self.begin_split(SplitKind::Clear, 0);
        self.out.halt();
        (self.request, self.transfer) = (None, None);
        self.desk.with(|it, instrument, _| it.clear(instrument));
        vec![SUCCESS]
    }

    /// Section 4.2.1.7.
    fn check_clear(&mut self) -> Vec<u8> {
        vec![self.check(SplitKind::Clear).0, 0]
    }

    fn check(&mut self, kind: SplitKind) -> (u8, Option<Split>) {
        match &mut self.split {
            Some(split) if split.kind == kind && split.pending > 0 => {
                split.pending -= 1;
                (PENDING, None)
            }
            Some(split) if split.kind == kind => (SUCCESS, self.split.take()),
            Some(_) => (SPLIT_IN_PROGRESS, None),
            None => (SPLIT_NOT_IN_PROGRESS, None),
        }
    }

    /// USB488, section 4.3.1: with an Interrupt-IN endpoint the status byte goes there.
    fn read_status_byte(&mut self, tag: u16) -> Vec<u8> {
        match u8::try_from(tag) {
            Ok(tag @ 2..=127) if self.notify_status(tag) => vec![SUCCESS, tag, 0],
            Ok(tag @ 2..=127) => vec![INTERRUPT_IN_BUSY, tag, 0],
            _ => vec![FAILED, tag.to_le_bytes()[0], 0],
        }
    }
}

/// The answer of the two checks of an abort.
fn with_count(status: u8, queued: u8, split: Option<Split>) -> Vec<u8> {
    let mut answer = vec![status, queued, 0, 0];
    answer.extend(split.map_or(0, |it| it.count).to_le_bytes());
    answer
}

/// USBTMC, table 37, and USB488, table 8.
fn capabilities() -> Vec<u8> {
    let mut answer = vec![0; 24];
    answer[0] = SUCCESS;
    // Release 1.00 of both, in binary-coded decimal.
    answer[2..4].copy_from_slice(&[0x00, 0x01]);
    // It takes INDICATOR_PULSE, talks and listens; and ends a transfer at a character.
    (answer[4], answer[5]) = (1 << 2, 1);
    answer[12..14].copy_from_slice(&[0x00, 0x01]);
    // A 488.2 interface with REN_CONTROL and the like, and TRIGGER; SCPI, SR1, RL1, DT1.
    (answer[14], answer[15]) = (0b111, 0b1111);
    answer
}
