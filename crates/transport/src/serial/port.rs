//! The port as a stream of bytes.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_serial::{ClearBuffer, SerialPort, SerialStream};

pub(crate) const XON: u8 = 0x11;
pub(crate) const XOFF: u8 = 0x13;

/// `EIO`, `ENXIO` and `ENODEV`: the adapter was pulled, or the other end of a pseudo-terminal closed.
const VANISHED: [i32; 3] = [5, 6, 19];

/// A serial port that says "end" when it has vanished and never waits for its output to leave:
/// flushing a port blocks the thread until the last bit is on the line, for ever after an XOFF.
#[derive(Debug)]
pub(crate) struct Port {
    stream: SerialStream,
    drops_flow_control: bool,
}

impl Port {
    pub(super) fn new(stream: SerialStream) -> Port {
        Port { stream, drops_flow_control: false }
    }

    /// A port that keeps XON and XOFF to itself.
    pub(super) fn without_flow_control_bytes(self) -> Port {
        Port { drops_flow_control: true, ..self }
    }

    /// Drops what was written and has not left yet.
    pub(super) fn drop_output(&self) -> io::Result<()> {
        Ok(self.stream.clear(ClearBuffer::Output)?)
    }

    pub(super) fn set_break(&self, on: bool) -> io::Result<()> {
        let done = if on { self.stream.set_break() } else { self.stream.clear_break() };
        Ok(done?)
    }
}

impl AsyncRead for Port {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let before = buffer.filled().len();
            let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
            match read {
                Err(error) if vanished(&error) => return Poll::Ready(Ok(())),
                Err(error) => return Poll::Ready(Err(error)),
                Ok(()) => {}
            }
            if !self.drops_flow_control || buffer.filled().len() == before {
                return Poll::Ready(Ok(()));
            }
            let kept = without_flow_control(&mut buffer.filled_mut()[before..]);
            buffer.set_filled(before + kept);
            if kept > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// Moves the other bytes to the front; how many they are.
fn without_flow_control(bytes: &mut [u8]) -> usize {
    let mut kept = 0;
    for at in 0..bytes.len() {
        if !matches!(bytes[at], XON | XOFF) {
            bytes[kept] = bytes[at];
            kept += 1;
        }
    }
    kept
}

fn vanished(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| VANISHED.contains(&code))
}

impl AsyncWrite for Port {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
