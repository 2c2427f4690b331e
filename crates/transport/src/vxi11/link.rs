//! Messages over an open VXI-11 link.

use std::{io, net::IpAddr, time::Duration};

use tokio::time::{sleep, timeout};

use super::{
    Lock, Vxi11Options,
    abort::Abort,
    calls::{self, END, TERM_CHAR_SET, WAIT_LOCK, milliseconds},
    channel::Channel,
    codes::{self, ABORT, IO_TIMEOUT, LOCKED_BY_ANOTHER, OPERATION_NOT_SUPPORTED},
    interrupt::Interrupts,
    reading::{ReadResults, Reading},
    rpc::{Procedure, Reply},
    xdr::{Reader, Writer},
};
use crate::{LinkError, Transport, end::without_terminator, message};

/// Bytes asked for by one `device_read`, and sent by one `device_write`, at most.
const LONGEST_PIECE: usize = 1 << 20;
/// What every instrument must accept (VXI-11, B.6.3), for one that does not say.
const USUAL_PIECE: usize = 1024;
/// Beyond the instrument's own limits, for the network.
const GRACE: Duration = Duration::from_secs(5);
/// Pause after a read that came back at once with nothing.
const PAUSE: Duration = Duration::from_millis(10);
/// How long the farewell to a dropped link may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A VXI-11 link. [`connect`](super::connect) opens one.
#[derive(Debug)]
pub struct Vxi11Transport {
    core: Channel,
    abort: Abort,
    interrupts: Option<Interrupts>,
    link: u32,
    piece: usize,
    reading: Reading,
    expected_block: Option<usize>,
    options: Vxi11Options,
    resource: String,
    destroyed: bool,
}

/// What `create_link` returned.
pub(super) struct Created {
    pub(super) link: u32,
    pub(super) abort_port: u16,
    pub(super) largest: usize,
}

impl Vxi11Transport {
    pub(super) fn new(
        core: Channel,
        created: Created,
        resource: String,
        options: Vxi11Options,
    ) -> io::Result<Vxi11Transport> {
        let abort = Abort::new(core.stream().peer_addr()?, created.abort_port, created.link);
        Ok(Vxi11Transport {
            core,
            abort,
            interrupts: None,
            link: created.link,
            piece: match created.largest {
                0 => USUAL_PIECE,
                largest => largest.min(LONGEST_PIECE),
            },
            reading: Reading::default(),
            expected_block: None,
            options,
            resource,
            destroyed: false,
        })
    }

    /// Locks the device for this link.
    ///
    /// # Errors
    /// [`LinkError::Locked`] when another link did not let go; the link is broken.
    pub async fn lock(&mut self, wait: Duration) -> Result<(), LinkError> {
        let before = std::mem::replace(&mut self.options.lock, Lock::Exclusive { wait });
        let arguments =
            Writer::default().number(self.link).number(self.flags()).number(milliseconds(wait));
        let locked = self.call(calls::DEVICE_LOCK, arguments).await;
        if locked.is_err() {
            self.options.lock = before;
        }
        locked
    }

    /// Lets the lock go.
    ///
    /// # Errors
    /// There was none; the link is broken.
    pub async fn unlock(&mut self) -> Result<(), LinkError> {
        self.call(calls::DEVICE_UNLOCK, Writer::default().number(self.link)).await?;
        self.options.lock = Lock::None;
        Ok(())
    }

    /// Puts the instrument under remote control, or gives it back to its front panel.
    ///
    /// # Errors
    /// The instrument cannot; the link is broken.
    pub async fn remote(&mut self, remote: bool) -> Result<(), LinkError> {
        let procedure = if remote { calls::DEVICE_REMOTE } else { calls::DEVICE_LOCAL };
        self.call(procedure, self.generic()).await
    }

    /// Ends the link and waits until the instrument has said so.
    ///
    /// # Errors
    /// The link was broken; it is gone all the same.
    pub async fn close(mut self) -> Result<(), LinkError> {
        self.settle().await?;
        // Whatever comes of it: a second farewell would be to a link that is gone.
        self.destroyed = true;
        if self.interrupts.is_some() {
            let ended = self.exchange(calls::DESTROY_INTR_CHAN, Writer::default()).await;
            if let Err(error) = ended {
                tracing::debug!(%error, "the interrupt channel was not ended");
            }
        }
        match self.call(calls::DESTROY_LINK, Writer::default().number(self.link)).await {
            // Gone is gone.
            Err(LinkError::Closed) => Ok(()),
            destroyed => destroyed,
        }
    }

