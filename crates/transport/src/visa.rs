//! GPIB over a vendor's VISA (VPP-4.3), for cards that no gateway stands in front of.
//!
//! The library is looked for when the first link is opened, not when memloop is built. Its calls
//! block, so each link has a thread of its own, which makes them one after another. A reply is read
//! when the status byte says that it is there (MAV, IEEE 488.2 section 11.2.1.2): a read that VISA
//! gives up on could have taken half of it.
//!
//! UNVERIFIED: all of it against a real VISA and a real card. No library was at hand.

use std::{
    io::{self, Read, Write},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};
use visa_rs::{
    AsResourceManager, DefaultRM, VisaString,
    enums::{
        assert::AssertTrigPro,
        attribute::{AttrTmoValue, HasAttribute},
    },
    flags::AccessMode,
};

use crate::{LinkError, Resource, Transport, message};

/// The longest reply.
const LONGEST: usize = 16 << 20;

/// How often an instrument is asked whether its reply is there.
const AGAIN: Duration = Duration::from_millis(2);

/// How long one call of VISA's may take, in milliseconds: a long block over GPIB.
const CALL: u32 = 60_000;

const MESSAGE_AVAILABLE: u8 = 1 << 4;
const REQUEST_SERVICE: u8 = 1 << 6;

type Answer<T> = oneshot::Sender<Result<T, LinkError>>;

/// What the thread of a link is to do.
enum Job {
    Send(Vec<u8>, Answer<()>),
    /// Reads a reply where there is one.
    Receive(Answer<Option<Vec<u8>>>),
    Clear(Answer<()>),
    Poll(Answer<u8>),
    Trigger(Answer<()>),
}

/// A link to one instrument over VISA.
#[derive(Debug)]
pub(crate) struct VisaTransport {
    jobs: mpsc::Sender<Job>,
    /// A read that somebody has begun to wait for; what it brings is the next reply.
    reading: Option<oneshot::Receiver<Result<Option<Vec<u8>>, LinkError>>>,
    /// The size of the indefinite-length block that the next reply may be.
    block: Option<usize>,
}

/// Opens a link.
///
/// # Errors
/// There is no VISA library on this computer; it knows no such instrument; nothing came of it in
/// time.
pub(crate) async fn open(resource: &Resource, limit: Duration) -> Result<VisaTransport, LinkError> {
    let (jobs, work) = mpsc::channel();
    let (opened, ready) = oneshot::channel();
    let name = resource.to_string();
    thread::spawn(move || serve(&name, limit, opened, &work));
    match timeout(limit, ready).await {
        Ok(result) => result.unwrap_or(Err(LinkError::Closed))?,
        Err(_) => return Err(LinkError::NoAnswer { resource: resource.to_string(), limit }),
    }
    Ok(VisaTransport { jobs, reading: None, block: None })
}

/// The thread of a link: ends when the link is dropped.
fn serve(resource: &str, limit: Duration, opened: Answer<()>, work: &mpsc::Receiver<Job>) {
    let refused = |device: &str, reason: String| LinkError::NoDevice {
        resource: resource.to_owned(),
        device: device.to_owned(),
        reason,
    };
    // The first call would panic without a library.
    if let Err(error) = visa_sys::load_visa_library() {
        let why = format!("no VISA library is installed, or it cannot be loaded: {error}");
        let _ = opened.send(Err(refused("a vendor's VISA", why)));
        return;
    }
    let session = DefaultRM::new().and_then(|manager| {
        let name = VisaString::from(std::ffi::CString::new(resource).unwrap_or_default());
        let instrument = manager.open(&name, AccessMode::NO_LOCK, limit)?;
        if let Some(call) = AttrTmoValue::new_checked(CALL) {
            instrument.set_attr(call)?;
        }
        Ok((instrument, manager))
    });
    // The manager closes what was opened with it.
    let (instrument, _manager) = match session {
        Ok(session) => session,
        Err(error) => {
            let _ = opened.send(Err(refused("an instrument of VISA", error.to_string())));
            return;
        }
    };
    if opened.send(Ok(())).is_err() {
        return;
    }
    let mut worker = Worker { instrument, requests: false, room: Vec::new() };
    // Whoever has given up waiting does not hear the answer.
    while let Ok(job) = work.recv() {
        match job {
            Job::Send(bytes, answer) => drop(answer.send(worker.send(&bytes))),
            Job::Receive(answer) => drop(answer.send(worker.receive())),
            Job::Clear(answer) => drop(answer.send(worker.instrument.clear().map_err(broken))),
            Job::Poll(answer) => drop(answer.send(worker.poll())),
            Job::Trigger(answer) => {
                let done = worker.instrument.assert_trigger(AssertTrigPro::TrigProtDefault);
                drop(answer.send(done.map_err(broken)));
            }
        }
    }
}

