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

    /// Sends several messages in their order; in `lines` each is followed by a line feed, which is
    /// not sent: the link adds its own terminators. Not cancel-safe.
    ///
    /// A link that can puts them into one write: a segment for many queries.
    ///
    /// # Errors
    /// As for [`Transport::send`]; an unsendable message may have others sent in front of it.
    fn send_lines(&mut self, lines: &[u8]) -> impl Future<Output = Result<(), LinkError>> + Send {
        async move {
            let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
            for line in lines.split(|byte| *byte == b'\n') {
                self.send(line).await?;
            }
            Ok(())
        }
    }

    /// Waits for one whole message and returns it without its terminator. Cancel-safe: bytes that
    /// came are kept for the next call.
    ///
    /// # Errors
    /// [`LinkError::Endless`] when the message is longer than the link accepts (what came is
    /// dropped); anything else means that the link is broken.
    fn receive(&mut self) -> impl Future<Output = Result<Vec<u8>, LinkError>> + Send;

    /// Drops what the link has received so far, and clears the instrument's own buffers where the
    /// link knows a device clear. A message that was half sent, or half received, is over then.
    ///
    /// # Errors
    /// The link is broken.
    fn clear(&mut self) -> impl Future<Output = Result<(), LinkError>> + Send;

    /// Whether [`Transport::clear`] makes the instrument itself forget its replies.
    fn clears_device(&self) -> bool {
        false
    }

    /// Why an instrument that has never answered on this link may be silent, for an error to say:
    /// half a sentence.
    fn why_mute(&self) -> Option<&'static str> {
        None
    }

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

    /// How many queries may be on their way at once, at least 1. Streams carry several: the replies
    /// come in the order of the queries. Where a new message discards an unread reply (GPIB, USB,
    /// VXI-11) it is one.
    fn depth(&self) -> usize {
        1
    }

    /// Says that the next message, if it begins with `#0`, is an indefinite-length block of `bytes`
    /// bytes of data. Called right before [`Transport::receive`]. A link that has ends of messages of
    /// its own needs no such word; on a stream a line feed may be data.
    fn expect_block(&mut self, bytes: usize) {
        let _ = bytes;
    }

    /// Serial poll: the instrument's status byte; `None` where the link has no such thing. Not
    /// cancel-safe. Works also while a reply is outstanding.
    ///
    /// # Errors
    /// The link is broken, or the instrument did not answer the poll.
    fn status_byte(&mut self) -> impl Future<Output = Result<Option<u8>, LinkError>> + Send {
        std::future::ready(Ok(None))
    }

    /// Group execute trigger, as `*TRG` does; false where the link has none: nothing has left.
    ///
    /// # Errors
    /// The link is broken.
    fn trigger(&mut self) -> impl Future<Output = Result<bool, LinkError>> + Send {
        std::future::ready(Ok(false))
    }

    /// Waits until the instrument asks for service. Cancel-safe. The default waits for ever.
    ///
    /// # Errors
    /// The link is broken.
    fn service_request(&mut self) -> impl Future<Output = Result<(), LinkError>> + Send {
        std::future::pending()
    }
}
