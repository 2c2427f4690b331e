//! The kernel's USBTMC driver, by a stand-in: what is asked of it and when.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test's helper: a failure is the test's failure")]

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::timeout;
use transport::{
    LinkError, Transport,
    usbtmc::file::{self, Driver, FileOptions, FileTransport},
};

const SECOND: Duration = Duration::from_secs(1);
const BUFFER: usize = 1 << 16;

#[derive(Default)]
struct Kernel {
    calls: Vec<&'static str>,
    heard: Vec<Vec<u8>>,
    output: VecDeque<u8>,
    /// How often the status byte says that there is no reply yet.
    looks: usize,
    status_unknown: bool,
    reads_fail: VecDeque<io::ErrorKind>,
}

#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Kernel>>);

impl Fake {
    fn set(&self, change: impl FnOnce(&mut Kernel)) {
        change(&mut self.0.lock().unwrap());
    }

    fn link(&self) -> FileTransport<Fake> {
        FileTransport::over(self.clone(), &FileOptions::default())
    }

    fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }
}

fn unknown() -> io::Error {
    io::Error::from_raw_os_error(25)
}

impl Driver for Fake {
    fn write(&mut self, message: &[u8]) -> io::Result<()> {
        let mut kernel = self.0.lock().unwrap();
        kernel.calls.push("write");
        kernel.heard.push(message.to_vec());
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut kernel = self.0.lock().unwrap();
        kernel.calls.push("read");
        if let Some(kind) = kernel.reads_fail.pop_front() {
            return Err(kind.into());
        }
        if kernel.output.is_empty() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let count = buffer.len().min(kernel.output.len());
        for (place, byte) in buffer.iter_mut().zip(kernel.output.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn clear(&mut self) -> io::Result<()> {
        let mut kernel = self.0.lock().unwrap();
        kernel.calls.push("clear");
        kernel.output.clear();
        Ok(())
    }

    fn abort_read(&mut self) -> io::Result<()> {
        self.0.lock().unwrap().calls.push("abort");
        Ok(())
    }

    fn status_byte(&mut self) -> io::Result<u8> {
        let mut kernel = self.0.lock().unwrap();
        if kernel.status_unknown {
            return Err(unknown());
        }
        if kernel.looks > 0 {
            kernel.looks -= 1;
            return Ok(0);
        }
        Ok(if kernel.output.is_empty() { 0 } else { 16 })
    }

    fn trigger(&mut self) -> io::Result<()> {
        self.0.lock().unwrap().calls.push("trigger");
        if self.0.lock().unwrap().status_unknown { Err(unknown()) } else { Ok(()) }
    }
}

#[tokio::test]
async fn a_reply_is_read_when_the_status_byte_says_that_it_is_there() {
    let fake = Fake::default();
    let mut link = fake.link();
    link.send(b"A?").await.unwrap();
    assert_eq!(fake.0.lock().unwrap().heard, [b"A?\n"]);
    fake.set(|kernel| {
        kernel.looks = 5;
        kernel.output.extend(b"+1.5\n");
    });
    assert_eq!(link.receive().await.unwrap(), b"+1.5");
    assert_eq!(fake.calls(), ["write", "read"]);
}

#[tokio::test]
async fn replies_of_any_length_come_whole() {
    for status_unknown in [false, true] {
        for length in [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER - 1] {
            let fake = Fake::default();
            let mut link = fake.link();
            let mut reply = vec![b'1'; length];
            fake.set(|kernel| {
                kernel.status_unknown = status_unknown;
                kernel.output.extend(reply.iter().chain(b"\n"));
            });
            assert_eq!(link.receive().await.unwrap(), reply, "{length}");
            reply = vec![b'\n'; length.max(1)];
            let block = [format!("#6{:06}", reply.len()).as_bytes(), &reply].concat();
            fake.set(|kernel| kernel.output.extend(block.iter().chain(b"\n")));
            assert_eq!(link.receive().await.unwrap(), block, "{length}");
        }
    }
}

#[tokio::test]
async fn a_receive_that_was_dropped_leaves_no_read_behind() {
    let fake = Fake::default();
    let mut link = fake.link();
    assert!(timeout(Duration::from_millis(5), link.receive()).await.is_err());
    assert!(!fake.calls().contains(&"read"));
    fake.set(|kernel| kernel.output.extend(b"late\n"));
    link.clear().await.unwrap();
    fake.set(|kernel| kernel.output.extend(b"fresh\n"));
    assert_eq!(link.receive().await.unwrap(), b"fresh");
}

#[tokio::test]
async fn a_read_that_times_out_is_aborted_and_tried_again() {
    let fake = Fake::default();
    fake.set(|kernel| {
        kernel.status_unknown = true;
        kernel.reads_fail.push_back(io::ErrorKind::TimedOut);
        kernel.output.extend(b"+1.5\n");
    });
    let mut link = fake.link();
    assert_eq!(link.receive().await.unwrap(), b"+1.5");
    assert_eq!(fake.calls(), ["read", "abort", "read"]);
}

#[tokio::test]
async fn what_the_instrument_does_not_know_is_absent() {
    let fake = Fake::default();
    let mut link = fake.link();
    assert_eq!(link.status_byte().await.unwrap(), Some(0));
    assert!(link.trigger().await.unwrap());
    fake.set(|kernel| kernel.status_unknown = true);
    assert_eq!(link.status_byte().await.unwrap(), None);
    assert!(!link.trigger().await.unwrap());
}

#[tokio::test]
async fn a_driver_that_fails_ends_the_link() {
    let fake = Fake::default();
    fake.set(|kernel| {
        kernel.status_unknown = true;
        kernel.reads_fail.push_back(io::ErrorKind::BrokenPipe);
    });
    let mut link = fake.link();
    assert!(matches!(link.receive().await, Err(LinkError::Read { .. })));
}

#[tokio::test]
async fn a_reply_that_is_too_long_is_endless() {
    let fake = Fake::default();
    fake.set(|kernel| kernel.output.extend(b"12345678901\n"));
    let options = FileOptions { longest: 10, ..FileOptions::default() };
    let mut link = FileTransport::over(fake, &options);
    assert!(matches!(link.receive().await, Err(LinkError::Endless { limit: 10 })));
}

#[tokio::test]
async fn a_file_of_no_usbtmc_driver_is_refused_by_name() {
    let options = FileOptions::default();
    for (path, said) in [
        ("/dev/null", "it is no file of the kernel's USBTMC driver"),
        ("/dev/usbtmc-of-nobody", "there "),
    ] {
        let error = file::open(path, &options, SECOND).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("{path}: {path} cannot be opened (")), "{error}");
        assert!(error.contains(said), "{error}");
    }
}
