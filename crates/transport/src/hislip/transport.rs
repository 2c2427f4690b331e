//! Messages over an open HiSLIP session.

use std::time::Duration;

use super::{HislipTransport, link::NO_ID, message::kind};
use crate::{LinkError, Transport, end::without_terminator, message};

/// Queries on their way at once in overlapped mode. The standard sets no limit; instruments queue.
const OVERLAPPED_DEPTH: usize = 16;

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

    fn clears_device(&self) -> bool {
        !self.cannot_clear
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
        // The server computes "message available" from this (IVI-6.1, 6.14). UNVERIFIED: what to say
        // before the first message; servers compare for equality, so any number not yet used will do.
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
            self.asynchronous.outgoing.flush_now();
        }
        self.service_requests -= 1;
        Ok(())
    }
}