struct Worker {
    instrument: visa_rs::Instrument,
    /// A poll for a reply has found a request for service, and ended it.
    requests: bool,
    room: Vec<u8>,
}

impl Worker {
    fn send(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        // VISA asserts END with the last byte of each write.
        let written = (&self.instrument).write_all(bytes);
        written.map_err(|reason| LinkError::Write { reason: Arc::new(reason) })
    }

    fn receive(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        let status = self.status()?;
        self.requests |= status & REQUEST_SERVICE != 0;
        if status & MESSAGE_AVAILABLE == 0 {
            return Ok(None);
        }
        // Room for one more: a read that fills it all has not seen the end.
        self.room.resize(LONGEST + 1, 0);
        let count = (&self.instrument).read(&mut self.room);
        let count = count.map_err(|reason| LinkError::Read { reason: Arc::new(reason) })?;
        if count > LONGEST {
            return Err(LinkError::Endless { limit: LONGEST });
        }
        Ok(Some(self.room[..count].to_vec()))
    }

    fn poll(&mut self) -> Result<u8, LinkError> {
        let status = self.status()?;
        let requested = std::mem::take(&mut self.requests);
        Ok(if requested { status | REQUEST_SERVICE } else { status })
    }

    fn status(&self) -> Result<u8, LinkError> {
        let [status, _] = self.instrument.read_stb().map_err(broken)?.to_le_bytes();
        Ok(status)
    }
}

fn broken(error: visa_rs::Error) -> LinkError {
    LinkError::Read { reason: Arc::new(io::Error::other(error)) }
}

impl VisaTransport {
    fn begin<T>(
        &self,
        job: impl FnOnce(Answer<T>) -> Job,
    ) -> oneshot::Receiver<Result<T, LinkError>> {
        let (answer, done) = oneshot::channel();
        // Where the thread has ended the answer never comes, which says it.
        let _ = self.jobs.send(job(answer));
        done
    }

    async fn call<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, LinkError> {
        self.begin(job).await.unwrap_or(Err(LinkError::Closed))
    }
}

impl Transport for VisaTransport {
    async fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        message::check(message)?;
        let bytes = [message, b"\n"].concat();
        self.call(|answer| Job::Send(bytes, answer)).await
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            let reading = match self.reading.take() {
                Some(reading) => reading,
                None => self.begin(Job::Receive),
            };
            let came = self.reading.insert(reading).await;
            self.reading = None;
            match came.unwrap_or(Err(LinkError::Closed))? {
                Some(mut reply) => {
                    message::strip_line_feed(&mut reply, self.block.take());
                    return Ok(reply);
                }
                None => sleep(AGAIN).await,
            }
        }
    }

    async fn clear(&mut self) -> Result<(), LinkError> {
        (self.reading, self.block) = (None, None);
        self.call(Job::Clear).await
    }

    fn clears_device(&self) -> bool {
        true
    }

    fn expect_block(&mut self, bytes: usize) {
        self.block = Some(bytes);
    }

    async fn status_byte(&mut self) -> Result<Option<u8>, LinkError> {
        self.call(Job::Poll).await.map(Some)
    }

    async fn trigger(&mut self) -> Result<bool, LinkError> {
        self.call(Job::Trigger).await.map(|()| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_library_or_an_instrument_opening_says_so() {
        let resource: Resource = "GPIB30::30::INSTR".parse().unwrap();
        let error = open(&resource, Duration::from_secs(60)).await.unwrap_err();
        assert!(matches!(error, LinkError::NoDevice { .. }), "{error}");
    }
}
