//! Everything that a device remembers.

use std::{collections::VecDeque, sync::Arc};

use super::{
    UsbError, UsbOptions,
    control::Split,
    inbound::{Polled, Request, Transfer},
    outbound::Outbound,
};
use crate::link::{desk::Desk, host::Host};

/// A device, all endpoints together.
pub(super) struct State {
    pub(super) desk: Arc<Desk>,
    pub(super) options: UsbOptions,
    pub(super) gone: bool,
    pub(super) out: Outbound,
    /// What was asked for and has not begun.
    pub(super) request: Option<Request>,
    /// Requests so far.
    pub(super) requests: u32,
    /// The tag of the request before.
    pub(super) last_tag: u8,
    /// What has begun.
    pub(super) transfer: Option<Transfer>,
    pub(super) split: Option<Split>,
    notifications: VecDeque<[u8; 2]>,
    pub(super) remote: bool,
    pub(super) locked_out: bool,
}

impl State {
    pub(super) fn new(host: Arc<Host>, options: UsbOptions) -> State {
        let desk = Desk::new(host);
        if options.quirks.lost_request > 0 {
            // Its makers' mistake is not to discard what was not read, too.
            desk.with(|link, _, _| link.overlap(true));
        }
        State {
            desk,
            options,
            gone: false,
            out: Outbound::default(),
            request: None,
            requests: 0,
            last_tag: 0,
            transfer: None,
            split: None,
            notifications: VecDeque::new(),
            remote: false,
            locked_out: false,
        }
    }

    pub(super) fn reconnect(&mut self) {
        // A hang-up that the device has left by is over.
        self.desk.hangs_up();
        self.gone = false;
        self.out = Outbound::default();
        (self.request, self.transfer, self.split) = (None, None, None);
        self.notifications.clear();
        (self.remote, self.locked_out) = (false, false);
    }

    /// # Errors
    /// A fault has taken the device off the bus.
    pub(super) fn is_there(&mut self) -> Result<(), UsbError> {
        self.gone |= self.desk.hangs_up();
        if self.gone { Err(UsbError::Gone) } else { Ok(()) }
    }

    /// The status byte goes over the Interrupt-IN endpoint, unless another still waits there.
    pub(super) fn notify_status(&mut self, tag: u8) -> bool {
        if self.notifications.iter().any(|it| it[0] != SERVICE) {
            return false;
        }
        let status = self.desk.with(|link, instrument, _| link.serial_poll(instrument));
        self.notifications.push_back([0x80 | tag, status]);
        true
    }

    pub(super) fn notification(&mut self) -> Polled<[u8; 2]> {
        if let Err(gone) = self.is_there() {
            return Polled::Ready(Err(gone));
        }
        let requests = self.desk.with(|link, instrument, _| {
            let untold = link.take_request() && link.has_request();
            untold.then(|| link.status_byte(instrument))
        });
        self.notifications.extend(requests.map(|it| [SERVICE, it]));
        match self.notifications.pop_front() {
            Some(notification) => Polled::Ready(Ok(notification)),
            None => Polled::Pending,
        }
    }
}

/// The first byte of a notification that the device asks for service (USB488, table 8).
///
/// UNVERIFIED: whether that counts as a poll. Here it does not: a `READ_STATUS_BYTE` behind it still
/// finds bit 6, and ends the request.
const SERVICE: u8 = 0x81;
