//! The procedures of the core channel and of the abort channel (VXI-11, section B.6).

use std::sync::Arc;

use super::{
    connection::{Connection, Outcome},
    interrupt::Interrupt,
    links::Link,
    numbers::*,
    rpc::Call,
    xdr::{Garbage, Reader, Writer},
};
use crate::link::{desk::deadline, locks::Request, stream::lock};

/// Names are short.
const LONGEST_NAME: usize = 256;

/// What a client may call a link for its interrupts.
const LONGEST_HANDLE: usize = 40;

/// The most bytes of one device_read; a client that asks for more asks again.
const READ_BUFFER: usize = 1 << 20;

/// What most procedures take.
struct Generic {
    lid: u32,
    flags: Flags,
    lock_timeout: u32,
}

/// An operation on the link itself, done at once.
enum Act {
    Poll,
    Trigger,
    Clear,
    /// Remote and local: there is no front panel to be locked.
    Nothing,
}

impl Connection {
    /// device_abort.
    pub(super) fn abort(&self, call: &Call) -> Result<Outcome, Garbage> {
        if call.procedure != DEVICE_ABORT {
            return Ok(Outcome::NoSuchProcedure);
        }
        let lid = Reader(&call.arguments).number()?;
        Ok(match self.server.links.find(lid) {
            Some(link) => Outcome::Abort(success(), link),
            None => Outcome::Results(failure(Failure::InvalidLink)),
        })
    }

    /// Anything of the core channel.
    pub(super) async fn core(&self, call: &Call) -> Result<Outcome, Garbage> {
        let arguments = &mut Reader(&call.arguments);
        let results = match call.procedure {
            CREATE_LINK => self.create_link(arguments).await?,
            DEVICE_WRITE => self.write(arguments).await?,
            DEVICE_READ => return self.read(arguments).await,
            DEVICE_READSTB => {
                let polled = self.act(generic(arguments)?, Act::Poll).await;
                let error = polled.err().map_or(0, |it| it as u32);
                Writer::default().number(error).number(polled.unwrap_or(0).into())
            }
            DEVICE_TRIGGER => error_of(self.act(generic(arguments)?, Act::Trigger).await),
            DEVICE_CLEAR => error_of(self.act(generic(arguments)?, Act::Clear).await),
            DEVICE_REMOTE | DEVICE_LOCAL => {
                error_of(self.act(generic(arguments)?, Act::Nothing).await)
            }
            DEVICE_LOCK => error_of(self.lock(arguments).await?),
            DEVICE_UNLOCK => error_of(self.unlock(arguments.number()?)),
            DEVICE_ENABLE_SRQ => error_of(self.enable_srq(arguments)?),
            DEVICE_DOCMD => {
                // No command is defined for an instrument (VXI-11.3).
                let known = self.link(arguments.number()?).is_some();
                let why = if known { Failure::Unsupported } else { Failure::InvalidLink };
                failure(why).opaque(b"")
            }
            DESTROY_LINK => {
                let known = self.destroy(arguments.number()?);
                if known { success() } else { failure(Failure::InvalidLink) }
            }
            CREATE_INTR_CHAN => error_of(self.create_channel(arguments).await?),
            DESTROY_INTR_CHAN => match lock(&self.line.interrupt).take() {
                Some(_) => success(),
                None => failure(Failure::NoChannel),
            },
            _ => return Ok(Outcome::NoSuchProcedure),
        };
        Ok(Outcome::Results(results))
    }

    async fn create_link(&self, arguments: &mut Reader<'_>) -> Result<Writer, Garbage> {
        let _client = arguments.number()?;
        let (locks, lock_timeout) = (arguments.boolean()?, arguments.number()?);
        let name = arguments.opaque(LONGEST_NAME)?;
        Ok(match self.new_link(name, locks.then_some(lock_timeout)).await {
            Ok(link) => success()
                .number(link.id)
                .number(self.server.port.into())
                .number(self.server.options.max_receive_size),
            Err(why) => failure(why).number(0).number(0).number(0),
        })
    }