    /// Has the instrument connect to us, and call when it wants service.
    pub(super) async fn enable_service_requests(&mut self) -> Result<(), LinkError> {
        let address = match self.core.stream().local_addr().map(|address| address.ip()) {
            Ok(IpAddr::V4(address)) => address,
            _ => {
                return Err(LinkError::Option {
                    resource: self.resource.clone(),
                    key: "service_requests",
                    found: "true, over IPv6".to_owned(),
                    accepted: "true over IPv4 only: VXI-11 has no room for a longer address"
                        .to_owned(),
                });
            }
        };
        let mut interrupts = Interrupts::listen(address).await?;
        let port = interrupts.address()?.port();
        let channel = Writer::default()
            .number(address.to_bits())
            .number(u32::from(port))
            .number(calls::INTERRUPT)
            .number(calls::VERSION)
            .number(0);
        let enable = Writer::default().number(self.link).boolean(true).bytes(interrupts.handle());
        let set_up = async {
            self.call(calls::CREATE_INTR_CHAN, channel).await?;
            self.call(calls::DEVICE_ENABLE_SRQ, enable).await
        };
        // The instrument may want to be answered on the new channel before it answers here.
        tokio::select! {
            set = set_up => set?,
            error = interrupts.serve_on() => return Err(error),
        }
        self.interrupts = Some(interrupts);
        Ok(())
    }

    fn flags(&self) -> u32 {
        if self.options.lock.wait().is_zero() { 0 } else { WAIT_LOCK }
    }

    /// Arguments of the procedures that have no others.
    fn generic(&self) -> Writer {
        Writer::default()
            .number(self.link)
            .number(self.flags())
            .number(milliseconds(self.options.lock.wait()))
            .number(milliseconds(self.options.io_limit))
    }

    /// Calls a procedure whose only result is an error code.
    async fn call(&mut self, procedure: Procedure, arguments: Writer) -> Result<(), LinkError> {
        let results = self.exchange(procedure, arguments).await?;
        self.succeeded(procedure, Reader::new(&results).number()?)
    }

    fn succeeded(&self, procedure: Procedure, code: u32) -> Result<(), LinkError> {
        match code {
            0 => Ok(()),
            LOCKED_BY_ANOTHER => Err(LinkError::Locked {
                resource: self.resource.clone(),
                limit: self.options.lock.wait(),
            }),
            code => Err(codes::declined(procedure.name, code)),
        }
    }

    /// Calls, and waits for the results; a `device_read` that ends meanwhile is taken in.
    async fn exchange(
        &mut self,
        procedure: Procedure,
        arguments: Writer,
    ) -> Result<Vec<u8>, LinkError> {
        let xid = self.core.push(procedure, &arguments.into_bytes());
        let options = &self.options;
        // A read that is not aborted may hold the instrument for its slice.
        let limit = options.io_limit + options.lock.wait() + options.slice + GRACE;
        let answered = async {
            loop {
                let reply = self.next_reply().await?;
                if reply.xid == xid {
                    return reply.outcome.map_err(|refusal| refusal.of(procedure));
                }
                self.take_other(reply)?;
            }
        };
        match timeout(limit, answered).await {
            Ok(results) => results,
            Err(_) => Err(LinkError::NoAnswer { resource: self.resource.clone(), limit }),
        }
    }

    /// The next reply on the core channel. The interrupt channel is served meanwhile: a server may
    /// wait for our answer there before it answers here. Cancel-safe.
    async fn next_reply(&mut self) -> Result<Reply, LinkError> {
        match &mut self.interrupts {
            None => self.core.next_reply().await,
            Some(interrupts) => tokio::select! {
                biased;
                reply = self.core.next_reply() => reply,
                error = interrupts.serve_on() => Err(error),
            },
        }
    }

    /// Takes a reply that is not that of the call at hand.
    fn take_other(&mut self, reply: Reply) -> Result<(), LinkError> {
        if self.reading.outstanding != Some(reply.xid) {
            tracing::debug!(xid = reply.xid, "dropped the reply to an earlier call");
            return Ok(());
        }
        let results = reply.outcome.map_err(|refusal| refusal.of(calls::DEVICE_READ))?;
        let results = ReadResults::parse(&results)?;
        match results.code {
            0 | IO_TIMEOUT | ABORT => {
                let term_char = self.options.term_char.is_some();
                self.reading.take_results(results, term_char, self.options.slice);
                Ok(())
            }
            code => {
                self.reading.outstanding = None;
                self.succeeded(calls::DEVICE_READ, code)
            }
        }
    }

    /// Ends an outstanding `device_read`, so that the core channel is free.
    async fn settle(&mut self) -> Result<(), LinkError> {
        if self.reading.outstanding.is_some() {
            // The call may not even have left.
            self.core.flush().await?;
            self.abort.call().await;
            let limit = self.options.slice + self.options.lock.wait() + GRACE;
            let ended = async {
                while self.reading.outstanding.is_some() {
                    let reply = self.next_reply().await?;
                    self.take_other(reply)?;
                }
                Ok(())
            };
            match timeout(limit, ended).await {
                Ok(ended) => ended?,
                Err(_) => {
                    return Err(LinkError::NoAnswer { resource: self.resource.clone(), limit });
                }
            }
        }
        self.reading.interrupt();
        Ok(())
    }

