//! A serial port that other programs can open: the two sides of a pseudo-terminal.

use std::{
    ffi::OsStr,
    fs::{File, OpenOptions},
    io,
    os::unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll},
};

use rustix::{
    fs::{OFlags, fcntl_getfl, fcntl_setfl},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{OptionalActions, tcgetattr, tcsetattr},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::unix::pipe,
};

/// The instrument's side. Programs open [`path`](Pty::path) as they open a serial port, one after
/// another: as with a cable, the instrument does not notice who is at the other end.
pub struct Pty {
    // The runtime's pipes do with any file what they do with pipes: read, write, and wait.
    input: pipe::Receiver,
    output: pipe::Sender,
    /// Kept open, so that the line stays while nobody else has it.
    _other: File,
    path: PathBuf,
}

impl Pty {
    /// Makes one. Its far side is raw: nothing is echoed or translated, whatever opens it.
    ///
    /// # Errors
    /// The system has none left, or no runtime is running.
    pub fn open() -> io::Result<Pty> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let own = openpt(flags)?;
        grantpt(&own)?;
        unlockpt(&own)?;
        let name = ptsname(&own, Vec::new())?;
        let path = PathBuf::from(OsStr::from_bytes(name.to_bytes()));
        let no_terminal = OFlags::NOCTTY.bits().cast_signed();
        let other =
            OpenOptions::new().read(true).write(true).custom_flags(no_terminal).open(&path)?;
        let mut modes = tcgetattr(&other)?;
        modes.make_raw();
        tcsetattr(&other, OptionalActions::Now, &modes)?;
        fcntl_setfl(&own, fcntl_getfl(&own)? | OFlags::NONBLOCK)?;
        let input = pipe::Receiver::from_owned_fd_unchecked(own.try_clone()?)?;
        let output = pipe::Sender::from_owned_fd_unchecked(own)?;
        Ok(Pty { input, output, _other: other, path })
    }

    /// What programs open.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AsyncRead for Pty {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_read(context, buffer)
    }
}

impl AsyncWrite for Pty {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.output).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_shutdown(context)
    }
}
