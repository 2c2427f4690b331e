//! Linux's `/dev/usbtmcN`: the kernel's own USBTMC driver.
//!
//! # Behaviour
//!
//! Every call to the driver blocks and is made on tokio's blocking threads, one at a time.
//!
//! **A reply** is read once the status byte says that there is one (MAV, bit 4): it is asked for after
//! 1 ms, then less and less often, up to every 10 ms. So no read waits long in the driver, and a
//! `receive` that is dropped leaves none behind: a read that times out in the driver leaves its request
//! with the instrument, whose replies are one behind after that. Where the instrument has no status
//! byte (plain USBTMC) the driver waits for [`FileOptions::read_limit`], the read is aborted then, and
//! tried again. A read under way goes on when `receive` is dropped, and what it gets is kept.
//!
//! **A message** gets a line feed and is written by one call, at opening the instrument is cleared
//! (`USBTMC_IOCTL_CLEAR`), as by [`Transport::clear`].
//!
//! Service requests are not waited for. UNVERIFIED: no instrument was at hand; the requests' numbers
//! and the driver's rules are those of Linux 6 (`drivers/usb/class/usbtmc.c`).

mod driver;
mod ioctl;

use std::{
    fs::OpenOptions,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    task::{JoinHandle, spawn_blocking},
    time::{sleep, timeout},
};

pub use driver::{DeviceFile, Driver};

use crate::{LinkError, Transport, message};

/// Room for each read.
const READ_SIZE: usize = 1 << 16;
/// The status byte's bit that says that a reply waits (IEEE 488.2, 11.2.1.2).
const MESSAGE_AVAILABLE: u8 = 1 << 4;
const FIRST_LOOK: Duration = Duration::from_millis(1);
const LAST_LOOK: Duration = Duration::from_millis(10);
/// `EINVAL` and `ENOTTY`, `EPERM` and `EOPNOTSUPP`: the driver or the instrument knows no such thing.
const UNKNOWN: [i32; 4] = [22, 25, 1, 95];

/// How a link over the kernel's driver behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOptions {
    /// How long the driver waits for the instrument, at least 100 ms.
    pub read_limit: Duration,
    /// The longest reply that is accepted, in bytes.
    pub longest: usize,
}

impl Default for FileOptions {
    /// 5 s, 16 MiB.
    fn default() -> FileOptions {
        FileOptions { read_limit: Duration::from_secs(5), longest: crate::stream::LONGEST_REPLY }
    }
}

/// Opens `/dev/usbtmcN`.
///
/// # Errors
/// [`LinkError::NoDevice`] when it cannot be opened (with those that there are) or is something else;
/// [`LinkError::NoAnswer`] when the instrument does not clear within `limit`.
pub async fn open(
    path: &str,
    options: &FileOptions,
    limit: Duration,
) -> Result<FileTransport<DeviceFile>, LinkError> {
    let opening = {
        let (path, limit) = (path.to_owned(), options.read_limit);
        spawn_blocking(move || {
            let file = OpenOptions::new().read(true).write(true).open(path)?;
            DeviceFile::new(file, limit)
        })
    };
    let no_device =
        |reason| LinkError::NoDevice { resource: path.to_owned(), device: path.to_owned(), reason };
    let opened = opening.await.map_err(|error| no_device(error.to_string()))?;
    let driver = opened.map_err(|error| no_device(explained(&error)))?;
    let mut link = FileTransport::over(driver, options);
    match timeout(limit, link.clear()).await {
        Ok(cleared) => cleared.map(|()| link),
        Err(_) => Err(LinkError::NoAnswer { resource: path.to_owned(), limit }),
    }
}

fn explained(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => {
            let there = std::fs::read_dir("/dev").into_iter().flatten().flatten();
            let mut there: Vec<_> = there
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .filter(|name| name.starts_with("usbtmc"))
                .map(|name| format!("/dev/{name}"))
                .collect();
            there.sort();
            if there.is_empty() {
                "there is no /dev/usbtmc*; plug the instrument in, and load the driver by \
                 `sudo modprobe usbtmc`"
                    .to_owned()
            } else {
                format!("it is not there; there are {}", there.join(", "))
            }
        }
        io::ErrorKind::PermissionDenied => format!(
            "{error}; allow it by a udev rule, as KERNEL==\"usbtmc*\", MODE=\"0660\", GROUP=\"plugdev\""
        ),
        _ if is_unknown(error) => "it is no file of the kernel's USBTMC driver".to_owned(),
        _ => error.to_string(),
    }
}

fn is_unknown(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| UNKNOWN.contains(&code))
}

/// A link over the kernel's driver. What it sends and awaits is in the [module's](self) documentation.
#[derive(Debug)]
pub struct FileTransport<D> {
    driver: Arc<Mutex<D>>,
    /// The read under way, kept when `receive` is dropped.
    reading: Option<JoinHandle<io::Result<Vec<u8>>>>,
    received: Vec<u8>,
    /// The last part filled the buffer: whether the reply goes on behind it is not known yet.
    undecided: bool,
    expected: Option<usize>,
    /// Whether the instrument has a status byte.
    polls: bool,
    longest: usize,
}

