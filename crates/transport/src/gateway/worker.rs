//! The task that owns a gateway's stream: one transaction after the other.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

use super::{
    address::Address,
    escape::escape,
    inbox::{End, Inbox},
    turns::{ABANDONED, Turns},
    wire::Wire,
};
use crate::{LinkError, message};

/// How much longer than a slice the gateway is given to say what came in it: its own clock, the
/// network, a USB adapter's 16 ms.
const GRACE: Duration = Duration::from_millis(100);

/// Something to do with one instrument, without a break.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) link: u64,
    pub(super) address: Address,
    pub(super) task: Task,
}

#[derive(Debug)]
pub(super) enum Task {
    Send {
        message: Vec<u8>,
        done: oneshot::Sender<()>,
    },
    /// A query whose link has been told that it has left, and which waits for its turn.
    Held {
        message: Vec<u8>,
    },
    Read {
        expected: Option<usize>,
        reply: oneshot::Sender<Slice>,
    },
    Clear {
        done: oneshot::Sender<bool>,
    },
    Poll {
        reply: oneshot::Sender<Answer>,
    },
    Trigger {
        done: oneshot::Sender<bool>,
    },
    /// Whether anybody on the bus asks for service, and if so this instrument's status byte.
    Service {
        reply: oneshot::Sender<Answer>,
    },
    /// Whether the gateway still answers.
    Check {
        done: oneshot::Sender<()>,
    },
    Forget,
}

/// What came of one read: a whole reply, nothing whole yet, or something unusable.
pub(super) type Slice = Result<Option<Vec<u8>>, LinkError>;

/// What comes of a question to the gateway.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Answer {
    Number(u8),
    /// None came in time.
    Nothing,
    /// It does not know the question.
    Unknown,
}

