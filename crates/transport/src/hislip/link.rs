//! Messages over an open HiSLIP session.

use std::{collections::VecDeque, time::Duration};

use tokio::time::timeout;

use super::{
    HislipOptions,
    channel::Channel,
    codes::{self, POORLY_FORMED, UNRECOGNIZED_TYPE, UNRECOGNIZED_VENDOR},
    message::{Message, kind},
};
use crate::{
    LinkError, Transport,
    end::{LONGEST_REPLY, without_terminator},
    message,
};

/// The first MessageID of a session, and after a device clear (IVI-6.1, 3.1.1).
pub(super) const FIRST_ID: u32 = 0xffff_ff00;
/// Before the first message: what would precede [`FIRST_ID`].
const NO_ID: u32 = FIRST_ID - 2;
/// A Data message whose query the server does not know (yet) carries this.
const UNKNOWN_ID: u32 = 0xffff_ffff;
/// Queries on their way at once in overlapped mode. The standard sets no limit; instruments queue.
const OVERLAPPED_DEPTH: usize = 16;
/// Whole replies that may wait unread before the link is given up, and their bytes.
const MOST_REPLIES: usize = 1024;
const MOST_UNREAD: usize = 4 * LONGEST_REPLY;

/// What client and server agreed upon when the session was opened.
pub(super) struct Agreed {
    pub(super) version: u16,
    /// Bytes of payload that the server accepts in one message.
    pub(super) largest: usize,
    pub(super) overlapped: bool,
}

/// Of the two messages about one interruption, the one that came first. Until the other has come,
/// nothing is sent (IVI-6.1, 3.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interruption {
    OnSync,
    OnAsync,
}

/// A HiSLIP session. [`connect`](super::connect) opens one.
#[derive(Debug)]
pub struct HislipTransport {
    pub(super) sync: Channel,
    pub(super) asynchronous: Channel,
    pub(super) options: HislipOptions,
    pub(super) resource: String,
    version: u16,
    largest: usize,
    pub(super) overlapped: bool,
    pub(super) next_id: u32,
    /// MessageID of the last Data, DataEnd or Trigger.
    pub(super) last_sent: Option<u32>,
    /// Overlapped mode: MessageID of the last reply that was handed out.
    pub(super) delivered_id: Option<u32>,
    /// A reply was handed out since the server was last told so.
    pub(super) rmt_delivered: bool,
    pub(super) interrupted: Option<Interruption>,
    /// The reply that is coming in.
    pub(super) reply: Vec<u8>,
    /// It is too long: the rest of it is dropped.
    pub(super) dropping: bool,
    /// Whole replies, with their MessageIDs.
    pub(super) replies: VecDeque<(u32, Result<Vec<u8>, LinkError>)>,
    pub(super) expected_block: Option<usize>,
    service_requests: u32,
    /// Answers on the asynchronous channel.
    answers: VecDeque<Message>,
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
            interrupted: None,
            reply: Vec::new(),
            dropping: false,
            replies: VecDeque::new(),
            expected_block: None,
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
    fn push(&mut self, kind: u8, payload: &[u8]) {
        let control = u8::from(std::mem::take(&mut self.rmt_delivered));
        self.sync.outgoing.push(kind, control, self.next_id, payload);
        self.last_sent = Some(self.next_id);
        self.next_id = self.next_id.wrapping_add(2);
    }

    /// What a new message does to replies that were not read (IVI-6.1, 3.1.2, rule 1).
    fn forget_unread(&mut self) {
        if !self.overlapped {
            self.reply.clear();
            self.dropping = false;
            self.replies.clear();
        }
    }

    /// Waits until nothing stands against sending. A server that leaves out the second of the two
    /// messages about an interruption must not keep an output from being switched off: after
    /// `answer_limit` sending goes on.
    async fn may_send(&mut self) -> Result<(), LinkError> {
        let limit = self.options.answer_limit;
        let complete = async {
            while self.interrupted.is_some() {
                self.pump().await?;
            }
            Ok(())
        };
        match timeout(limit, complete).await {
            Ok(complete) => complete,
            Err(_) => {
                tracing::warn!(first = ?self.interrupted, "an interruption was announced by half");
                self.interrupted = None;
                Ok(())
            }
        }
    }

    /// Sends what is lined up. Replies are taken in meanwhile, so that a server that first wants to
    /// be rid of one does not wait for ever.
    async fn flush(&mut self) -> Result<(), LinkError> {
        loop {
            tokio::select! {
                biased;
                sent = self.sync.outgoing.flush() => return sent,
                message = self.sync.incoming.next() => self.take_sync(message)?,
            }
        }
    }