impl<D: Driver> FileTransport<D> {
    /// A link over a driver, or what stands in for it.
    pub fn over(driver: D, options: &FileOptions) -> FileTransport<D> {
        FileTransport {
            driver: Arc::new(Mutex::new(driver)),
            reading: None,
            received: Vec::new(),
            undecided: false,
            expected: None,
            polls: true,
            longest: options.longest,
        }
    }

    fn start<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut D) -> io::Result<T> + Send + 'static,
    ) -> JoinHandle<io::Result<T>> {
        let driver = Arc::clone(&self.driver);
        spawn_blocking(move || call(&mut driver.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut D) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        self.start(call).await.map_err(io::Error::other)?
    }

    /// Whether a reply waits, as far as the instrument tells.
    async fn message_available(&mut self) -> Result<bool, LinkError> {
        match self.call(D::status_byte).await {
            Ok(status) => Ok(status & MESSAGE_AVAILABLE != 0),
            Err(error) if is_unknown(&error) => {
                tracing::info!("the instrument has no status byte; reads wait in the driver");
                self.polls = false;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(false),
            Err(error) => Err(unreadable(error)),
        }
    }

    async fn await_message(&mut self) -> Result<(), LinkError> {
        let mut pause = FIRST_LOOK;
        while self.polls && !self.message_available().await? {
            sleep(pause).await;
            pause = (pause * 2).min(LAST_LOOK);
        }
        Ok(())
    }

    /// The next part of a reply; nothing when none came in time.
    async fn part(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        if self.reading.is_none() {
            self.reading = Some(self.start(|driver| {
                let mut buffer = vec![0; READ_SIZE];
                let count = driver.read(&mut buffer)?;
                buffer.truncate(count);
                Ok(buffer)
            }));
        }
        let read = match &mut self.reading {
            Some(reading) => reading.await.map_err(io::Error::other),
            None => return Ok(None),
        };
        self.reading = None;
        match read.and_then(|part| part) {
            Ok(part) => Ok(Some(part)),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                // What it asked for must not be answered later.
                if let Err(error) = self.call(D::abort_read).await {
                    tracing::warn!(%error, "a read that got nothing cannot be aborted");
                }
                Ok(None)
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    /// What has come, as a whole reply without its terminator.
    fn hand_over(&mut self) -> Vec<u8> {
        self.undecided = false;
        let mut reply = std::mem::take(&mut self.received);
        message::strip_line_feed(&mut reply, self.expected.take());
        reply
    }

    /// Whether a reply goes on behind a part that filled the buffer.
    async fn goes_on(&mut self) -> Result<bool, LinkError> {
        if self.polls {
            return self.message_available().await;
        }
        let mut stripped = self.received.clone();
        message::strip_line_feed(&mut stripped, self.expected);
        Ok(stripped.len() == self.received.len())
    }
}

fn unreadable(error: io::Error) -> LinkError {
    match error.raw_os_error() {
        // ENODEV: unplugged.
        Some(19) => LinkError::Closed,
        _ => LinkError::Read { reason: Arc::new(error) },
    }
}

impl<D: Driver> Transport for FileTransport<D> {
    async fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        message::check(message)?;
        let line = [message, b"\n"].concat();
        let written = self.call(move |driver| driver.write(&line)).await;
        written.map_err(|reason| LinkError::Write { reason: Arc::new(reason) })
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            if self.undecided {
                if !self.goes_on().await? {
                    return Ok(self.hand_over());
                }
                self.undecided = false;
            } else if self.reading.is_none() && self.received.is_empty() {
                self.await_message().await?;
            }
            let Some(part) = self.part().await? else { continue };
            self.received.extend_from_slice(&part);
            if self.received.len() > self.longest {
                self.hand_over();
                return Err(LinkError::Endless { limit: self.longest });
            }
            if part.len() < READ_SIZE {
                return Ok(self.hand_over());
            }
            self.undecided = true;
        }
    }

    fn clears_device(&self) -> bool {
        true
    }

    async fn clear(&mut self) -> Result<(), LinkError> {
        if let Some(reading) = self.reading.take() {
            // Its reply is dropped, whatever it is.
            let _ = reading.await;
        }
        self.hand_over();
        match self.call(D::clear).await {
            Err(error) if is_unknown(&error) => {
                tracing::warn!(%error, "the instrument knows no clear");
                Ok(())
            }
            cleared => cleared.map_err(unreadable),
        }
    }

    fn expect_block(&mut self, bytes: usize) {
        self.expected = Some(bytes);
    }

    async fn status_byte(&mut self) -> Result<Option<u8>, LinkError> {
        match self.call(D::status_byte).await {
            Ok(status) => Ok(Some(status)),
            Err(error) if is_unknown(&error) => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    }

    async fn trigger(&mut self) -> Result<bool, LinkError> {
        match self.call(D::trigger).await {
            Ok(()) => Ok(true),
            Err(error) if is_unknown(&error) => Ok(false),
            Err(error) => Err(unreadable(error)),
        }
    }
}
