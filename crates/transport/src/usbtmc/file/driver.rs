//! What is asked of the kernel's driver.

use std::{
    fs::File,
    io::{self, Read, Write},
    time::Duration,
};

use super::ioctl;

/// The kernel's driver, or what stands in for it. Every call may block.
pub trait Driver: Send + 'static {
    /// Sends a whole message.
    ///
    /// # Errors
    /// What the driver says.
    fn write(&mut self, message: &[u8]) -> io::Result<()>;

    /// Reads a part of a reply: less than `buffer` holds when the reply ends with it.
    ///
    /// # Errors
    /// What the driver says; [`io::ErrorKind::TimedOut`] when nothing came.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Clears the instrument.
    ///
    /// # Errors
    /// What the driver says.
    fn clear(&mut self) -> io::Result<()>;

    /// Aborts a read that got nothing.
    ///
    /// # Errors
    /// What the driver says.
    fn abort_read(&mut self) -> io::Result<()>;

    /// Reads the status byte.
    ///
    /// # Errors
    /// What the driver says.
    fn status_byte(&mut self) -> io::Result<u8>;

    /// Triggers the instrument.
    ///
    /// # Errors
    /// What the driver says.
    fn trigger(&mut self) -> io::Result<()>;
}

/// An open `/dev/usbtmcN`.
#[derive(Debug)]
pub struct DeviceFile(File);

impl DeviceFile {
    /// Sets the driver's time limit, which no other file has.
    pub(super) fn new(file: File, limit: Duration) -> io::Result<DeviceFile> {
        let milliseconds = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX).max(100);
        ioctl::set_timeout(&file, milliseconds)?;
        Ok(DeviceFile(file))
    }
}

impl Driver for DeviceFile {
    fn write(&mut self, message: &[u8]) -> io::Result<()> {
        // The driver takes a message by one call: what is left of a short one would be another.
        match self.0.write(message)? {
            written if written == message.len() => Ok(()),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }

    fn clear(&mut self) -> io::Result<()> {
        ioctl::clear(&self.0)
    }

    fn abort_read(&mut self) -> io::Result<()> {
        ioctl::abort_bulk_in(&self.0)
    }

    fn status_byte(&mut self) -> io::Result<u8> {
        ioctl::status_byte(&self.0)
    }

    fn trigger(&mut self) -> io::Result<()> {
        ioctl::trigger(&self.0)
    }
}
