//! HiSLIP, the high-speed LAN instrument protocol (IVI Foundation, IVI-6.1, revision 2.0), without
//! its secure connections.

mod asynchronous;
mod message;
mod session;
mod synchronous;

use std::{
    collections::BTreeMap,
    future::ready,
    io,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use self::{
    message::{Fatal, Header, Incoming, Kind, read},
    session::Session,
};
use super::{
    door,
    host::Host,
    socket::Socket,
    stream::lock,
    tcp::{Acknowledge, Clients},
};

/// The version that is spoken here; clients of an earlier one are answered in theirs.
const VERSION: u16 = 0x0200;

/// Names are short.
const LONGEST_NAME: u64 = 256;

/// How HiSLIP is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HislipOptions {
    /// The sub-addresses by which an instrument is asked for, without regard to case. A client that
    /// names none gets it too.
    pub names: Vec<String>,
    /// The most bytes of one message's payload that are taken from a client.
    pub max_message_size: u64,
    /// How many sessions there may be at the same time.
    pub sessions: usize,
    /// Overlapped mode is what the server prefers; otherwise synchronised mode is, and a client has
    /// the other by a device clear. Sessions begin in the mode that is preferred.
    pub prefers_overlap: bool,
}

impl Default for HislipOptions {
    fn default() -> Self {
        HislipOptions {
            names: vec!["hislip0".to_owned()],
            max_message_size: 1 << 20,
            sessions: 32,
            prefers_overlap: false,
        }
    }
}

/// What the connections of one port share.
struct Server {
    host: Arc<Host>,
    options: HislipOptions,
    sessions: Mutex<Sessions>,
}

#[derive(Default)]
struct Sessions {
    sessions: BTreeMap<u16, Arc<Session>>,
    last: u16,
}

/// Answers HiSLIP on a port, for ever. Each session is a client of the instrument of its own, and
/// ends with either of its connections.
///
/// Replies come when they come on any other link, and faults strike here as there: a reply that is
/// torn is a Data message that no DataEND follows.
///
/// # Errors
/// The port does not take connections any more.
pub async fn answer_hislip(
    listener: TcpListener,
    host: Arc<Host>,
    options: HislipOptions,
) -> io::Result<()> {
    let server = Arc::new(Server { host, options, sessions: Mutex::default() });
    let refuses = |_| ready(server.host.refuses_connection());
    let serve = |stream| {
        let server = Arc::clone(&server);
        async move { server.welcome(stream).await }
    };
    door::answer(listener, Clients::Several, " by HiSLIP", refuses, serve).await
}

impl Server {
    /// Serves one connection, whichever of the two channels it is (section 6.1).
    async fn welcome(&self, stream: TcpStream) -> io::Result<()> {
        let mut stream = Socket::new(stream, Acknowledge::AtOnce)?;
        match read(&mut stream, LONGEST_NAME).await? {
            Incoming::Message(header, name) if header.kind == Kind::INITIALIZE => {
                self.serve_synchronous(stream, header, &name).await
            }
            Incoming::Message(header, _) if header.kind == Kind::ASYNC_INITIALIZE => {
                self.serve_asynchronous(stream, header).await
            }
            Incoming::Message(..) | Incoming::TooLarge => {
                refuse(&mut stream, Fatal::Initialization, "Initialize is the first message").await
            }
            Incoming::Malformed => {
                refuse(&mut stream, Fatal::Header, "a message begins with HS").await
            }
            Incoming::End => Ok(()),
        }
    }

    async fn serve_synchronous<S>(
        &self,
        mut stream: S,
        header: Header,
        name: &[u8],
    ) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let known = self.options.names.iter().any(|it| it.as_bytes().eq_ignore_ascii_case(name));
        if !known && !name.is_empty() {
            return refuse(&mut stream, Fatal::Unidentified, "no such sub-address").await;
        }
        let Some(session) = self.begin_session() else {
            return refuse(&mut stream, Fatal::TooManyClients, "too many clients").await;
        };
        let [major, minor, ..] = header.parameter.to_be_bytes();
        let version = u16::from_be_bytes([major, minor]).min(VERSION);
        let parameter = u32::from(version) << 16 | u32::from(session.id);
        let preference = u8::from(self.options.prefers_overlap);
        let response = Header::new(Kind::INITIALIZE_RESPONSE, preference, parameter);
        let served = async {
            stream.write_all(&response.with(b"")).await?;
            synchronous::serve(stream, &session, self.options.max_message_size).await
        };
        let result = served.await;
        lock(&self.sessions).sessions.remove(&session.id);
        session.end();
        result
    }

    async fn serve_asynchronous<S>(&self, mut stream: S, header: Header) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let id = u16::try_from(header.parameter).ok();
        let session = id.and_then(|it| lock(&self.sessions).sessions.get(&it).cloned());
        let notices = session.as_ref().and_then(|it| it.open_asynchronous());
        let (Some(session), Some(notices)) = (session, notices) else {
            return refuse(&mut stream, Fatal::Initialization, "no such session").await;
        };
        // The vendor's two letters, of which this one has none.
        let response = Header::new(Kind::ASYNC_INITIALIZE_RESPONSE, 0, 0);
        let served = async {
            stream.write_all(&response.with(b"")).await?;
            session.established();
            asynchronous::serve(stream, &session, notices, self.options.max_message_size).await
        };
        let result = served.await;
        session.end();
        result
    }

    fn begin_session(&self) -> Option<Arc<Session>> {
        let mut table = lock(&self.sessions);
        if table.sessions.len() >= self.options.sessions.min(usize::from(u16::MAX)) {
            return None;
        }
        let mut id = table.last;
        loop {
            id = id.wrapping_add(1);
            if !table.sessions.contains_key(&id) {
                break;
            }
        }
        table.last = id;
        let session = Arc::new(Session::new(id, &self.host, self.options.prefers_overlap));
        table.sessions.insert(id, Arc::clone(&session));
        Some(session)
    }
}

/// Says why, and ends the connection.
async fn refuse<S: AsyncWrite + Unpin>(stream: &mut S, why: Fatal, what: &str) -> io::Result<()> {
    stream.write_all(&why.message(what)).await?;
    stream.shutdown().await
}
