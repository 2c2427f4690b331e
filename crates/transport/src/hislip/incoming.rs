//! What the instrument sends, taken in.

use super::{
    HislipTransport,
    codes::{self, POORLY_FORMED, UNRECOGNIZED_TYPE, UNRECOGNIZED_VENDOR},
    message::{Message, kind},
};
use crate::{LinkError, end::LONGEST_REPLY};

/// A Data message whose query the server does not know (yet) carries this.
const UNKNOWN_ID: u32 = 0xffff_ffff;
/// Whole replies that may wait unread before the link is given up, and their bytes.
const MOST_REPLIES: usize = 1024;
const MOST_UNREAD: usize = 4 * LONGEST_REPLY;

impl HislipTransport {
    /// Takes what came on the synchronous channel; tells the server if it was no message.
    pub(super) fn take_sync(
        &mut self,
        message: Result<Message, LinkError>,
    ) -> Result<(), LinkError> {
        match message {
            Ok(message) => self.sync_message(message),
            Err(error) => {
                if let LinkError::Protocol { .. } = error {
                    let text = error.to_string();
                    self.sync.outgoing.push(kind::FATAL_ERROR, POORLY_FORMED, 0, text.as_bytes());
                    self.sync.outgoing.flush_now();
                }
                Err(error)
            }
        }
    }

    fn sync_message(&mut self, message: Message) -> Result<(), LinkError> {
        match message.kind {
            kind::DATA | kind::DATA_END => self.data(message),
            kind::INTERRUPTED => {
                self.interrupt(1);
                Ok(())
            }
            kind::FATAL_ERROR | kind::ERROR => Err(codes::declined(&message)),
            // Of a clear that was given up.
            kind::DEVICE_CLEAR_ACKNOWLEDGE => Ok(()),
            unknown => {
                self.sync.outgoing.object(unrecognized(unknown));
                Ok(())
            }
        }
    }

    pub(super) fn asynchronous_message(&mut self, message: Message) -> Result<(), LinkError> {
        match message.kind {
            kind::ASYNC_SERVICE_REQUEST => {
                self.service_requests = self.service_requests.saturating_add(1);
            }
            kind::ASYNC_INTERRUPTED => self.interrupt(-1),
            kind::FATAL_ERROR | kind::ERROR => return Err(codes::declined(&message)),
            kind::ASYNC_STATUS_RESPONSE
            | kind::ASYNC_LOCK_RESPONSE
            | kind::ASYNC_LOCK_INFO_RESPONSE
            | kind::ASYNC_REMOTE_LOCAL_RESPONSE
            | kind::ASYNC_DEVICE_CLEAR_ACKNOWLEDGE
            | kind::ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE => {
                // One answer at a time is awaited: more than one is noise, and kept from growing.
                self.answers.truncate(1);
                self.answers.push_front(message);
            }
            unknown => {
                self.asynchronous.outgoing.object(unrecognized(unknown));
            }
        }
        Ok(())
    }

    /// Takes one of the two messages about an interruption: `by` is 1 for Interrupted, -1 for
    /// AsyncInterrupted.
    fn interrupt(&mut self, by: i32) {
        if self.overlapped {
            return;
        }
        // What came before Interrupted on its own channel is old. AsyncInterrupted may be behind it,
        // and what has come since is new.
        if by > 0 || self.interruptions <= 0 {
            self.reply.clear();
            self.dropping = false;
            self.replies.clear();
        }
        self.interruptions = self.interruptions.saturating_add(by);
    }

    fn data(&mut self, message: Message) -> Result<(), LinkError> {
        let id = message.parameter;
        let ours = self.overlapped
            || Some(id) == self.last_sent
            || (message.kind == kind::DATA && id == UNKNOWN_ID && self.last_sent.is_some());
        if !ours {
            tracing::debug!(
                id,
                bytes = message.payload.len(),
                "dropped the reply to another message"
            );
            self.reply.clear();
            self.dropping = false;
            return Ok(());
        }
        if self.reply.len() + message.payload.len() > LONGEST_REPLY {
            self.dropping = true;
            self.reply = Vec::new();
        }
        if self.dropping {
            // Only its end matters now.
        } else if self.reply.is_empty() {
            self.reply = message.payload;
        } else {
            self.reply.extend_from_slice(&message.payload);
        }
        if message.kind == kind::DATA_END {
            let reply = std::mem::take(&mut self.reply);
            let reply = match std::mem::take(&mut self.dropping) {
                true => Err(LinkError::Endless { limit: LONGEST_REPLY }),
                false => Ok(reply),
            };
            self.replies.push_back((id, reply));
        }
        let unread: usize =
            self.replies.iter().map(|(_, reply)| reply.as_ref().map_or(0, Vec::len)).sum();
        if self.replies.len() > MOST_REPLIES || unread > MOST_UNREAD {
            return Err(LinkError::Protocol {
                protocol: "HiSLIP",
                expected: "one reply to each query",
                found: format!("{} unread, of {unread} bytes", self.replies.len()),
            });
        }
        Ok(())
    }
}

fn unrecognized(kind: u8) -> u8 {
    tracing::debug!(kind, defined = kind <= kind::LAST_DEFINED, "a message that is not expected");
    if kind >= kind::FIRST_OF_VENDORS { UNRECOGNIZED_VENDOR } else { UNRECOGNIZED_TYPE }
}
