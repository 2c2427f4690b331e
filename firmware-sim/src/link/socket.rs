//! A socket that keeps a mode which the kernel leaves by itself.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::tcp::Acknowledge;

/// A TCP stream whose acknowledgements are as asked, after every segment anew.
pub(super) struct Socket {
    stream: TcpStream,
    acknowledge: Acknowledge,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, acknowledge: Acknowledge) -> io::Result<Socket> {
        stream.set_nodelay(acknowledge == Acknowledge::AtOnce)?;
        let socket = Socket { stream, acknowledge };
        socket.enter_mode();
        Ok(socket)
    }

    /// Where the mode cannot be entered the conversation is only slower.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn enter_mode(&self) {
        let at_once = self.acknowledge == Acknowledge::AtOnce;
        let _ = socket2::SockRef::from(&self.stream).set_tcp_quickack(at_once);
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn enter_mode(&self) {
        let _ = self.acknowledge;
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        if result.is_ready() {
            self.enter_mode();
        }
        result
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn small_segments_leave_at_once_unless_the_pathology_is_asked_for() {
        for acknowledge in [Acknowledge::AtOnce, Acknowledge::Delayed] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let socket = Socket::new(stream, acknowledge).unwrap();
            let prompt = acknowledge == Acknowledge::AtOnce;
            assert_eq!(socket.stream.nodelay().unwrap(), prompt);
            #[cfg(target_os = "linux")]
            assert_eq!(socket2::SockRef::from(&socket.stream).tcp_quickack().unwrap(), prompt);
        }
    }
}
