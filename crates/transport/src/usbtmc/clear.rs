//! Aborting what is under way, and clearing (USBTMC 1.0, 4.2.1).

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{
    class,
    link::{UsbtmcTransport, declined},
    pipes::{Bulk, PipeError, Pipes},
};
use crate::LinkError;

/// Between two questions whether an abort or a clear is done.
const ASK_AGAIN: Duration = Duration::from_millis(10);

impl<P: Pipes> UsbtmcTransport<P> {
    /// Aborts what is under way, drops what has come and clears both buffers.
    pub(super) async fn clear_all(&mut self) -> Result<(), LinkError> {
        self.received.clear();
        self.expected = None;
        if let Some(tag) = self.sending {
            self.pipes.cancel_out().await;
            self.abort(Bulk::Out, tag).await?;
            self.sending = None;
        }
        let asked = self.asked.map(|asked| asked.tag);
        if let Some(tag) = asked.or(self.quirk.always_abort.then_some(self.tag)) {
            self.pipes.cancel_out().await;
            self.abort(Bulk::In, tag).await?;
        }
        self.asked = None;
        self.pipes.cancel_in().await;
        match self.control(class::initiate_clear(self.layout)).await? {
            Some((class::SUCCESS, _)) => {}
            None => {
                tracing::warn!("the instrument knows no clear");
                return Ok(());
            }
            Some((status, _)) => return Err(declined("INITIATE_CLEAR", status)),
        }
        loop {
            match self.control(class::check_clear(self.layout)).await? {
                Some((class::PENDING, answer))
                    if answer.get(1).is_some_and(|bits| bits & 1 != 0) =>
                {
                    self.read_off().await?;
                }
                Some((class::PENDING, _)) => sleep(ASK_AGAIN).await,
                None | Some((class::SUCCESS, _)) => break,
                Some((status, _)) => return Err(declined("CHECK_CLEAR_STATUS", status)),
            }
        }
        self.unhalt(Bulk::Out).await
    }

    /// Aborts a bulk transfer (USBTMC 1.0, 4.2.1.2 to 4.2.1.5).
    async fn abort(&mut self, pipe: Bulk, tag: u8) -> Result<(), LinkError> {
        let initiated = self.control(class::initiate_abort(self.layout, pipe, tag)).await?;
        if !matches!(initiated, Some((class::SUCCESS, _))) {
            // Nothing is being transferred, or the instrument does not know aborts: a clear follows.
            return Ok(());
        }
        if pipe == Bulk::In {
            self.read_off().await?;
        }
        let check = class::check_abort(self.layout, pipe);
        while let Some((class::PENDING, answer)) = self.control(check).await? {
            let more = answer.get(1).is_some_and(|bits| bits & 1 != 0);
            if pipe == Bulk::In && more {
                self.read_off().await?;
            } else {
                sleep(ASK_AGAIN).await;
            }
        }
        if pipe == Bulk::Out { self.unhalt(Bulk::Out).await } else { Ok(()) }
    }

    /// Reads and drops up to a short packet. A device that has none left is not waited for.
    async fn read_off(&mut self) -> Result<(), LinkError> {
        let length = self.layout.packet * 64;
        loop {
            match timeout(self.options.drain_limit, self.pipes.bulk_in(length)).await {
                Err(_) => {
                    self.pipes.cancel_in().await;
                    return Ok(());
                }
                Ok(Ok(transfer)) if transfer.len() == length => {}
                Ok(Ok(_) | Err(PipeError::Cancelled)) => return Ok(()),
                Ok(Err(PipeError::Stall)) => return self.unhalt(Bulk::In).await,
                Ok(Err(PipeError::Broken(error))) => return Err(error),
            }
        }
    }
}
