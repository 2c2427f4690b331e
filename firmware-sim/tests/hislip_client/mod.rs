//! A HiSLIP client made of bytes, from the standard (IVI-6.1, revision 2.0).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::sync::Arc;

use firmware_sim::{HislipOptions, Host, answer_hislip};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub const DATA: u8 = 6;
pub const DATA_END: u8 = 7;
pub const FIRST: u32 = 0xffff_ff00;

/// Serves an instrument; the port.
pub async fn serve(host: &Arc<Host>, options: HislipOptions) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(answer_hislip(listener, Arc::clone(host), options));
    port
}

pub fn message(kind: u8, control: u8, parameter: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![b'H', b'S', kind, control];
    bytes.extend(parameter.to_be_bytes());
    bytes.extend((payload.len() as u64).to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub kind: u8,
    pub control: u8,
    pub parameter: u32,
    pub payload: Vec<u8>,
}

pub fn plain(kind: u8, control: u8, parameter: u32) -> Message {
    Message { kind, control, parameter, payload: vec![] }
}

pub struct Channel(pub TcpStream);

impl Channel {
    pub async fn connect(port: u16) -> Channel {
        Channel(TcpStream::connect(("127.0.0.1", port)).await.unwrap())
    }

    pub async fn send(&mut self, kind: u8, control: u8, parameter: u32, payload: &[u8]) {
        self.0.write_all(&message(kind, control, parameter, payload)).await.unwrap();
    }

    /// The next message; `None` at the end, or where it is cut off.
    pub async fn receive(&mut self) -> Option<Message> {
        let mut header = [0; 16];
        self.0.read_exact(&mut header).await.ok()?;
        assert_eq!(header[..2], *b"HS");
        let length = u64::from_be_bytes(header[8..].try_into().unwrap());
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload).await.ok()?;
        let parameter = u32::from_be_bytes(header[4..8].try_into().unwrap());
        Some(Message { kind: header[2], control: header[3], parameter, payload })
    }

    pub async fn exchange(
        &mut self,
        kind: u8,
        control: u8,
        parameter: u32,
        payload: &[u8],
    ) -> Message {
        self.send(kind, control, parameter, payload).await;
        self.receive().await.unwrap()
    }
}

pub struct Client {
    pub sync: Channel,
    pub other: Channel,
    pub id: u32,
    /// A reply was read since the last message.
    pub delivered: bool,
}

impl Client {
    pub async fn open(port: u16) -> Client {
        let mut sync = Channel::connect(port).await;
        let response = sync.exchange(0, 0, 0x0200_5858, b"hislip0").await;
        assert_eq!((response.kind, response.control), (1, 0));
        assert_eq!(response.parameter >> 16, 0x0200);
        let mut other = Channel::connect(port).await;
        let response = other.exchange(17, 0, response.parameter & 0xffff, b"").await;
        assert_eq!((response.kind, response.control), (18, 0));
        Client { sync, other, id: FIRST - 2, delivered: false }
    }

    /// Sends a program message; its MessageID.
    pub async fn write(&mut self, text: &str) -> u32 {
        self.id = self.id.wrapping_add(2);
        let control = std::mem::take(&mut self.delivered).into();
        self.sync.send(DATA_END, control, self.id, text.as_bytes()).await;
        self.id
    }

    /// A reply of one message or several, each with this MessageID.
    pub async fn read(&mut self, id: u32) -> String {
        let mut reply = Vec::new();
        loop {
            let message = self.sync.receive().await.unwrap();
            assert!(matches!(message.kind, DATA | DATA_END), "{message:?}");
            assert_eq!((message.control, message.parameter), (0, id));
            reply.extend(message.payload);
            if message.kind == DATA_END {
                self.delivered = true;
                return String::from_utf8(reply).unwrap().trim_end().to_owned();
            }
        }
    }

    pub async fn ask(&mut self, text: &str) -> String {
        let id = self.write(text).await;
        self.read(id).await
    }

    /// The code of the oldest error, which is taken.
    pub async fn error(&mut self) -> i32 {
        self.ask(":SYST:ERR:CODE?").await.parse().unwrap()
    }

    /// AsyncStatusQuery with the last MessageID.
    pub async fn status(&mut self) -> u8 {
        let control = std::mem::take(&mut self.delivered).into();
        let response = self.other.exchange(21, control, self.id, b"").await;
        assert_eq!((response.kind, response.parameter, response.payload.len()), (22, 0, 0));
        response.control
    }

    /// A whole device clear; the features that are agreed on.
    pub async fn clear(&mut self, features: u8) -> u8 {
        assert_eq!(self.other.exchange(19, 0, 0, b"").await, plain(23, 0, 0));
        self.sync.send(8, features, 0, b"").await;
        loop {
            let message = self.sync.receive().await.unwrap();
            if message.kind == 9 {
                self.id = FIRST - 2;
                self.delivered = false;
                return message.control;
            }
        }
    }
}
