//! The protocol over an interface's pipes.

use std::sync::Arc;

use tokio::time::timeout;

use super::{
    Capabilities, UsbtmcOptions, class,
    header::{self, HEADER, MessageIn},
    pipes::{Bulk, ClassRequest, Layout, PipeError, Pipes},
    quirks::{self, Quirk},
};
use crate::{LinkError, Transport, message};

const PROTOCOL: &str = "USBTMC";
/// Interrupt packets of a service request begin so (USB488 1.0, 3.4.1).
const SERVICE_REQUEST: u8 = 0x81;
/// READ_STATUS_BYTE's tags (USB488 1.0, 4.3.1).
const STATUS_TAGS: std::ops::RangeInclusive<u8> = 2..=127;

/// A link to a USBTMC instrument. What it sends and awaits is in the [module's](super) documentation.
#[derive(Debug)]
pub struct UsbtmcTransport<P> {
    pub(super) pipes: P,
    pub(super) layout: Layout,
    pub(super) capabilities: Capabilities,
    pub(super) options: UsbtmcOptions,
    pub(super) quirk: Quirk,
    pub(super) tag: u8,
    status_tag: u8,
    /// The tag of the message that is leaving.
    pub(super) sending: Option<u8>,
    /// The request that has not been answered whole.
    pub(super) asked: Option<Asked>,
    /// What has come of the message that is being received.
    pub(super) received: Vec<u8>,
    pub(super) expected: Option<usize>,
    service_requested: bool,
}

/// A `REQUEST_DEV_DEP_MSG_IN` under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) tag: u8,
    /// The header of the answer, once it has come, and the bytes that it still owes.
    answer: Option<(MessageIn, usize)>,
}

impl<P: Pipes> UsbtmcTransport<P> {
    /// Takes an interface: reads its capabilities, asserts remote enable and clears it, unless the
    /// options or the instrument's quirks say otherwise.
    ///
    /// # Errors
    /// The instrument is gone, or does not clear.
    pub async fn over(
        pipes: P,
        vendor: u16,
        product: u16,
        options: &UsbtmcOptions,
    ) -> Result<UsbtmcTransport<P>, LinkError> {
        let layout = pipes.layout();
        let mut link = UsbtmcTransport {
            pipes,
            layout,
            capabilities: Capabilities::default(),
            options: options.clone(),
            quirk: quirks::of(vendor, product),
            tag: 0,
            status_tag: 1,
            sending: None,
            asked: None,
            received: Vec::new(),
            expected: None,
            service_requested: false,
        };
        let said = link.control(class::get_capabilities(layout)).await?;
        // An instrument that does not say what it can is taken for one that can nothing more.
        if let Some((class::SUCCESS, answer)) = said {
            link.capabilities = Capabilities::parse(&answer, layout.usb488);
        }
        if link.capabilities.remote_local {
            link.control(class::ren_control(layout, true)).await?;
        }
        if options.clear_at_opening && !link.quirk.no_clear_at_opening {
            link.clear().await?;
        }
        Ok(link)
    }

    /// What the instrument says that it can.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Gives the front panel back (`GO_TO_LOCAL`); false where the instrument does not know it.
    ///
    /// # Errors
    /// The instrument is gone.
    pub async fn go_to_local(&mut self) -> Result<bool, LinkError> {
        self.remote_local(class::go_to_local(self.layout)).await
    }

    /// Locks the front panel (`LOCAL_LOCKOUT`); false where the instrument does not know it.
    ///
    /// # Errors
    /// The instrument is gone.
    pub async fn local_lockout(&mut self) -> Result<bool, LinkError> {
        self.remote_local(class::local_lockout(self.layout)).await
    }

    async fn remote_local(&mut self, request: ClassRequest) -> Result<bool, LinkError> {
        if !self.capabilities.remote_local {
            return Ok(false);
        }
        let answer = self.control(request).await?;
        Ok(matches!(answer, Some((class::SUCCESS, _))))
    }

    /// 1 to 255, round and round (USBTMC 1.0, table 1).
    fn next_tag(&mut self) -> u8 {
        self.tag = self.tag.checked_add(1).unwrap_or(1);
        self.tag
    }

    /// A class request's status and whole answer; nothing where the instrument does not know it.
    pub(super) async fn control(
        &mut self,
        request: ClassRequest,
    ) -> Result<Option<(u8, Vec<u8>)>, LinkError> {
        match self.pipes.control_in(request, self.options.control_limit).await {
            Ok(answer) => match answer.first() {
                Some(&status) => Ok(Some((status, answer))),
                None => Err(protocol("a class request's status", &answer)),
            },
            Err(PipeError::Stall) => Ok(None),
            Err(PipeError::Cancelled) => Err(self.no_answer()),
            Err(PipeError::Broken(error)) => Err(error),
        }
    }

