//! A VXI-11 instrument: VXI-11 revision 1.0 over RFC 1057.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use transport::{
    LinkError,
    vxi11::{Vxi11Options, Vxi11Transport, connect},
};

use super::LIMIT;

pub const CREATE_LINK: u32 = 10;
pub const WRITE: u32 = 11;
pub const READ: u32 = 12;
pub const READSTB: u32 = 13;
pub const TRIGGER: u32 = 14;
pub const CLEAR: u32 = 15;
pub const REMOTE: u32 = 16;
pub const LOCAL: u32 = 17;
pub const LOCK: u32 = 18;
pub const UNLOCK: u32 = 19;
pub const ENABLE_SRQ: u32 = 20;
pub const DESTROY_LINK: u32 = 23;
pub const CREATE_INTR_CHAN: u32 = 25;
pub const DESTROY_INTR_CHAN: u32 = 26;
pub const END: u32 = 4;
pub const REQCNT: u32 = 1;

/// Words as XDR has them.
pub fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Bytes as XDR has them.
pub fn opaque(bytes: &[u8]) -> Vec<u8> {
    let mut opaque = words(&[bytes.len() as u32]);
    opaque.extend_from_slice(bytes);
    opaque.resize(opaque.len().next_multiple_of(4), 0);
    opaque
}

pub fn fragment(bytes: &[u8], last: bool) -> Vec<u8> {
    let mut fragment = words(&[u32::from(last) << 31 | bytes.len() as u32]);
    fragment.extend_from_slice(bytes);
    fragment
}

/// A reply that was accepted and succeeded.
pub fn success(xid: u32, results: &[u8]) -> Vec<u8> {
    let mut reply = words(&[xid, 1, 0, 0, 0, 0]);
    reply.extend_from_slice(results);
    reply
}

pub struct Call {
    pub xid: u32,
    pub program: u32,
    pub procedure: u32,
    pub arguments: Vec<u8>,
}

impl Call {
    pub fn word(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.arguments[4 * at..4 * at + 4].try_into().unwrap())
    }

    pub fn opaque(&self, at: usize) -> &[u8] {
        let length = self.word(at) as usize;
        &self.arguments[4 * at + 4..4 * at + 4 + length]
    }
}

/// The instrument's end of one connection.
pub struct Core(pub TcpStream);

impl Core {
    /// The next call; nothing when the connection was closed.
    pub async fn hears(&mut self) -> Option<Call> {
        let mark = self.0.read_u32().await.ok()?;
        assert_eq!(mark >> 31, 1, "one fragment");
        let mut record = vec![0; (mark & 0x7fff_ffff) as usize];
        self.0.read_exact(&mut record).await.unwrap();
        let word = |at: usize| u32::from_be_bytes(record[4 * at..4 * at + 4].try_into().unwrap());
        assert_eq!((word(1), word(2), word(4)), (0, 2, 1), "a call, RPC 2, version 1");
        assert_eq!([word(6), word(7), word(8), word(9)], [0; 4], "nobody in particular calls");
        let (xid, program, procedure) = (word(0), word(3), word(5));
        Some(Call { xid, program, procedure, arguments: record.split_off(40) })
    }

    pub async fn expects(&mut self, procedure: u32) -> Call {
        let call = self.hears().await.expect("a call");
        assert_eq!((call.program, call.procedure), (0x0607af, procedure));
        call
    }

    pub async fn says(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    pub async fn answers(&mut self, call: &Call, results: &[u8]) {
        self.says(&fragment(&success(call.xid, results), true)).await;
    }

    /// Receives the answer to a call of ours.
    pub async fn is_answered(&mut self, xid: u32) {
        let mut answer = [0; 28];
        self.0.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer[..], fragment(&success(xid, b""), true));
    }