    async fn new_link(&self, name: &[u8], lock: Option<u32>) -> Result<Arc<Link>, Failure> {
        let options = &self.server.options;
        if !options.names.iter().any(|it| it.as_bytes().eq_ignore_ascii_case(name)) {
            return Err(Failure::Inaccessible);
        }
        let link = self.server.links.create(&self.server.host, options.links);
        let link = link.ok_or(Failure::NoResources)?;
        if let Some(milliseconds) = lock {
            let taken = self.acquire(&link, milliseconds);
            if !self.unless_gone(taken).await.unwrap_or(false) {
                self.server.links.destroy(link.id);
                return Err(Failure::Locked);
            }
        }
        self.adopt(Arc::clone(&link));
        Ok(link)
    }

    /// Waits for the lock; whether the link has it now.
    async fn acquire(&self, link: &Link, milliseconds: u32) -> bool {
        let ask = |locks: &crate::link::locks::Locks| match locks.exclusive(link.holder) {
            Request::Granted => Some(true),
            Request::Held => Some(false),
            Request::Taken => None,
        };
        link.host().locks.wait(deadline(milliseconds), ask).await.unwrap_or(false)
    }

    /// Waits until nobody else has the lock.
    async fn admitted(&self, link: &Link, flags: Flags, milliseconds: u32) -> Result<(), Failure> {
        let milliseconds = if flags.waits_for_lock() { milliseconds } else { 0 };
        let free = link
            .host()
            .locks
            .wait(deadline(milliseconds), |it| it.admits(link.holder).then_some(()))
            .await;
        free.ok_or(Failure::Locked)
    }

    async fn write(&self, arguments: &mut Reader<'_>) -> Result<Writer, Garbage> {
        let (lid, io_timeout) = (arguments.number()?, arguments.number()?);
        let (lock_timeout, flags) = (arguments.number()?, Flags(arguments.number()?));
        let data = arguments.opaque(usize::MAX)?;
        let written = async {
            let link = self.link(lid).ok_or(Failure::InvalidLink)?;
            if data.len() > self.server.options.max_receive_size as usize {
                return Err(Failure::Parameter);
            }
            let room = async {
                self.admitted(&link, flags, lock_timeout).await?;
                let room = link.desk.is_hungry_by(deadline(io_timeout)).await;
                if room { Ok(()) } else { Err(Failure::TimedOut) }
            };
            // What had been written in whole when its client went is done.
            self.in_progress(&link, room).await.unwrap_or(Err(Failure::Aborted))?;
            link.desk.with(|it, instrument, until| {
                it.submit(instrument, until, data, flags.has_end());
            });
            Ok(())
        };
        Ok(match written.await {
            // A call has no more bytes than a number of them has.
            Ok(()) => success().number(u32::try_from(data.len()).unwrap_or(u32::MAX)),
            Err(why) => failure(why).number(0),
        })
    }

    async fn read(&self, arguments: &mut Reader<'_>) -> Result<Outcome, Garbage> {
        let (lid, size) = (arguments.number()?, arguments.number()?);
        let (io_timeout, lock_timeout) = (arguments.number()?, arguments.number()?);
        let flags = Flags(arguments.number()?);
        let [.., character] = arguments.number()?.to_be_bytes();
        let stop = flags.has_character().then_some(character);
        let mut data = Vec::new();
        let finished = match self.link(lid) {
            None => Err(Failure::InvalidLink),
            Some(link) => {
                let work = async {
                    self.admitted(&link, flags, lock_timeout).await?;
                    take(&link, size, stop, io_timeout, &mut data).await
                };
                self.in_progress(&link, work).await.unwrap_or(Err(Failure::Aborted))
            }
        };
        Ok(match finished {
            Ok(Some(reason)) => Outcome::Results(success().number(reason).opaque(&data)),
            Ok(None) => Outcome::HangUp(success().number(0).opaque(&data)),
            Err(why) => Outcome::Results(failure(why).number(0).opaque(&data)),
        })
    }

    async fn act(&self, generic: Generic, act: Act) -> Result<u8, Failure> {
        let Generic { lid, flags, lock_timeout } = generic;
        let link = self.link(lid).ok_or(Failure::InvalidLink)?;
        let admitted = self.admitted(&link, flags, lock_timeout);
        self.in_progress(&link, admitted).await.unwrap_or(Err(Failure::Aborted))?;
        Ok(link.desk.with(|it, instrument, until| match act {
            Act::Poll => it.serial_poll(instrument),
            Act::Trigger => {
                it.trigger(instrument, until);
                0
            }
            Act::Clear => {
                it.clear(instrument);
                0
            }
            Act::Nothing => 0,
        }))
    }

