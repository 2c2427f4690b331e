//! Messages over a serial port.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::AsyncWriteExt,
    time::{Instant, sleep, timeout},
};

use super::{
    Port, SerialClear, SerialOptions,
    port::{XOFF, XON},
};
use crate::{LinkError, StreamOptions, StreamTransport, Transport, message};

/// How long a break lasts: longer than a character at 300 baud, several times.
const BREAK: Duration = Duration::from_millis(250);
/// How long a device clear may take to be written, and the line to fall silent after it.
const CLEAR_LIMIT: Duration = Duration::from_secs(5);

/// A link over a serial port. What it sends and awaits is in the [module's](super) documentation.
#[derive(Debug)]
pub struct SerialTransport {
    stream: StreamTransport<Port>,
    clear: SerialClear,
    seven_bits: bool,
    quiet: Duration,
    longest: usize,
}

impl SerialTransport {
    pub(super) fn new(port: Port, options: &SerialOptions) -> SerialTransport {
        let stream = StreamTransport::with_options(
            port.without_flow_control_bytes(),
            StreamOptions {
                send: options.send,
                accept: options.accept,
                longest: options.longest,
                depth: options.depth(),
            },
        );
        SerialTransport {
            stream,
            clear: options.clear,
            seven_bits: options.data_bits == 7,
            quiet: options.quiet(),
            longest: options.longest,
        }
    }

    /// Drops what comes until nothing has come for a while; false if that was not so within `limit`.
    pub(super) async fn silence(&mut self, limit: Duration) -> Result<bool, LinkError> {
        let deadline = Instant::now() + limit;
        self.stream.forget();
        loop {
            match timeout(self.quiet.min(limit), self.stream.unsolicited()).await {
                Err(_) => return Ok(true),
                Ok(Ok(bytes)) => tracing::debug!(
                    bytes = bytes.len(),
                    text = message::excerpt(&bytes),
                    "dropped what was on the line"
                ),
                Ok(Err(error)) => return Err(error),
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
        }
    }

    async fn device_clear(&mut self) -> Result<(), LinkError> {
        let port = self.stream.stream_mut();
        let cleared = async {
            port.drop_output()?;
            match self.clear {
                SerialClear::None => Ok(()),
                SerialClear::CtrlC => port.write_all(b"\x03").await,
                SerialClear::CtrlX => port.write_all(b"\x18").await,
                SerialClear::Break => {
                    port.set_break(true)?;
                    sleep(BREAK).await;
                    port.set_break(false)
                }
            }
        };
        cleared.await.map_err(|reason| LinkError::Write { reason: Arc::new(reason) })
    }

    /// What the line would obey or lose instead of carrying it.
    fn bad_name(&self, byte: u8) -> Option<&'static str> {
        match byte {
            XON => Some("XON"),
            XOFF => Some("XOFF"),
            0x03 => Some("^C"),
            0x18 => Some("^X"),
            0x80.. if self.seven_bits => Some("byte beyond 127"),
            _ => None,
        }
    }
}

impl Transport for SerialTransport {
    async fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        message::refuse(message, |byte| self.bad_name(byte))?;
        self.stream.send(message).await
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        self.stream.receive().await
    }

    async fn clear(&mut self) -> Result<(), LinkError> {
        if self.clear == SerialClear::None {
            return self.stream.clear().await;
        }
        self.device_clear().await?;
        if self.silence(CLEAR_LIMIT).await? {
            Ok(())
        } else {
            Err(LinkError::Endless { limit: self.longest })
        }
    }

    fn clears_device(&self) -> bool {
        self.clear != SerialClear::None
    }

    async fn unsolicited(&mut self) -> Result<Vec<u8>, LinkError> {
        self.stream.unsolicited().await
    }

    fn depth(&self) -> usize {
        self.stream.depth()
    }

    fn expect_block(&mut self, bytes: usize) {
        self.stream.expect_block(bytes);
    }
}
