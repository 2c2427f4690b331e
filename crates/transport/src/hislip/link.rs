//! An open HiSLIP session: its state, and the two channels beside each other.

use std::{collections::VecDeque, time::Duration};

use tokio::time::timeout;

use super::{HislipOptions, channel::Channel, message::Message};
use crate::LinkError;

/// The first MessageID of a session, and after a device clear (IVI-6.1, 3.1.1).
pub(super) const FIRST_ID: u32 = 0xffff_ff00;
/// Before the first message: what would precede [`FIRST_ID`].
pub(super) const NO_ID: u32 = FIRST_ID - 2;

/// What client and server agreed upon when the session was opened.
pub(super) struct Agreed {
    pub(super) version: u16,
    /// Bytes of payload that the server accepts in one message.
    pub(super) largest: usize,
    pub(super) overlapped: bool,
}

/// A HiSLIP session. [`connect`](super::connect) opens one.
#[derive(Debug)]
pub struct HislipTransport {
    pub(super) sync: Channel,
    pub(super) asynchronous: Channel,
    pub(super) options: HislipOptions,
    pub(super) resource: String,
    version: u16,
    pub(super) largest: usize,
    pub(super) overlapped: bool,
    pub(super) next_id: u32,
    /// MessageID of the last Data, DataEnd or Trigger.
    pub(super) last_sent: Option<u32>,
    /// Overlapped mode: MessageID of the last reply that was handed out.
    pub(super) delivered_id: Option<u32>,
    /// A reply was handed out since the server was last told so.
    pub(super) rmt_delivered: bool,
    /// Interrupted messages less AsyncInterrupted ones: they come in pairs, and until the second of a
    /// pair has come nothing is sent (IVI-6.1, 3.1.2).
    pub(super) interruptions: i32,
    /// The reply that is coming in.
    pub(super) reply: Vec<u8>,
    /// It is too long: the rest of it is dropped.
    pub(super) dropping: bool,
    /// Whole replies, with their MessageIDs.
    pub(super) replies: VecDeque<(u32, Result<Vec<u8>, LinkError>)>,
    pub(super) expected_block: Option<usize>,
    /// It knows no device clear.
    pub(super) cannot_clear: bool,
    pub(super) service_requests: u32,
    /// Answers on the asynchronous channel.
    pub(super) answers: VecDeque<Message>,
}

impl HislipTransport {
    pub(super) fn new(
        sync: Channel,
        asynchronous: Channel,
        agreed: Agreed,
        resource: String,
        options: HislipOptions,
    ) -> HislipTransport {
        HislipTransport {
            sync,
            asynchronous,
            options,
            resource,
            version: agreed.version,
            largest: agreed.largest,
            overlapped: agreed.overlapped,
            next_id: FIRST_ID,
            last_sent: None,
            delivered_id: None,
            rmt_delivered: false,
            interruptions: 0,
            reply: Vec::new(),
            dropping: false,
            replies: VecDeque::new(),
            expected_block: None,
            cannot_clear: false,
            service_requests: 0,
            answers: VecDeque::new(),
        }
    }

    /// The protocol's version that both sides speak, as (major, minor).
    pub fn version(&self) -> (u8, u8) {
        let [major, minor] = self.version.to_be_bytes();
        (major, minor)
    }

    /// Whether queries may overlap: what was asked for need not have been granted.
    pub fn is_overlapped(&self) -> bool {
        self.overlapped
    }

    /// What the server is told about the last message, also before there was one.
    pub(super) fn last_or_none(&self) -> u32 {
        self.last_sent.unwrap_or(NO_ID)
    }

    /// Lines up a message of the synchronous channel that has a MessageID.
    pub(super) fn push(&mut self, kind: u8, payload: &[u8]) {
        let control = u8::from(std::mem::take(&mut self.rmt_delivered));
        self.sync.outgoing.push(kind, control, self.next_id, payload);
        self.last_sent = Some(self.next_id);
        self.next_id = self.next_id.wrapping_add(2);
    }

    /// What a new message does to replies that were not read (IVI-6.1, 3.1.2, rule 1).
    pub(super) fn forget_unread(&mut self) {
        if !self.overlapped {
            self.reply.clear();
            self.dropping = false;
            self.replies.clear();
        }
    }

    /// Waits until nothing stands against sending. A server that leaves out the second of the two
    /// messages about an interruption must not keep an output from being switched off: after
    /// `answer_limit` sending goes on.
    pub(super) async fn may_send(&mut self) -> Result<(), LinkError> {
        let limit = self.options.answer_limit;
        let complete = async {
            while self.interruptions != 0 {
                self.pump().await?;
            }
            Ok(())
        };
        match timeout(limit, complete).await {
            Ok(complete) => complete,
            Err(_) => {
                tracing::warn!(
                    balance = self.interruptions,
                    "an interruption was announced by half"
                );
                self.interruptions = 0;
                Ok(())
            }
        }
    }

    /// Sends what is lined up. Replies are taken in meanwhile, so that a server that first wants to
    /// be rid of one does not wait for ever.
    pub(super) async fn flush(&mut self) -> Result<(), LinkError> {
        loop {
            tokio::select! {
                biased;
                sent = self.sync.outgoing.flush() => return sent,
                message = self.sync.incoming.next() => self.take_sync(message)?,
            }
        }
    }

    /// Takes in one message from either channel, and sends what it calls for. Cancel-safe.
    pub(super) async fn pump(&mut self) -> Result<(), LinkError> {
        tokio::select! {
            biased;
            sent = self.sync.outgoing.flush(), if self.sync.outgoing.waits() => sent,
            sent = self.asynchronous.outgoing.flush(), if self.asynchronous.outgoing.waits() => sent,
            message = self.sync.incoming.next() => self.take_sync(message),
            message = self.asynchronous.incoming.next() => self.asynchronous_message(message?),
        }
    }

    /// Sends what is lined up on the asynchronous channel and waits for an answer of type `kind`.
    pub(super) async fn answer(
        &mut self,
        kind: u8,
        more_time: Duration,
    ) -> Result<Message, LinkError> {
        let limit = self.options.answer_limit.saturating_add(more_time);
        self.answers.clear();
        let answered = async {
            loop {
                if let Some(answer) = self.answers.pop_front() {
                    if answer.kind == kind {
                        return Ok(answer);
                    }
                    continue;
                }
                self.pump().await?;
            }
        };
        match timeout(limit, answered).await {
            Ok(answer) => answer,
            Err(_) => Err(LinkError::NoAnswer { resource: self.resource.clone(), limit }),
        }
    }

    /// Waits for a whole reply. Cancel-safe.
    pub(super) async fn next_reply(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            if let Some((id, reply)) = self.replies.pop_front() {
                self.rmt_delivered = true;
                self.delivered_id = Some(id);
                return reply;
            }
            self.pump().await?;
        }
    }
}
