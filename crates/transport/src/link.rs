//! What every link can do.

use std::future::Future;

use crate::LinkError;

/// Moves whole messages to and from one instrument.
///
/// A [`Session`](crate::Session) owns the link and calls one method at a time.
pub trait Transport: Send + 'static {
    /// Sends one message; the link adds its terminator. Not cancel-safe: half a message may have
    /// left.
    ///
    /// # Errors
    /// The message cannot be sent as one ([`LinkError::Unsendable`]: nothing has left), or the link
    /// is broken.
    fn send(&mut self, message: &[u8]) -> impl Future<Output = Result<(), LinkError>> + Send;

    /// Waits for one whole message and returns it without its terminator. Cancel-safe: bytes that
    /// came are kept for the next call.
    ///
    /// # Errors
    /// [`LinkError::Endless`] when the message is longer than the link accepts (what came is
    /// dropped); anything else means that the link is broken.
    fn receive(&mut self) -> impl Future<Output = Result<Vec<u8>, LinkError>> + Send;

    /// Drops what the link has received so far, and clears the instrument's own buffers where the
    /// link knows a device clear.
    ///
    /// # Errors
    /// The link is broken.
    fn clear(&mut self) -> impl Future<Output = Result<(), LinkError>> + Send;

    /// Waits for bytes that nobody asked for and takes them off the link. Called only while no reply
    /// is outstanding. Cancel-safe.
    ///
    /// Where an instrument talks only when it is addressed (GPIB, USB, VXI-11) there are none: the
    /// default waits for ever.
    ///
    /// # Errors
    /// The link is broken: this is how an idle session learns of it.
    fn unsolicited(&mut self) -> impl Future<Output = Result<Vec<u8>, LinkError>> + Send {
        std::future::pending()
    }
}