    /// Takes in one message from either channel, and sends what it calls for. Cancel-safe.
    async fn pump(&mut self) -> Result<(), LinkError> {
        tokio::select! {
            biased;
            sent = self.sync.outgoing.flush(), if self.sync.outgoing.waits() => sent,
            sent = self.asynchronous.outgoing.flush(), if self.asynchronous.outgoing.waits() => sent,
            message = self.sync.incoming.next() => self.take_sync(message),
            message = self.asynchronous.incoming.next() => self.asynchronous_message(message?),
        }
    }

    /// Takes what came on the synchronous channel; tells the server if it was no message.
    fn take_sync(&mut self, message: Result<Message, LinkError>) -> Result<(), LinkError> {
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

    fn sync_message(&mut self, message: Message) -> Result<(), LinkError> {
        match message.kind {
            kind::DATA | kind::DATA_END => self.data(message),
            kind::INTERRUPTED => {
                self.interrupt(Interruption::OnSync);
                Ok(())
            }
            kind::FATAL_ERROR | kind::ERROR => Err(codes::declined(&message)),
            // Of a clear that was given up.
            kind::DEVICE_CLEAR_ACKNOWLEDGE => Ok(()),
            unknown => {
                let code = unrecognized(unknown);
                self.sync.outgoing.push(kind::ERROR, code, 0, b"unrecognized message");
                Ok(())
            }
        }
    }

    pub(super) fn asynchronous_message(&mut self, message: Message) -> Result<(), LinkError> {
        match message.kind {
            kind::ASYNC_SERVICE_REQUEST => {
                self.service_requests = self.service_requests.saturating_add(1);
            }
            kind::ASYNC_INTERRUPTED => self.interrupt(Interruption::OnAsync),
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
                let code = unrecognized(unknown);
                self.asynchronous.outgoing.push(kind::ERROR, code, 0, b"unrecognized message");
            }
        }
        Ok(())
    }

    fn interrupt(&mut self, by: Interruption) {
        if self.overlapped {
            return;
        }
        self.interrupted = match self.interrupted {
            Some(first) if first != by => None,
            _ => {
                self.reply.clear();
                self.dropping = false;
                self.replies.clear();
                Some(by)
            }
        };
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

    /// Waits for a whole reply. Cancel-safe.
    async fn next_reply(&mut self) -> Result<Vec<u8>, LinkError> {
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

fn unrecognized(kind: u8) -> u8 {
    tracing::debug!(kind, defined = kind <= kind::LAST_DEFINED, "a message that is not expected");
    if kind >= kind::FIRST_OF_VENDORS { UNRECOGNIZED_VENDOR } else { UNRECOGNIZED_TYPE }
}

impl Transport for HislipTransport {
    async fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        message::check(message)?;
        self.may_send().await?;
        self.forget_unread();
        self.expected_block = None;
        let mut whole = Vec::with_capacity(message.len() + 1);
        whole.extend_from_slice(message);
        whole.push(b'\n');
        let mut parts = whole.chunks(self.largest).peekable();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            self.push(if last { kind::DATA_END } else { kind::DATA }, part);
            self.flush().await?;
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        let reply = self.next_reply().await?;
        Ok(without_terminator(reply, self.expected_block.take()))
    }

    async fn clear(&mut self) -> Result<(), LinkError> {
        self.device_clear().await
    }

    async fn unsolicited(&mut self) -> Result<Vec<u8>, LinkError> {
        match self.next_reply().await {
            // It is dropped either way.
            Err(LinkError::Endless { .. }) => Ok(Vec::new()),
            reply => reply,
        }
    }

    fn depth(&self) -> usize {
        if self.overlapped { OVERLAPPED_DEPTH } else { 1 }
    }

    fn expect_block(&mut self, bytes: usize) {
        self.expected_block = Some(bytes);
    }

    async fn status_byte(&mut self) -> Result<Option<u8>, LinkError> {
        // The server computes "message available" from this (IVI-6.1, 6.14).
        let id = match self.overlapped {
            true => self.delivered_id.unwrap_or(NO_ID),
            false => self.last_or_none(),
        };
        let control = u8::from(std::mem::take(&mut self.rmt_delivered));
        self.asynchronous.outgoing.push(kind::ASYNC_STATUS_QUERY, control, id, &[]);
        let answer = self.answer(kind::ASYNC_STATUS_RESPONSE, Duration::ZERO).await?;
        Ok(Some(answer.control))
    }

    async fn trigger(&mut self) -> Result<bool, LinkError> {
        self.may_send().await?;
        self.forget_unread();
        self.push(kind::TRIGGER, &[]);
        self.flush().await?;
        Ok(true)
    }

    async fn service_request(&mut self) -> Result<(), LinkError> {
        while self.service_requests == 0 {
            let message = self.asynchronous.incoming.next().await?;
            self.asynchronous_message(message)?;
        }
        self.service_requests -= 1;
        Ok(())
    }
}