    async fn lock(&self, arguments: &mut Reader<'_>) -> Result<Result<u8, Failure>, Garbage> {
        let (lid, flags) = (arguments.number()?, Flags(arguments.number()?));
        let lock_timeout = arguments.number()?;
        let lock_timeout = if flags.waits_for_lock() { lock_timeout } else { 0 };
        let Some(link) = self.link(lid) else { return Ok(Err(Failure::InvalidLink)) };
        let acquired = self.in_progress(&link, self.acquire(&link, lock_timeout)).await;
        Ok(match acquired {
            Some(true) => Ok(0),
            Some(false) => Err(Failure::Locked),
            None => Err(Failure::Aborted),
        })
    }

    fn unlock(&self, lid: u32) -> Result<u8, Failure> {
        let link = self.link(lid).ok_or(Failure::InvalidLink)?;
        link.host().locks.release(link.holder).map(|_| 0).ok_or(Failure::NotLocked)
    }

    fn enable_srq(&self, arguments: &mut Reader<'_>) -> Result<Result<u8, Failure>, Garbage> {
        // Enabled is anything but zero (rule B.6.93).
        let (lid, enable) = (arguments.number()?, arguments.number()? != 0);
        let handle = arguments.opaque(LONGEST_HANDLE)?;
        let Some(link) = self.link(lid) else { return Ok(Err(Failure::InvalidLink)) };
        *lock(&link.handle) = enable.then(|| handle.to_vec());
        Ok(Ok(0))
    }

    async fn create_channel(
        &self,
        arguments: &mut Reader<'_>,
    ) -> Result<Result<u8, Failure>, Garbage> {
        let (host, port) = (arguments.number()?, arguments.number()?);
        let (program, version) = (arguments.number()?, arguments.number()?);
        let family = arguments.number()?;
        if program != INTERRUPT || version != VERSION || family > 1 {
            return Ok(Err(Failure::Unsupported));
        }
        if lock(&self.line.interrupt).is_some() {
            return Ok(Err(Failure::ChannelExists));
        }
        let Ok(port) = u16::try_from(port) else { return Ok(Err(Failure::NoChannel)) };
        let connected = self.unless_gone(Interrupt::connect(host, port, family == 1)).await;
        let Some(Ok(interrupt)) = connected else { return Ok(Err(Failure::NoChannel)) };
        *lock(&self.line.interrupt) = Some(interrupt);
        Ok(Ok(0))
    }
}

/// Takes bytes of a reply until a reason to stop; the reasons, or `None` where the instrument hangs
/// up.
async fn take(
    link: &Link,
    size: u32,
    stop: Option<u8>,
    io_timeout: u32,
    data: &mut Vec<u8>,
) -> Result<Option<u32>, Failure> {
    if size == 0 {
        return Ok(Some(REQUEST_COUNT));
    }
    let deadline = deadline(io_timeout);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    link.desk.with(|it, instrument, _| it.wait(instrument));
    loop {
        let most = size.min(READ_BUFFER) - data.len();
        let step = link.desk.wait(deadline, |it, _| match it.take(most, stop) {
            Some(taken) => Some(Some((taken, it.message_available()))),
            None => it.is_closing().then_some(None),
        });
        let Some((taken, more)) = step.await.ok_or(Failure::TimedOut)? else { return Ok(None) };
        data.extend(taken.bytes);
        let count = if data.len() == size { REQUEST_COUNT } else { 0 };
        let end = if taken.end { END } else { 0 };
        let reason = count | end | if taken.matched { CHARACTER } else { 0 };
        // No reason where the buffer is full, or where a reply comes in pieces.
        if reason != 0 || more || data.len() >= READ_BUFFER {
            return Ok(Some(reason));
        }
    }
}

fn generic(arguments: &mut Reader<'_>) -> Result<Generic, Garbage> {
    let (lid, flags) = (arguments.number()?, Flags(arguments.number()?));
    let (lock_timeout, _io_timeout) = (arguments.number()?, arguments.number()?);
    Ok(Generic { lid, flags, lock_timeout })
}

fn success() -> Writer {
    Writer::default().number(0)
}

fn failure(why: Failure) -> Writer {
    Writer::default().number(why as u32)
}

fn error_of(result: Result<u8, Failure>) -> Writer {
    result.map_or_else(failure, |_| success())
}
