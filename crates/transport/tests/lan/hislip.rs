//! A HiSLIP instrument: IVI-6.1.

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use transport::{
    LinkError,
    hislip::{HislipOptions, HislipTransport, connect},
};

use super::LIMIT;

pub const INITIALIZE: u8 = 0;
pub const FATAL: u8 = 2;
pub const ERROR: u8 = 3;
pub const LOCK: u8 = 4;
pub const LOCK_RESPONSE: u8 = 5;
pub const DATA: u8 = 6;
pub const DATA_END: u8 = 7;
pub const CLEAR_COMPLETE: u8 = 8;
pub const CLEAR_ACKNOWLEDGE: u8 = 9;
pub const REMOTE_LOCAL: u8 = 10;
pub const REMOTE_LOCAL_RESPONSE: u8 = 11;
pub const TRIGGER: u8 = 12;
pub const INTERRUPTED: u8 = 13;
pub const ASYNC_INTERRUPTED: u8 = 14;
pub const MAXIMUM: u8 = 15;
pub const ASYNC_INITIALIZE: u8 = 17;
pub const ASYNC_CLEAR: u8 = 19;
pub const SERVICE_REQUEST: u8 = 20;
pub const STATUS_QUERY: u8 = 21;
pub const STATUS_RESPONSE: u8 = 22;
pub const ASYNC_CLEAR_ACKNOWLEDGE: u8 = 23;
pub const FIRST: u32 = 0xffff_ff00;

pub fn message(kind: u8, control: u8, parameter: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"HS".to_vec();
    bytes.extend_from_slice(&[kind, control]);
    bytes.extend_from_slice(&parameter.to_be_bytes());
    bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    pub kind: u8,
    pub control: u8,
    pub parameter: u32,
    pub payload: Vec<u8>,
}

/// The next message; nothing when the connection was closed.
pub async fn hears(stream: &mut (impl AsyncRead + Unpin)) -> Option<Message> {
    let mut header = [0; 16];
    stream.read_exact(&mut header).await.ok()?;
    assert_eq!(&header[..2], b"HS");
    let length = u64::from_be_bytes(header[8..].try_into().unwrap());
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload).await.unwrap();
    let parameter = u32::from_be_bytes(header[4..8].try_into().unwrap());
    Some(Message { kind: header[2], control: header[3], parameter, payload })
}

/// The instrument's end of one channel.
pub struct Channel(pub TcpStream);

impl Channel {
    /// The next message; nothing when the connection was closed.
    pub async fn hears(&mut self) -> Option<Message> {
        hears(&mut self.0).await
    }

    pub async fn expects(&mut self, kind: u8) -> Message {
        let message = self.hears().await.expect("a message");
        assert_eq!(message.kind, kind, "{message:?}");
        message
    }

    /// Takes one whole message; returns its control code and MessageID.
    pub async fn takes(&mut self, text: &str) -> (u8, u32) {
        let message = self.expects(DATA_END).await;
        assert_eq!(message.payload.escape_ascii().to_string(), format!("{text}\\n"));
        (message.control, message.parameter)
    }

    pub async fn says(&mut self, kind: u8, control: u8, parameter: u32, payload: &[u8]) {
        self.0.write_all(&message(kind, control, parameter, payload)).await.unwrap();
    }
}

pub struct Instrument {
    pub listener: TcpListener,
    /// Control code and version in InitializeResponse.
    pub control: u8,
    pub version: u16,
    pub largest: u64,
}

pub const SESSION: u32 = 0x0abc;

impl Instrument {
    pub async fn new() -> Instrument {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Instrument { listener, control: 0, version: 0x0200, largest: 1 << 20 }
    }

    pub fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    pub async fn accepts(&self) -> Channel {
        let stream = self.listener.accept().await.unwrap().0;
        stream.set_nodelay(true).unwrap();
        Channel(stream)
    }

    /// The instrument's part of opening a session.
    pub async fn opens(&self) -> (Channel, Channel) {
        let mut sync = self.accepts().await;
        let hello = sync.expects(INITIALIZE).await;
        assert_eq!((hello.control, hello.parameter >> 16), (0, 0x0200));
        assert_eq!(hello.payload, b"hislip0");
        let parameter = u32::from(self.version) << 16 | SESSION;
        sync.says(1, self.control, parameter, b"").await;
        let mut asynchronous = self.accepts().await;
        let hello = asynchronous.expects(ASYNC_INITIALIZE).await;
        assert_eq!((hello.control, hello.parameter), (0, SESSION));
        asynchronous.says(18, 0, 0x4142, b"").await;
        let size = asynchronous.expects(MAXIMUM).await;
        assert_eq!(size.payload.len(), 8);
        asynchronous.says(16, 0, 0, &self.largest.to_be_bytes()).await;
        (sync, asynchronous)
    }

    pub async fn connects(&self, options: &HislipOptions) -> Result<HislipTransport, LinkError> {
        connect("127.0.0.1", "hislip0", self.port(), options, LIMIT).await
    }

    pub async fn open(&self) -> (HislipTransport, Channel, Channel) {
        let options = HislipOptions::default();
        let (link, (sync, asynchronous)) = tokio::join!(self.connects(&options), self.opens());
        (link.unwrap(), sync, asynchronous)
    }
}