    /// Takes one whole message in one piece.
    pub async fn takes(&mut self, message: &[u8]) {
        let call = self.expects(WRITE).await;
        assert_eq!(call.opaque(4), message);
        assert_eq!(call.word(3) & 8, 8, "END");
        self.answers(&call, &words(&[0, message.len() as u32])).await;
    }

    /// Answers one read.
    pub async fn gives(&mut self, reason: u32, data: &[u8]) {
        let call = self.expects(READ).await;
        self.answers(&call, &read_results(0, reason, data)).await;
    }
}

pub fn service_request(xid: u32, handle: &[u8]) -> Vec<u8> {
    let mut call = words(&[xid, 0, 2, 0x0607b1, 1, 30, 0, 0, 0, 0]);
    call.extend_from_slice(&opaque(handle));
    fragment(&call, true)
}

pub fn read_results(error: u32, reason: u32, data: &[u8]) -> Vec<u8> {
    let mut results = words(&[error, reason]);
    results.extend_from_slice(&opaque(data));
    results
}

pub struct Instrument {
    pub core: TcpListener,
    pub abort: TcpListener,
    pub largest: u32,
}

pub const LINK: u32 = 0x77;

impl Instrument {
    pub async fn new() -> Instrument {
        let core = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let abort = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Instrument { core, abort, largest: 4096 }
    }

    pub fn options(&self) -> Vxi11Options {
        Vxi11Options {
            core_port: Some(self.core.local_addr().unwrap().port()),
            ..Vxi11Options::default()
        }
    }

    pub fn created(&self) -> Vec<u8> {
        let abort = u32::from(self.abort.local_addr().unwrap().port());
        words(&[0, LINK, abort, self.largest])
    }

    pub async fn accepts(&self) -> Core {
        let stream = self.core.accept().await.unwrap().0;
        stream.set_nodelay(true).unwrap();
        Core(stream)
    }

    /// Opens a link.
    pub async fn open(&self, options: &Vxi11Options) -> (Vxi11Transport, Core) {
        let (link, core) = tokio::join!(connect("127.0.0.1", "inst0", options, LIMIT), async {
            let mut core = self.accepts().await;
            let call = core.expects(CREATE_LINK).await;
            core.answers(&call, &self.created()).await;
            core
        });
        (link.unwrap(), core)
    }

    /// Opens a link whose instrument connects to us: the core channel, the interrupt channel, and
    /// the handle of its requests.
    pub async fn calls_back(&self) -> (Core, Core, Vec<u8>) {
        let mut core = self.accepts().await;
        let call = core.expects(CREATE_LINK).await;
        core.answers(&call, &self.created()).await;
        let call = core.expects(CREATE_INTR_CHAN).await;
        // 127.0.0.1, the interrupt program, version 1, over TCP.
        let told = (call.word(0), call.word(2), call.word(3), call.word(4));
        assert_eq!(told, (0x7f00_0001, 0x0607b1, 1, 0));
        let port = u16::try_from(call.word(1)).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        core.answers(&call, &words(&[0])).await;
        let call = core.expects(ENABLE_SRQ).await;
        assert_eq!((call.word(0), call.word(1)), (LINK, 1));
        let handle = call.opaque(2).to_vec();
        core.answers(&call, &words(&[0])).await;
        (core, Core(stream), handle)
    }

    /// Takes an abort of the link's read, and says whether it will be carried out.
    pub async fn aborts(&self, error: u32) {
        let mut abort = Core(self.abort.accept().await.unwrap().0);
        let call = abort.hears().await.unwrap();
        assert_eq!((call.program, call.procedure, call.word(0)), (0x0607b0, 1, LINK));
        abort.answers(&call, &words(&[error])).await;
        // Kept open until the link closes it.
        tokio::spawn(async move { abort.hears().await });
    }
}

pub fn code(error: &LinkError) -> i64 {
    match error {
        LinkError::Declined { code, .. } => *code,
        other => panic!("{other:?}"),
    }
}

pub const SHORT: Duration = Duration::from_millis(50);