    fn no_answer(&self) -> LinkError {
        LinkError::NoAnswer {
            resource: self.options.resource.clone(),
            limit: self.options.control_limit,
        }
    }

    /// A Bulk-OUT transfer, until it has left.
    async fn out(&mut self, transfer: Vec<u8>) -> Result<(), LinkError> {
        self.pipes.submit_out(transfer);
        self.out_done().await
    }

    async fn out_done(&mut self) -> Result<(), LinkError> {
        match self.pipes.out_done().await {
            Ok(()) => Ok(()),
            // The instrument does not take it; it takes the next one again.
            Err(PipeError::Stall) => {
                self.unhalt(Bulk::Out).await?;
                Err(protocol("the instrument to take a message", b"a stall"))
            }
            Err(PipeError::Cancelled) => Err(self.no_answer()),
            Err(PipeError::Broken(error)) => Err(error),
        }
    }

    pub(super) async fn unhalt(&mut self, pipe: Bulk) -> Result<(), LinkError> {
        match self.pipes.clear_halt(pipe).await {
            Err(PipeError::Broken(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// One request and its answer; whether the message is whole. Cancel-safe: what has come is kept,
    /// and a request that has no answer yet is not repeated.
    async fn slice(&mut self) -> Result<bool, LinkError> {
        let mut asked = match self.asked {
            Some(asked) => asked,
            None => {
                let tag = self.next_tag();
                let term_char = self.options.term_char.filter(|_| self.capabilities.term_char);
                let size = u32::try_from(self.options.read_size).unwrap_or(u32::MAX);
                self.pipes.submit_out(header::request_in(tag, size, term_char));
                *self.asked.insert(Asked { tag, answer: None })
            }
        };
        self.out_done().await?;
        loop {
            // One packet more than can come, so that the short packet at the end fits always.
            let length = (HEADER + self.options.read_size + 3).next_multiple_of(self.layout.packet)
                + self.layout.packet;
            let transfer = match self.pipes.bulk_in(length).await {
                Ok(transfer) => transfer,
                Err(PipeError::Stall) => {
                    self.asked = None;
                    self.unhalt(Bulk::In).await?;
                    return Err(protocol("a reply", b"a stall"));
                }
                // Taken back by nobody that waits here: the next read gets what is there.
                Err(PipeError::Cancelled) => continue,
                Err(PipeError::Broken(error)) => return Err(error),
            };
            let Some((last, owed)) = self.take(asked, &transfer)? else { continue };
            if owed == 0 {
                self.asked = None;
                return Ok(last);
            }
            if let Some(now) = self.asked {
                asked = now;
            }
        }
    }

    /// Adds a transfer to what has come: whether it is of the last ones, and how many bytes are owed
    /// after it. Nothing when it belongs to no request.
    fn take(&mut self, asked: Asked, transfer: &[u8]) -> Result<Option<(bool, usize)>, LinkError> {
        let (answer, payload, owed) = match asked.answer {
            // A transfer cut in two (Rigol): the rest has no header.
            Some((answer, owed)) => (answer, transfer, owed),
            // The empty packet behind an earlier transfer.
            None if transfer.is_empty() => return Ok(None),
            None => {
                let answer = MessageIn::parse(transfer)?;
                if answer.tag != asked.tag {
                    tracing::warn!(
                        expected = asked.tag,
                        found = answer.tag,
                        "dropped the answer to an earlier request"
                    );
                    return Ok(None);
                }
                if answer.size > self.options.read_size {
                    return Err(protocol("no more bytes than asked for", &transfer[..HEADER]));
                }
                (answer, &transfer[HEADER..], answer.size)
            }
        };
        // What lies behind is padding.
        let taken = payload.len().min(owed);
        if self.received.len() + taken > self.options.longest {
            self.received.clear();
            self.asked = None;
            return Err(LinkError::Endless { limit: self.options.longest });
        }
        self.received.extend_from_slice(&payload[..taken]);
        let owed = owed - taken;
        self.asked = Some(Asked { tag: asked.tag, answer: Some((answer, owed)) });
        Ok(Some((answer.last, owed)))
    }

    /// Waits for an interrupt packet; service requests are noted, other packets returned.
    async fn interrupt(&mut self) -> Result<Option<[u8; 2]>, LinkError> {
        let packet = match self.pipes.interrupt_in().await {
            Ok(packet) => packet,
            Err(PipeError::Stall | PipeError::Cancelled) => {
                return Err(protocol("an interrupt packet", b"a stall"));
            }
            Err(PipeError::Broken(error)) => return Err(error),
        };
        match packet.first_chunk::<2>() {
            Some([SERVICE_REQUEST, _]) => {
                self.service_requested = true;
                Ok(None)
            }
            other => Ok(other.copied()),
        }
    }

    async fn poll(&mut self) -> Result<Option<u8>, LinkError> {
        let next = self.status_tag + 1;
        self.status_tag = if STATUS_TAGS.contains(&next) { next } else { *STATUS_TAGS.start() };
        let request = class::read_status_byte(self.layout, self.status_tag);
        let mut answer = self.control(request).await?;
        if self.layout.interrupt && matches!(answer, Some((class::INTERRUPT_IN_BUSY, _))) {
            self.interrupt().await?;
            answer = self.control(request).await?;
        }
        let answer = match answer {
            None => return Ok(None),
            Some((class::SUCCESS, answer)) => answer,
            Some((status, _)) => return Err(declined("READ_STATUS_BYTE", status)),
        };
        if !self.layout.interrupt {
            let status = answer.get(2).copied();
            return status.map(Some).ok_or_else(|| protocol("a status byte", &answer));
        }
        loop {
            match self.interrupt().await? {
                Some([tag, status]) if tag == 0x80 | self.status_tag => return Ok(Some(status)),
                other => tracing::debug!(?other, "an interrupt packet that is no answer"),
            }
        }
    }
}

fn protocol(expected: &'static str, found: &[u8]) -> LinkError {
    LinkError::Protocol { protocol: PROTOCOL, expected, found: message::excerpt(found) }
}

pub(super) fn declined(operation: &'static str, status: u8) -> LinkError {
    LinkError::Declined {
        protocol: PROTOCOL,
        operation,
        code: status.into(),
        meaning: class::meaning(status),
    }
}

impl<P: Pipes> Transport for UsbtmcTransport<P> {
    async fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        message::check(message)?;
        let line = [message, b"\n"].concat();
        let mut parts = line.chunks(self.options.part()).peekable();
        while let Some(part) = parts.next() {
            let tag = self.next_tag();
            self.sending = Some(tag);
            self.out(header::message_out(tag, part, parts.peek().is_none())).await?;
        }
        self.sending = None;
        Ok(())
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        while !self.slice().await? {}
        let mut message = std::mem::take(&mut self.received);
        message::strip_line_feed(&mut message, self.expected.take());
        Ok(message)
    }

    fn clears_device(&self) -> bool {
        true
    }

    async fn clear(&mut self) -> Result<(), LinkError> {
        match timeout(self.options.control_limit, self.clear_all()).await {
            Ok(cleared) => cleared,
            Err(_) => Err(self.no_answer()),
        }
    }

    /// The instrument talks only when it is asked to. Where it has an Interrupt-IN pipe, that tells
    /// when it is unplugged.
    async fn unsolicited(&mut self) -> Result<Vec<u8>, LinkError> {
        if !self.layout.interrupt {
            return std::future::pending().await;
        }
        loop {
            if let Some(packet) = self.interrupt().await? {
                tracing::debug!(?packet, "an interrupt packet that nobody asked for");
            }
        }
    }

    fn expect_block(&mut self, bytes: usize) {
        self.expected = Some(bytes);
    }

    async fn status_byte(&mut self) -> Result<Option<u8>, LinkError> {
        if !self.layout.usb488 {
            return Ok(None);
        }
        match timeout(self.options.control_limit, self.poll()).await {
            Ok(status) => status,
            Err(_) => Err(self.no_answer()),
        }
    }

    async fn trigger(&mut self) -> Result<bool, LinkError> {
        if !self.capabilities.trigger {
            return Ok(false);
        }
        let tag = self.next_tag();
        self.out(header::trigger(tag)).await?;
        Ok(true)
    }

    async fn service_request(&mut self) -> Result<(), LinkError> {
        if !self.layout.interrupt {
            return std::future::pending().await;
        }
        while !std::mem::take(&mut self.service_requested) {
            self.interrupt().await?;
        }
        Ok(())
    }
}

/// An I/O error as a broken pipe.
pub(super) fn broken(reason: std::io::Error) -> PipeError {
    PipeError::Broken(LinkError::Read { reason: Arc::new(reason) })
}
