//! An instrument behind a byte stream.

use std::io;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

use crate::instrument::{Delivery, Instrument};

/// Large enough for a list command; longer messages come in several pieces.
const SEGMENT: usize = 16 * 1024;

/// Answers one client until it closes the stream, or a planned fault does.
///
/// All replies to the bytes of one segment leave in one write. The instrument keeps its state, the
/// output included, so the next client finds it as this one left it; what this client left of an
/// unfinished message is forgotten. Dropping the future leaves the instrument between two segments.
///
/// # Errors
/// Reading or writing the stream failed.
pub async fn serve<S>(stream: S, instrument: &mut Instrument) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    converse(stream, instrument, |_| {}).await
}

/// The same over TCP, with Nagle's algorithm and, on Linux, delayed acknowledgements off: a client
/// that writes twice before it reads would otherwise wait 40 ms for every pair.
///
/// # Errors
/// Setting up, reading or writing the socket failed.
pub async fn serve_tcp(stream: TcpStream, instrument: &mut Instrument) -> io::Result<()> {
    stream.set_nodelay(true)?;
    converse(stream, instrument, acknowledge_at_once).await
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn acknowledge_at_once(stream: &TcpStream) {
    // The kernel leaves this mode by itself, so it is entered anew after each segment. Where it
    // cannot be entered the conversation is only slower.
    let _ = socket2::SockRef::from(stream).set_tcp_quickack(true);
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn acknowledge_at_once(_: &TcpStream) {}

async fn converse<S>(
    mut stream: S,
    instrument: &mut Instrument,
    received: impl Fn(&S),
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    instrument.greet();
    let mut segment = vec![0; SEGMENT];
    let mut out = Vec::new();
    loop {
        let count = stream.read(&mut segment).await?;
        if count == 0 {
            return Ok(());
        }
        received(&stream);
        let mut bytes = &segment[..count];
        loop {
            out.clear();
            let delivery = instrument.receive(bytes, &mut out);
            bytes = &[];
            if let Delivery::After(time) = delivery {
                tokio::time::sleep(time).await;
            }
            if !out.is_empty() {
                stream.write_all(&out).await?;
                stream.flush().await?;
            }
            match delivery {
                Delivery::Now => break,
                Delivery::After(_) => {}
                Delivery::ThenClose => return stream.shutdown().await,
            }
        }
    }
}