    fn begin_read(&mut self) {
        let flags = self.flags() | self.options.term_char.map_or(0, |_| TERM_CHAR_SET);
        let arguments = Writer::default()
            .number(self.link)
            .number(self.reading.room().min(LONGEST_PIECE) as u32)
            .number(milliseconds(self.options.slice))
            .number(milliseconds(self.options.lock.wait()))
            .number(flags)
            .number(u32::from(self.options.term_char.unwrap_or(0)));
        let xid = self.core.push(calls::DEVICE_READ, &arguments.into_bytes());
        self.reading.begin(xid);
    }

    async fn write(&mut self, mut rest: &[u8]) -> Result<(), LinkError> {
        while !rest.is_empty() {
            let piece = &rest[..rest.len().min(self.piece)];
            let end = if piece.len() == rest.len() { END } else { 0 };
            let arguments = Writer::default()
                .number(self.link)
                .number(milliseconds(self.options.io_limit))
                .number(milliseconds(self.options.lock.wait()))
                .number(self.flags() | end)
                .bytes(piece);
            let results = self.exchange(calls::DEVICE_WRITE, arguments).await?;
            let mut results = Reader::new(&results);
            self.succeeded(calls::DEVICE_WRITE, results.number()?)?;
            match results.number()? as usize {
                taken if (1..=piece.len()).contains(&taken) => rest = &rest[taken..],
                taken => {
                    return Err(LinkError::Protocol {
                        protocol: "VXI-11",
                        expected: "device_write to take a part of what it got",
                        found: format!("{taken} of {} bytes taken", piece.len()),
                    });
                }
            }
        }
        Ok(())
    }
}

impl Transport for Vxi11Transport {
    async fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        message::check(message)?;
        self.settle().await?;
        if message::queries(message) > 0 {
            self.reading.forget_whole();
            self.expected_block = None;
        }
        let mut whole = Vec::with_capacity(message.len() + 1);
        whole.extend_from_slice(message);
        whole.push(b'\n');
        self.write(&whole).await
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            if let Some(reply) = self.reading.take() {
                return Ok(without_terminator(reply?, self.expected_block.take()));
            }
            if self.reading.is_due() {
                if self.reading.is_hasty() {
                    sleep(PAUSE).await;
                }
                self.begin_read();
            }
            let reply = self.next_reply().await?;
            self.take_other(reply)?;
        }
    }

    async fn clear(&mut self) -> Result<(), LinkError> {
        self.settle().await?;
        match self.call(calls::DEVICE_CLEAR, self.generic()).await {
            Err(LinkError::Declined { protocol: "VXI-11", code, .. })
                if code == i64::from(OPERATION_NOT_SUPPORTED) => {}
            cleared => cleared?,
        }
        self.reading.clear();
        self.expected_block = None;
        Ok(())
    }

    async fn unsolicited(&mut self) -> Result<Vec<u8>, LinkError> {
        // An instrument talks only when it is addressed: what comes is late, and numbered. But the
        // end of the connection is seen.
        loop {
            let reply = self.next_reply().await?;
            self.take_other(reply)?;
        }
    }

    fn expect_block(&mut self, bytes: usize) {
        self.expected_block = Some(bytes);
    }

    async fn status_byte(&mut self) -> Result<Option<u8>, LinkError> {
        let results = self.exchange(calls::DEVICE_READSTB, self.generic()).await?;
        let mut results = Reader::new(&results);
        match results.number()? {
            OPERATION_NOT_SUPPORTED => Ok(None),
            code => {
                self.succeeded(calls::DEVICE_READSTB, code)?;
                Ok(Some((results.number()? & 0xff) as u8))
            }
        }
    }

    async fn trigger(&mut self) -> Result<bool, LinkError> {
        let results = self.exchange(calls::DEVICE_TRIGGER, self.generic()).await?;
        match Reader::new(&results).number()? {
            OPERATION_NOT_SUPPORTED => Ok(false),
            code => self.succeeded(calls::DEVICE_TRIGGER, code).map(|()| true),
        }
    }

    async fn service_request(&mut self) -> Result<(), LinkError> {
        match &mut self.interrupts {
            Some(interrupts) => interrupts.next().await,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Vxi11Transport {
    fn drop(&mut self) {
        if self.destroyed {
            return;
        }
        if self.reading.outstanding.is_some() {
            self.abort.call_now();
        }
        if self.interrupts.is_some() {
            self.core.push(calls::DESTROY_INTR_CHAN, &[]);
        }
        let farewell = Writer::default().number(self.link).into_bytes();
        let xid = self.core.push(calls::DESTROY_LINK, &farewell);
        self.core.flush_now();
        self.core.linger(xid, FAREWELL);
    }
}