pub(super) struct Worker<S> {
    pub(super) wire: Wire<S>,
    pub(super) requests: mpsc::UnboundedReceiver<Request>,
    pub(super) end: Arc<OnceLock<LinkError>>,
    pub(super) inboxes: HashMap<u64, Inbox>,
    pub(super) turns: Turns,
    /// What waits until another link has its reply.
    pub(super) held: VecDeque<Request>,
    pub(super) replies_end: End,
    pub(super) slice: Duration,
    pub(super) longest: usize,
    /// Something may still come that belongs to nobody.
    pub(super) unsettled: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Worker<S> {
    pub(super) async fn run(mut self) {
        if let Err(error) = self.serve().await {
            tracing::warn!(%error, "the gateway's task ends");
            // Nobody else sets it.
            let _ = self.end.set(error);
        }
    }

    async fn serve(&mut self) -> Result<(), LinkError> {
        loop {
            let free = |it: &Request| self.turns.is_free(it.link, it.address);
            if let Some(at) = self.held.iter().position(free) {
                self.perform_held(at).await?;
                continue;
            }
            let request = tokio::select! {
                biased;
                request = self.requests.recv() => request,
                read = self.wire.read() => {
                    read?;
                    self.unsettled = true;
                    let said = std::mem::take(&mut self.wire.received);
                    tracing::warn!(text = message::excerpt(&said), "dropped what nobody asked for");
                    continue;
                }
                () = sleep(ABANDONED), if !self.held.is_empty() => {
                    let abandoned = |it: &Request| self.turns.is_abandoned(it.link, it.address);
                    if let Some(at) = self.held.iter().position(abandoned) {
                        self.perform_held(at).await?;
                    }
                    continue;
                }
            };
            let Some(request) = request else { return Ok(()) };
            match self.hold(request) {
                Some(Request { link, address, task }) => self.perform(link, address, task).await?,
                None => continue,
            }
        }
    }

    /// Callers that have gone before their turn are skipped.
    pub(super) async fn perform(
        &mut self,
        link: u64,
        address: Address,
        task: Task,
    ) -> Result<(), LinkError> {
        match task {
            Task::Send { message, done } if !done.is_closed() => {
                self.send(link, address, &message).await?;
                let _ = done.send(());
            }
            Task::Held { message } => self.send(link, address, &message).await?,
            Task::Read { expected, reply } if !reply.is_closed() => {
                self.settle().await?;
                let slice = self.read(link, &address, expected).await?;
                match slice {
                    Ok(None) => self.turns.go_on(link, address),
                    Ok(Some(_)) | Err(_) => self.turns.end(link, address),
                }
                let _ = reply.send(slice);
            }
            Task::Clear { done } => {
                if let Some(inbox) = self.inboxes.get_mut(&link) {
                    inbox.empty();
                }
                let mut told = true;
                if !self.takes_back(link) {
                    told = self.tell(&address, "++clr").await?;
                    self.turns.clear(address);
                }
                let _ = done.send(told);
            }
            Task::Poll { reply } if !reply.is_closed() => {
                let answer = self.ask(&address, "++spoll").await?;
                let _ = reply.send(answer);
            }
            Task::Trigger { done } if !done.is_closed() => {
                let told = self.tell(&address, "++trg").await?;
                let _ = done.send(told);
            }
            Task::Service { reply } if !reply.is_closed() => {
                let answer = match self.ask(&address, "++srq").await? {
                    Answer::Number(1) => self.ask(&address, "++spoll").await?,
                    Answer::Number(_) => Answer::Number(0),
                    other => other,
                };
                let _ = reply.send(answer);
            }
            Task::Check { done } => {
                self.unsettled = true;
                self.settle().await?;
                let _ = done.send(());
            }
            Task::Forget => {
                self.inboxes.remove(&link);
                self.held.retain(|it| it.link != link);
                self.turns.forget(link, address);
            }
            Task::Send { .. }
            | Task::Read { .. }
            | Task::Poll { .. }
            | Task::Trigger { .. }
            | Task::Service { .. } => {}
        }
        Ok(())
    }

    async fn send(&mut self, link: u64, address: Address, message: &[u8]) -> Result<(), LinkError> {
        self.settle().await?;
        if message::queries(message) > 0 && self.turns.begin(link, address) {
            self.tell(&address, "++clr").await?;
        }
        let mut bytes = address.command();
        escape(message, &mut bytes);
        self.wire.write(&bytes).await
    }

    /// Makes sure that nothing is on its way, if something may be.
    async fn settle(&mut self) -> Result<(), LinkError> {
        if !self.unsettled {
            return Ok(());
        }
        let dropped = self.wire.settle().await?;
        self.unsettled = false;
        if !dropped.is_empty() {
            tracing::warn!(
                bytes = dropped.len(),
                text = message::excerpt(&dropped),
                "dropped what belongs to nobody"
            );
        }
        Ok(())
    }

    /// A command that has no answer, until it has been carried out; false if the gateway does not
    /// know it.
    async fn tell(&mut self, address: &Address, command: &str) -> Result<bool, LinkError> {
        self.settle().await?;
        self.wire.write(&address.with(command)).await?;
        let said = self.wire.settle().await?;
        if !said.is_empty() {
            tracing::warn!(command, text = message::excerpt(&said), "the gateway complains");
        }
        Ok(said.is_empty())
    }

    /// A command that has a number for an answer.
    async fn ask(&mut self, address: &Address, command: &str) -> Result<Answer, LinkError> {
        self.settle().await?;
        self.wire.write(&address.with(command)).await?;
        let deadline = Instant::now() + self.slice + GRACE;
        let Some(line) = self.wire.line(deadline).await? else {
            // Late is never: what comes now is dropped.
            self.unsettled = true;
            self.settle().await?;
            return Ok(Answer::Nothing);
        };
        let text = line.trim_ascii();
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        Ok(number.map_or_else(
            || {
                tracing::warn!(command, text = message::excerpt(text), "the gateway complains");
                Answer::Unknown
            },
            Answer::Number,
        ))
    }

    /// Has the instrument talk until its reply is whole or it pauses for longer than a slice.
    async fn read(
        &mut self,
        link: u64,
        address: &Address,
        expected: Option<usize>,
    ) -> Result<Slice, LinkError> {
        let (end, longest) = (self.replies_end, self.longest);
        let inbox = self.inboxes.entry(link).or_insert_with(|| Inbox::new(end, longest));
        if let Some(bytes) = expected {
            inbox.expect_block(bytes);
        }
        self.wire.write(&address.with("++read eoi")).await?;
        loop {
            let pause = Instant::now() + self.slice + GRACE;
            let came = self.wire.read_until(pause).await?;
            inbox.push(&std::mem::take(&mut self.wire.received));
            match inbox.take() {
                Ok(Some(reply)) => {
                    self.unsettled = reply.more;
                    return Ok(Ok(Some(reply.message)));
                }
                Ok(None) if came => {}
                Ok(None) => break,
                Err(endless) => {
                    self.unsettled = true;
                    return Ok(Err(endless));
                }
            }
        }
        // The gateway has stopped reading, or will before it answers.
        inbox.push(&self.wire.settle().await?);
        let reply = match inbox.take() {
            Ok(None) if inbox.lacks_only_the_mark() => {
                tracing::warn!("no mark of EOI came; this instrument's line feeds must do");
                inbox.do_without_marks();
                inbox.take()
            }
            Ok(None) => Ok(inbox.take_at_rest()),
            settled => settled,
        };
        Ok(reply.map(|reply| reply.map(|reply| reply.message)))
    }
}
