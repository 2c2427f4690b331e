//! Messages over an open VXI-11 link.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    Vxi11Transport,
    calls::{self, END, TERM_CHAR_SET, milliseconds},
    link::LONGEST_PIECE,
    xdr::{Reader, Writer},
};
use crate::{LinkError, Transport, end::without_terminator, message};

/// Pause after a read that came back at once with nothing.
const PAUSE: Duration = Duration::from_millis(10);

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

    fn clears_device(&self) -> bool {
        !self.cannot_clear
    }

    async fn clear(&mut self) -> Result<(), LinkError> {
        self.settle().await?;
        if !self.cannot_clear {
            self.cannot_clear = self.call_optional(calls::DEVICE_CLEAR).await?.is_none();
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
        let Some(results) = self.call_optional(calls::DEVICE_READSTB).await? else {
            return Ok(None);
        };
        Ok(Some((Reader::new(&results).number()? & 0xff) as u8))
    }

    async fn trigger(&mut self) -> Result<bool, LinkError> {
        Ok(self.call_optional(calls::DEVICE_TRIGGER).await?.is_some())
    }

    async fn service_request(&mut self) -> Result<(), LinkError> {
        match &mut self.interrupts {
            Some(interrupts) => interrupts.next().await,
            None => std::future::pending().await,
        }
    }
}

impl Vxi11Transport {
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
