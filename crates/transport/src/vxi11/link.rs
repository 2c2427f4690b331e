//! An open VXI-11 link: its calls, and what a read that is outstanding does to them.

use std::{io, time::Duration};

use tokio::time::timeout;

use super::{
    Vxi11Options,
    abort::Abort,
    calls::{self, WAIT_LOCK, milliseconds},
    channel::Channel,
    codes::{self, ABORT, IO_TIMEOUT, LOCKED_BY_ANOTHER, OPERATION_NOT_SUPPORTED},
    interrupt::Interrupts,
    reading::{ReadResults, Reading},
    rpc::{self, Procedure, Reply},
    xdr::{Reader, Writer},
};
use crate::LinkError;

/// Bytes asked for by one `device_read`, and sent by one `device_write`, at most.
pub(super) const LONGEST_PIECE: usize = 1 << 20;
/// What every instrument must accept (VXI-11, B.6.3), for one that does not say.
const USUAL_PIECE: usize = 1024;
/// Beyond the instrument's own limits, for the network.
const GRACE: Duration = Duration::from_secs(5);
/// How long the farewell to a dropped link may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A VXI-11 link. [`connect`](super::connect) opens one.
#[derive(Debug)]
pub struct Vxi11Transport {
    pub(super) core: Channel,
    abort: Abort,
    pub(super) interrupts: Option<Interrupts>,
    pub(super) link: u32,
    pub(super) piece: usize,
    pub(super) reading: Reading,
    pub(super) expected_block: Option<usize>,
    pub(super) options: Vxi11Options,
    pub(super) resource: String,
    /// It has refused `device_clear`.
    pub(super) cannot_clear: bool,
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
            cannot_clear: false,
            destroyed: false,
        })
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

    pub(super) fn flags(&self) -> u32 {
        if self.options.lock.wait().is_zero() { 0 } else { WAIT_LOCK }
    }

    /// Calls a procedure that instruments need not have: its results behind the error code, or
    /// nothing where the instrument has not got it.
    pub(super) async fn call_optional(
        &mut self,
        procedure: Procedure,
    ) -> Result<Option<Vec<u8>>, LinkError> {
        let results = match self.exchange(procedure, self.generic()).await {
            Err(error) if rpc::is_unavailable(&error) => return Ok(None),
            results => results?,
        };
        match Reader::new(&results).number()? {
            OPERATION_NOT_SUPPORTED => Ok(None),
            code => self.succeeded(procedure, code).map(|()| Some(results[4..].to_vec())),
        }
    }

    /// Arguments of the procedures that have no others.
    pub(super) fn generic(&self) -> Writer {
        Writer::default()
            .number(self.link)
            .number(self.flags())
            .number(milliseconds(self.options.lock.wait()))
            .number(milliseconds(self.options.io_limit))
    }

    /// Calls a procedure whose only result is an error code.
    pub(super) async fn call(
        &mut self,
        procedure: Procedure,
        arguments: Writer,
    ) -> Result<(), LinkError> {
        let results = self.exchange(procedure, arguments).await?;
        self.succeeded(procedure, Reader::new(&results).number()?)
    }

    pub(super) fn succeeded(&self, procedure: Procedure, code: u32) -> Result<(), LinkError> {
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
    pub(super) async fn exchange(
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
    pub(super) async fn next_reply(&mut self) -> Result<Reply, LinkError> {
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
    pub(super) fn take_other(&mut self, reply: Reply) -> Result<(), LinkError> {
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
    pub(super) async fn settle(&mut self) -> Result<(), LinkError> {
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
