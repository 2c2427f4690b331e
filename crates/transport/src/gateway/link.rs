//! One instrument behind a gateway.

use std::time::Duration;

use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until},
};

use super::{
    Gateway,
    address::Address,
    worker::{Answer, Slice, Task},
};
use crate::{LinkError, Transport, message};

/// How often the bus is asked whether somebody wants service.
const LOOK: Duration = Duration::from_millis(20);
/// The status byte's bit that says so (IEEE 488.2, 11.2.2.1).
const REQUESTS_SERVICE: u8 = 1 << 6;

/// A link to one instrument behind a [`Gateway`]. What it sends and awaits is in the
/// [module's](super) documentation.
#[derive(Debug)]
pub struct GatewayTransport {
    gateway: Gateway,
    link: u64,
    address: Address,
    resource: String,
    /// The read that is under way, kept when `receive` is dropped: its reply is the next one.
    reading: Option<oneshot::Receiver<Slice>>,
    /// The look at the bus that is under way: a service request is told once.
    looking: Option<oneshot::Receiver<Answer>>,
    next_look: Option<Instant>,
    expected: Option<usize>,
    /// The gateway does not know `++clr`.
    cannot_clear: bool,
}

impl GatewayTransport {
    pub(super) fn new(
        gateway: Gateway,
        link: u64,
        address: Address,
        resource: String,
    ) -> GatewayTransport {
        GatewayTransport {
            gateway,
            link,
            address,
            resource,
            reading: None,
            looking: None,
            next_look: None,
            expected: None,
            cannot_clear: false,
        }
    }

    fn ask<T>(&self, task: impl FnOnce(oneshot::Sender<T>) -> Task) -> oneshot::Receiver<T> {
        self.gateway.ask(self.link, self.address, task)
    }

    async fn answer<T>(&self, asked: oneshot::Receiver<T>) -> Result<T, LinkError> {
        match asked.await {
            Ok(answer) => Ok(answer),
            Err(_) => Err(self.gateway.ended().await),
        }
    }

    async fn slice(&mut self) -> Slice {
        if self.reading.is_none() {
            let expected = self.expected.take();
            self.reading = Some(self.ask(|reply| Task::Read { expected, reply }));
        }
        let answer = match &mut self.reading {
            Some(reading) => reading.await.ok(),
            None => None,
        };
        self.reading = None;
        match answer {
            Some(slice) => slice,
            None => Err(self.gateway.ended().await),
        }
    }

    async fn look(&mut self) -> Result<Answer, LinkError> {
        if self.looking.is_none() {
            if let Some(moment) = self.next_look {
                sleep_until(moment).await;
            }
            self.looking = Some(self.ask(|reply| Task::Service { reply }));
        }
        let answer = match &mut self.looking {
            Some(looking) => looking.await.ok(),
            None => None,
        };
        self.looking = None;
        self.next_look = Some(Instant::now() + LOOK);
        match answer {
            Some(answer) => Ok(answer),
            None => Err(self.gateway.ended().await),
        }
    }
}

impl Drop for GatewayTransport {
    fn drop(&mut self) {
        self.gateway.forget(self.link, self.address);
    }
}

impl Transport for GatewayTransport {
    async fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        message::check(message)?;
        let message = message.to_vec();
        let asked = self.ask(|done| Task::Send { message, done });
        self.answer(asked).await
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            if let Some(message) = self.slice().await? {
                return Ok(message);
            }
        }
    }

    fn clears_device(&self) -> bool {
        !self.cannot_clear
    }

    async fn clear(&mut self) -> Result<(), LinkError> {
        self.reading = None;
        self.expected = None;
        let asked = self.ask(|done| Task::Clear { done });
        self.cannot_clear = !self.answer(asked).await?;
        Ok(())
    }

    /// An instrument on the bus talks only when it is told to: this is how the gateway's end is
    /// learned of.
    async fn unsolicited(&mut self) -> Result<Vec<u8>, LinkError> {
        Err(self.gateway.ended().await)
    }

    fn expect_block(&mut self, bytes: usize) {
        self.expected = Some(bytes);
    }

    async fn status_byte(&mut self) -> Result<Option<u8>, LinkError> {
        let limit = self.gateway.slice();
        let asked = self.ask(|reply| Task::Poll { reply });
        match self.answer(asked).await? {
            Answer::Number(status) => Ok(Some(status)),
            Answer::Unknown => Ok(None),
            Answer::Nothing => Err(LinkError::NoAnswer { resource: self.resource.clone(), limit }),
        }
    }

    async fn trigger(&mut self) -> Result<bool, LinkError> {
        let asked = self.ask(|done| Task::Trigger { done });
        self.answer(asked).await
    }

    async fn service_request(&mut self) -> Result<(), LinkError> {
        loop {
            match self.look().await? {
                Answer::Number(status) if status & REQUESTS_SERVICE != 0 => return Ok(()),
                Answer::Number(_) | Answer::Nothing => {}
                Answer::Unknown => return Err(self.gateway.ended().await),
            }
        }
    }
}
