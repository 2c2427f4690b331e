//! A VXI-11 client made of bytes, from the specification (VXI-11 revision 1.0; RFC 1057).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::sync::Arc;

use firmware_sim::{Host, Vxi11Options, answer_vxi11};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub const CORE: u32 = 0x0006_07af;
pub const ABORT: u32 = 0x0006_07b0;
pub const INTERRUPT: u32 = 0x0006_07b1;

pub const WAIT_LOCK: u32 = 1;
pub const HAS_END: u32 = 8;
pub const HAS_CHARACTER: u32 = 0x80;

/// Serves an instrument; the port.
pub async fn serve(host: &Arc<Host>, options: Vxi11Options) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(answer_vxi11(listener, Arc::clone(host), options));
    port
}

pub fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|it| it.to_be_bytes()).collect()
}

pub fn opaque(bytes: &[u8]) -> Vec<u8> {
    let mut data = words(&[bytes.len() as u32]);
    data.extend_from_slice(bytes);
    data.resize(data.len().next_multiple_of(4), 0);
    data
}

/// A record with a call in it: version 2, no credentials.
pub fn record(id: u32, program: u32, version: u32, procedure: u32, arguments: &[u8]) -> Vec<u8> {
    let head = words(&[id, 0, 2, program, version, procedure, 0, 0, 0, 0]);
    let length = 0x8000_0000 | (head.len() + arguments.len()) as u32;
    [&words(&[length]), &head[..], arguments].concat()
}

/// Numbers of a result.
pub fn numbers(results: &[u8]) -> Vec<u32> {
    let (numbers, _) = results.as_chunks::<4>();
    numbers.iter().map(|it| u32::from_be_bytes(*it)).collect()
}

/// Arguments of device_write.
pub fn write_arguments(lid: u32, flags: u32, data: &[u8]) -> Vec<u8> {
    [words(&[lid, 10_000, 0, flags]), opaque(data)].concat()
}

pub struct Client {
    pub stream: TcpStream,
    pub lid: u32,
}

/// Error, reason and data of device_read.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    pub error: u32,
    pub reason: u32,
    pub data: Vec<u8>,
}

impl Read {
    pub fn of(results: &[u8]) -> Read {
        let [error, reason, length, ..] = numbers(results)[..] else { panic!("{results:?}") };
        let data = results[12..12 + length as usize].to_vec();
        assert_eq!(results.len(), 12 + data.len().next_multiple_of(4));
        Read { error, reason, data }
    }
}

impl Client {
    pub async fn connect(port: u16) -> Client {
        Client { stream: TcpStream::connect(("127.0.0.1", port)).await.unwrap(), lid: 0 }
    }

    /// Connects and creates a link to `inst0`.
    pub async fn link(port: u16) -> Client {
        let mut client = Client::connect(port).await;
        let made = client.create("inst0", false, 0).await;
        assert_eq!(made[0], 0, "{made:?}");
        client.lid = made[1];
        client
    }

    /// create_link; error, link, port, size.
    pub async fn create(&mut self, name: &str, lock: bool, timeout: u32) -> Vec<u32> {
        let arguments = [words(&[77, lock.into(), timeout]), opaque(name.as_bytes())].concat();
        self.core(10, &arguments).await
    }

    /// The rest of the answer to a call from the third number on: accepted or denied, and so on.
    pub async fn answer(&mut self, id: u32) -> Vec<u8> {
        let mark = self.stream.read_u32().await.unwrap();
        assert!(mark & 0x8000_0000 != 0);
        let mut answer = vec![0; (mark & 0x7fff_ffff) as usize];
        self.stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(numbers(&answer)[..2], [id, 1]);
        answer.split_off(8)
    }

    /// The results of a call that succeeds.
    pub async fn results(&mut self, id: u32) -> Vec<u8> {
        let mut answer = self.answer(id).await;
        assert_eq!(numbers(&answer)[..4], [0; 4], "not accepted");
        answer.split_off(16)
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub async fn call(&mut self, program: u32, procedure: u32, arguments: &[u8]) -> Vec<u8> {
        self.send(&record(5, program, 1, procedure, arguments)).await;
        self.results(5).await
    }

    /// A call on the core channel whose results are numbers.
    pub async fn core(&mut self, procedure: u32, arguments: &[u8]) -> Vec<u32> {
        numbers(&self.call(CORE, procedure, arguments).await)
    }

    /// device_write; error and size.
    pub async fn write(&mut self, message: &str) -> Vec<u32> {
        let arguments = write_arguments(self.lid, HAS_END, message.as_bytes());
        self.core(11, &arguments).await
    }

    pub async fn read_with(&mut self, size: u32, timeout: u32, flags: u32, stop: u8) -> Read {
        let arguments = words(&[self.lid, size, timeout, 0, flags, stop.into()]);
        Read::of(&self.call(CORE, 12, &arguments).await)
    }

    pub async fn read(&mut self) -> Read {
        self.read_with(1 << 20, 60_000, 0, 0).await
    }

    pub async fn ask(&mut self, message: &str) -> String {
        assert_eq!(self.write(message).await, [0, message.len() as u32]);
        let Read { error, reason, data } = self.read().await;
        assert_eq!((error, reason & 4), (0, 4), "{message}");
        String::from_utf8(data).unwrap().trim_end().to_owned()
    }

    /// A call with generic arguments; its numbers.
    pub async fn generic(&mut self, procedure: u32, flags: u32, lock_timeout: u32) -> Vec<u32> {
        let arguments = words(&[self.lid, flags, lock_timeout, 10_000]);
        self.core(procedure, &arguments).await
    }

    /// The code of the oldest error, which is taken.
    pub async fn error(&mut self) -> i32 {
        self.ask(":SYST:ERR:CODE?").await.parse().unwrap()
    }

    /// Whether the connection is at its end.
    pub async fn is_cut_off(&mut self) -> bool {
        !matches!(self.stream.read(&mut [0; 64]).await, Ok(1..))
    }
}
