//! An instrument as a USBTMC device, without a USB stack.
//!
//! Universal Serial Bus Test and Measurement Class Specification 1.0 (USBTMC) and its subclass
//! USB488 1.0, both of April 2003.

mod control;
mod inbound;
mod options;
mod outbound;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

pub use self::{
    control::Setup,
    options::{BULK_IN, BULK_OUT, INTERRUPT_IN, UsbIdentity, UsbOptions, UsbQuirks, UsbSpeed},
};
use self::{inbound::Polled, state::State};
use super::{desk::Desk, host::Host};

/// Why a transfer has come to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsbError {
    /// The endpoint is halted, or, on endpoint 0, the request is refused.
    #[error("stalled")]
    Stall,
    /// The device sends a packet that is larger than the room for it.
    #[error("babble: the buffer is no multiple of the packet size and too small")]
    Babble,
    /// The device has left the bus.
    #[error("no device")]
    Gone,
}

/// The function of a USB instrument: what is behind its endpoints.
///
/// All methods may be called while others wait, as the endpoints of a device are independent.
/// Dropping a future is what a host does that cancels a transfer: the device does not notice, and what
/// it has to say it says to the next. On a protocol error the Bulk-OUT endpoint halts, until
/// `CLEAR_FEATURE(ENDPOINT_HALT)` comes over [`control`](UsbFunction::control).
///
/// ```
/// use firmware_sim::{Config, Host, Instrument, UsbFunction, UsbOptions};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let host = Host::new(Instrument::new(&Config::default())?, None);
/// let function = UsbFunction::new(host, UsbOptions::default());
/// // DEV_DEP_MSG_OUT, tag 1, five bytes, END; filled up to a multiple of four.
/// function.bulk_out(b"\x01\x01\xfe\0\x05\0\0\0\x01\0\0\0*OPC?\0\0\0")?;
/// // REQUEST_DEV_DEP_MSG_IN, tag 2, up to a hundred bytes.
/// function.bulk_out(b"\x02\x02\xfd\0\x64\0\0\0\0\0\0\0")?;
/// let reply = function.bulk_in(512).await?;
/// assert_eq!(reply, b"\x02\x02\xfd\0\x02\0\0\0\x01\0\0\x001\n\0\0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct UsbFunction {
    state: Mutex<State>,
    desk: Arc<Desk>,
    changed: Notify,
}

impl UsbFunction {
    /// A device that has just been configured.
    pub fn new(host: Arc<Host>, options: UsbOptions) -> UsbFunction {
        let state = State::new(host, options);
        let desk = Arc::clone(&state.desk);
        UsbFunction { state: Mutex::new(state), desk, changed: Notify::new() }
    }

    /// Takes what a host sends to the Bulk-OUT endpoint: any number of packets, of which the last is
    /// the only one that may be short, and then ends the transfer.
    ///
    /// # Errors
    /// The endpoint is halted, by this or before; the device has gone.
    pub fn bulk_out(&self, bytes: &[u8]) -> Result<(), UsbError> {
        self.with(|state| state.bulk_out(bytes))
    }

    /// Waits for a transfer on the Bulk-IN endpoint, of at most `most` bytes: whole packets, until one
    /// is short (empty, where the rest is empty).
    ///
    /// # Errors
    /// There is no room for a packet; the device has gone.
    pub async fn bulk_in(&self, most: usize) -> Result<Vec<u8>, UsbError> {
        self.wait(|state| state.bulk_in(most)).await
    }

    /// A control transfer on endpoint 0; what it answers, at most `length` bytes.
    ///
    /// # Errors
    /// The request is not one of this device; the device has gone.
    pub fn control(&self, setup: Setup) -> Result<Vec<u8>, UsbError> {
        self.with(|state| state.control(setup))
    }

    /// Waits for a notification on the Interrupt-IN endpoint: a status byte that was asked for, behind
    /// its tag (USB488, table 7), or a request for service (table 8).
    ///
    /// # Errors
    /// The device has gone.
    pub async fn interrupt_in(&self) -> Result<[u8; 2], UsbError> {
        self.wait(State::notification).await
    }

    /// Whether the front panel is out of use: remote, or remote with lockout.
    pub fn is_remote(&self) -> bool {
        self.lock().remote
    }

    /// Whether the key that ends remote operation is locked out.
    pub fn is_locked_out(&self) -> bool {
        self.lock().locked_out
    }

    /// Puts a device that has gone back on the bus, configured anew; its instrument is as it was.
    pub fn reconnect(&self) {
        self.with(|state| state.reconnect());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let result = act(&mut self.lock());
        self.changed.notify_waiters();
        result
    }

    async fn wait<T>(&self, poll: impl FnMut(&mut State) -> Polled<T>) -> Result<T, UsbError> {
        tokio::select! {
            biased;
            result = self.poll(poll) => result,
            never = self.desk.keep() => match never {},
        }
    }

    async fn poll<T>(&self, mut poll: impl FnMut(&mut State) -> Polled<T>) -> Result<T, UsbError> {
        let mut further = self.desk.listen();
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on nothing that changes is missed.
            changed.as_mut().enable();
            further.mark_unchanged();
            if let Polled::Ready(result) = poll(&mut self.lock()) {
                return result;
            }
            tokio::select! {
                () = changed => {}
                // The sender lives as long as the desk.
                _ = further.changed() => {}
            }
        }
    }
}
