//! The synchronous channel: program messages in, replies out.

use std::io;

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::{Notify, mpsc},
};

use super::{
    message::{Fatal, Header, Incoming, Kind, Refusal, read},
    session::Session,
};
use crate::instrument::Taken;

/// Messages that a client may have sent ahead.
const AHEAD: usize = 4;

/// Serves the channel until the session ends.
pub(super) async fn serve<S>(stream: S, session: &Session, largest: u64) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut stream, write) = tokio::io::split(stream);
    let (sender, messages) = mpsc::channel(AHEAD);
    let gone = Notify::new();
    let client = &gone;
    let reader = async move {
        while let incoming = read(&mut stream, largest).await?
            && !matches!(incoming, Incoming::End)
            && sender.send(incoming).await.is_ok()
        {}
        client.notify_one();
        io::Result::Ok(())
    };
    let mut channel = Channel { session, write, messages, next: None, discarded: 0 };
    tokio::select! {
        biased;
        result = channel.converse(&gone) => result,
        // What came before the client went is still done; then there are no more messages.
        Err(error) = reader => Err(error),
        () = session.ended() => Ok(()),
        never = session.desk.keep() => match never {},
    }
}

struct Channel<'s, W> {
    session: &'s Session,
    write: W,
    messages: mpsc::Receiver<Incoming>,
    /// The message that has come and is not taken yet.
    next: Option<Incoming>,
    /// Replies that were discarded so far before they could be sent.
    discarded: u64,
}

impl<W: AsyncWrite + Unpin> Channel<'_, W> {
    async fn converse(&mut self, gone: &Notify) -> io::Result<()> {
        let session = self.session;
        let mut changed = session.desk.listen();
        let mut locks = session.host().locks.listen();
        loop {
            locks.borrow_and_update();
            changed.borrow_and_update();
            if !self.send_replies().await? {
                return self.write.shutdown().await;
            }
            session.request_service();
            let admitted = session.host().locks.admits(session.holder);
            let takes = session.is_clearing() || admitted && session.desk.is_hungry();
            if takes && let Some(message) = self.next.take() {
                if !self.take(message).await? {
                    return Ok(());
                }
                continue;
            }
            tokio::select! {
                message = self.messages.recv(), if self.next.is_none() => match message {
                    Some(message) => self.next = Some(message),
                    None => return Ok(()),
                },
                // Nobody waits any more for what another's lock keeps off.
                () = gone.notified(), if self.next.is_some() => return Ok(()),
                // The senders live as long as the session and the instrument.
                _ = changed.changed() => {}
                _ = locks.changed() => {}
            }
        }
    }

    /// Takes a message; false when the session ends.
    async fn take(&mut self, message: Incoming) -> io::Result<bool> {
        let (header, payload) = match message {
            Incoming::Message(header, payload) => (header, payload),
            Incoming::TooLarge => {
                let refusal = Refusal::TooLarge.message("message too large");
                self.write.write_all(&refusal).await?;
                return Ok(true);
            }
            Incoming::Malformed => {
                return self.give_up(Fatal::Header, "a message begins with HS").await;
            }
            Incoming::End => return Ok(false),
        };
        if header.kind == Kind::FATAL_ERROR {
            return Ok(false);
        }
        if !self.session.is_established() {
            let what = "the asynchronous channel is not established";
            return self.give_up(Fatal::Channels, what).await;
        }
        if self.session.is_clearing() && header.kind != Kind::DEVICE_CLEAR_COMPLETE {
            return Ok(true);
        }
        match header.kind {
            Kind::DATA => self.submit(header, &payload, false),
            Kind::DATA_END => self.submit(header, &payload, true),
            Kind::TRIGGER => {
                self.session.received(header.parameter, header.control & 1 != 0);
                self.session.desk.with(|it, instrument, until| it.trigger(instrument, until));
            }
            Kind::DEVICE_CLEAR_COMPLETE => {
                let features = header.control & 1;
                self.session.end_clear(features != 0);
                self.discarded = self.session.desk.with(|it, _, _| it.discarded());
                let answer = Header::new(Kind::DEVICE_CLEAR_ACKNOWLEDGE, features, 0);
                self.write.write_all(&answer.with(b"")).await?;
            }
            Kind::ERROR => {}
            other => self.write.write_all(&Refusal::of(other)).await?,
        }
        Ok(true)
    }

    fn submit(&self, header: Header, payload: &[u8], end: bool) {
        self.session.received(header.parameter, header.control & 1 != 0);
        self.session.desk.with(|it, instrument, until| {
            it.submit(instrument, until, payload, end);
        });
    }

    async fn give_up(&mut self, why: Fatal, what: &str) -> io::Result<bool> {
        self.write.write_all(&why.message(what)).await?;
        self.write.shutdown().await?;
        Ok(false)
    }

    /// Sends what there is of replies; false when the instrument hangs up.
    async fn send_replies(&mut self) -> io::Result<bool> {
        loop {
            self.interrupt();
            self.report_interruption().await?;
            let most = self.session.largest();
            let (taken, over) = self.session.desk.with(|it, _, _| {
                let taken = it.push(most);
                (taken, it.is_closing() && !it.message_available())
            });
            let Some(Taken { bytes, end, .. }) = taken else { return Ok(!over) };
            let kind = if end { Kind::DATA_END } else { Kind::DATA };
            let header = Header::new(kind, 0, self.session.stamp());
            if over && !end {
                // The second half is missing.
                let promised = 2 * bytes.len() as u64;
                self.write.write_all(&header.with_length(&bytes, promised)).await?;
                return Ok(false);
            }
            self.write.write_all(&header.with(&bytes)).await?;
        }
    }

    /// A reply that is to be sent while the next message has come already is not (section 3.1.1,
    /// rule 1).
    fn interrupt(&mut self) {
        if self.next.is_none() {
            self.next = self.messages.try_recv().ok();
        }
        if let Some(Incoming::Message(header, _)) = &self.next
            && matches!(header.kind, Kind::DATA | Kind::DATA_END | Kind::TRIGGER)
            && self.session.desk.with(|it, instrument, _| it.interrupted(instrument))
        {
            self.session.received(header.parameter, false);
        }
    }

    /// Tells of replies that were interrupted before they were sent (section 3.1.1, rule 1).
    async fn report_interruption(&mut self) -> io::Result<()> {
        let discarded = self.session.desk.with(|it, _, _| it.discarded());
        if std::mem::replace(&mut self.discarded, discarded) == discarded {
            return Ok(());
        }
        let id = self.session.last_received();
        self.session.notify(Header::new(Kind::ASYNC_INTERRUPTED, 0, id).with(b""));
        self.write.write_all(&Header::new(Kind::INTERRUPTED, 0, id).with(b"")).await
    }
}
