//! Device clear (IVI-6.1, 6.12).

use tokio::time::timeout;

use super::{
    HislipTransport, Mode, codes,
    link::FIRST_ID,
    message::{Message, kind},
};
use crate::LinkError;

/// Feature bitmap: overlapped mode.
const OVERLAPPED: u8 = 1;

/// How far a device clear has come.
enum Step {
    /// The server has not acknowledged on the asynchronous channel: it may still be sending.
    Asked,
    /// The mode was proposed; what comes before the acknowledgement is from before the clear.
    Proposed,
}

impl HislipTransport {
    /// Empties both sides' buffers and agrees upon the mode anew.
    pub(super) async fn device_clear(&mut self) -> Result<(), LinkError> {
        let limit = self.options.answer_limit;
        let mut step = Step::Asked;
        match timeout(limit, self.clear_steps(&mut step)).await {
            Ok(cleared) => cleared,
            // A server that has never heard of the clear has ignored it, and goes on as before.
            Err(_) if matches!(step, Step::Asked) => {
                tracing::warn!("no device clear here: nothing came in answer to one");
                self.cannot_clear = true;
                self.forget_replies();
                Ok(())
            }
            Err(_) => Err(LinkError::NoAnswer { resource: self.resource.clone(), limit }),
        }
    }

    async fn clear_steps(&mut self, step: &mut Step) -> Result<(), LinkError> {
        if self.cannot_clear {
            self.forget_replies();
            return Ok(());
        }
        self.asynchronous.outgoing.push(kind::ASYNC_DEVICE_CLEAR, 0, 0, &[]);
        loop {
            // Both directions of both channels at once: the server may have to get rid of a long
            // reply before it listens.
            tokio::select! {
                sent = self.asynchronous.outgoing.flush(), if self.asynchronous.outgoing.waits() => sent?,
                sent = self.sync.outgoing.flush(), if self.sync.outgoing.waits() => sent?,
                message = self.asynchronous.incoming.next() => {
                    let message = message?;
                    match (message.kind, &*step) {
                        (kind::ASYNC_DEVICE_CLEAR_ACKNOWLEDGE, Step::Asked) => {
                            self.propose(&message);
                            *step = Step::Proposed;
                        }
                        // A server that leaves the clear out goes on as before, and so do its
                        // MessageIDs.
                        (kind::ERROR, Step::Asked) => {
                            tracing::warn!(code = message.control, "no device clear here");
                            self.cannot_clear = true;
                            self.forget_replies();
                            return Ok(());
                        }
                        (kind::ASYNC_INTERRUPTED | kind::ASYNC_STATUS_RESPONSE, _) => {}
                        _ => self.asynchronous_message(message)?,
                    }
                }
                message = self.sync.incoming.next() => {
                    let message = message?;
                    match (message.kind, &*step) {
                        (kind::DEVICE_CLEAR_ACKNOWLEDGE, Step::Proposed) => {
                            self.begin_anew(message.control & OVERLAPPED != 0);
                            return Ok(());
                        }
                        (kind::FATAL_ERROR, _) => return Err(codes::declined(&message)),
                        // Data, Interrupted, Error: all from before the clear.
                        _ => {}
                    }
                }
            }
        }
    }

    fn propose(&mut self, acknowledge: &Message) {
        let wanted = match self.options.mode {
            Mode::Synchronized => 0,
            // The server's own preference does not bind: it says with the acknowledgement what it
            // has granted.
            Mode::Overlapped => OVERLAPPED,
        };
        tracing::debug!(preferred = acknowledge.control, wanted, "device clear");
        self.sync.outgoing.push(kind::DEVICE_CLEAR_COMPLETE, wanted, 0, &[]);
    }

    fn begin_anew(&mut self, overlapped: bool) {
        self.overlapped = overlapped;
        self.next_id = FIRST_ID;
        self.last_sent = None;
        self.delivered_id = None;
        self.rmt_delivered = false;
        self.interruptions = 0;
        self.forget_replies();
    }

    fn forget_replies(&mut self) {
        self.dropping = false;
        self.expected_block = None;
        self.reply.clear();
        self.replies.clear();
    }
}
