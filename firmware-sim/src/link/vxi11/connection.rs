//! One connection of a client: calls in, answers out, in order.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};

use onc_rpc::AcceptedStatus;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
};

use super::{
    Server,
    interrupt::Interrupt,
    links::Link,
    numbers::{ABORT, CORE, NULL, VERSION},
    rpc::{self, Call, Incoming, Status},
    xdr::{Garbage, Writer},
};
use crate::link::{socket::Socket, stream::lock, tcp::Acknowledge};

/// Beyond its data a call has some numbers, credentials and names.
const OVERHEAD: usize = 2048;

/// Calls that a client may have sent ahead.
const AHEAD: usize = 4;

/// A connection and the links that die with it.
pub(super) struct Connection {
    pub(super) server: Arc<Server>,
    pub(super) line: Arc<Line>,
    links: Mutex<BTreeMap<u32, Owned>>,
    gone: watch::Sender<bool>,
}

/// What the links of a connection share.
#[derive(Default)]
pub(super) struct Line {
    pub(super) interrupt: Mutex<Option<Interrupt>>,
    /// The instrument has hung up.
    hung_up: Notify,
}

/// A link of this connection, and the task that keeps it going.
struct Owned {
    link: Arc<Link>,
    keeper: JoinHandle<()>,
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// The results of a call, and what is to be done behind them.
pub(super) enum Outcome {
    Results(Writer),
    /// The call that this link is in ends.
    Abort(Writer, Arc<Link>),
    /// The connection ends in the middle of the answer.
    HangUp(Writer),
    NoSuchProcedure,
}

impl Connection {
    pub(super) fn new(server: Arc<Server>) -> Connection {
        let gone = watch::Sender::new(false);
        Connection { server, line: Arc::default(), links: Mutex::default(), gone }
    }

    /// Answers the calls of a client until it goes.
    pub(super) async fn serve(self, stream: TcpStream) -> io::Result<()> {
        let (mut read, mut write) = tokio::io::split(Socket::new(stream, Acknowledge::AtOnce)?);
        let longest = OVERHEAD + self.server.options.max_receive_size as usize;
        let (sender, mut receiver) = mpsc::channel(AHEAD);
        let gone = &self.gone;
        let calls = async move {
            let ended = loop {
                match rpc::read_record(&mut read, longest).await {
                    Ok(Some(record)) => {
                        if sender.send(record).await.is_err() {
                            break Ok(());
                        }
                    }
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
            // What came before the client went is done, but nobody waits for it any more.
            gone.send_replace(true);
            ended
        };
        let answers = async {
            while let Some(record) = receiver.recv().await {
                if !self.answer(&record, &mut write).await? {
                    break;
                }
            }
            receiver.close();
            io::Result::Ok(())
        };
        let both = async {
            tokio::select! {
                biased;
                result = answers => result,
                // Answers go on until there are no more calls.
                Err(error) = calls => Err(error),
            }
        };
        let result = tokio::select! {
            biased;
            result = both => result,
            () = self.line.hung_up.notified() => Ok(()),
        };
        let own = std::mem::take(&mut *lock(&self.links));
        own.keys().for_each(|it| self.server.links.destroy(*it));
        result
    }

    /// Answers one call; false when the connection ends.
    async fn answer<W>(&self, record: &[u8], write: &mut W) -> io::Result<bool>
    where
        W: AsyncWrite + Unpin,
    {
        let call = match rpc::understand(record)? {
            Incoming::Refused(answer) => {
                write.write_all(&answer).await?;
                return Ok(true);
            }
            Incoming::Call(call) => call,
        };
        let (status, aborted, hangs_up) = match self.perform(&call).await {
            Err(status) => (status, None, false),
            Ok(Outcome::NoSuchProcedure) => (AcceptedStatus::ProcedureUnavailable, None, false),
            Ok(Outcome::Results(results)) => (AcceptedStatus::Success(results.0), None, false),
            Ok(Outcome::Abort(results, link)) => {
                (AcceptedStatus::Success(results.0), Some(link), false)
            }
            Ok(Outcome::HangUp(results)) => (AcceptedStatus::Success(results.0), None, true),
        };
        let answer = rpc::answer(call.id, status)?;
        if hangs_up {
            write.write_all(&answer[..answer.len() / 2]).await?;
            write.shutdown().await?;
            return Ok(false);
        }
        write.write_all(&answer).await?;
        // The aborted call is answered behind this one (rule B.6.107).
        if let Some(link) = aborted {
            link.abort.notify_waiters();
        }
        Ok(true)
    }

    async fn perform(&self, call: &Call) -> Result<Outcome, Status> {
        if !matches!(call.program, CORE | ABORT) {
            return Err(AcceptedStatus::ProgramUnavailable);
        }
        if call.version != VERSION {
            return Err(AcceptedStatus::ProgramMismatch { low: VERSION, high: VERSION });
        }
        let result = match call.program {
            _ if call.procedure == NULL => Ok(Outcome::Results(Writer::default())),
            ABORT => self.abort(call),
            _ => self.core(call).await,
        };
        result.map_err(|Garbage| AcceptedStatus::GarbageArgs)
    }

    /// Takes in a link that was made for this connection.
    pub(super) fn adopt(&self, link: Arc<Link>) {
        let keeper = tokio::spawn(keep(Arc::clone(&link), Arc::clone(&self.line)));
        lock(&self.links).insert(link.id, Owned { link, keeper });
    }

    /// One of this connection's links.
    pub(super) fn link(&self, id: u32) -> Option<Arc<Link>> {
        lock(&self.links).get(&id).map(|it| Arc::clone(&it.link))
    }

    /// Ends one of them; whether there was one.
    pub(super) fn destroy(&self, id: u32) -> bool {
        self.server.links.destroy(id);
        lock(&self.links).remove(&id).is_some()
    }

    /// Does something until it is done, the client has gone, or the call is aborted: then `None`.
    pub(super) async fn in_progress<T>(
        &self,
        link: &Link,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut gone = self.gone.subscribe();
        tokio::select! {
            biased;
            () = link.abort.notified() => None,
            done = work => Some(done),
            _ = gone.wait_for(|it| *it) => None,
        }
    }

    /// The same before there is a link, where nothing can be aborted.
    pub(super) async fn unless_gone<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut gone = self.gone.subscribe();
        tokio::select! {
            biased;
            done = work => Some(done),
            _ = gone.wait_for(|it| *it) => None,
        }
    }
}

/// Lets a link's exchange go on while its client is elsewhere, and tells of its requests.
async fn keep(link: Arc<Link>, line: Arc<Line>) {
    let watch = async {
        let mut changed = link.desk.listen();
        loop {
            let (over, requests) = link
                .desk
                .with(|it, _, _| (it.is_closing() && !it.message_available(), it.take_request()));
            if requests
                && let Some(interrupt) = &*lock(&line.interrupt)
                && let Some(handle) = &*lock(&link.handle)
            {
                interrupt.request_service(handle);
            }
            if over {
                line.hung_up.notify_one();
            }
            // The sender lives as long as the desk.
            let _ = changed.changed().await;
        }
    };
    tokio::select! {
        never = link.desk.keep() => match never {},
        () = watch => {}
    }
}
