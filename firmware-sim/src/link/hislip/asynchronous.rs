//! The asynchronous channel: status, locks, device clear, requests of the instrument's own.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
    task::JoinSet,
};

use super::{
    message::{Fatal, Header, Incoming, Kind, Refusal, read},
    session::Session,
};
use crate::link::{
    desk::deadline,
    locks::{Locks, Released, Request},
};

/// Answers to lock requests and releases (IVI-6.1, tables 19 and 20).
const FAILURE: u8 = 0;
const SUCCESS: u8 = 1;
const SHARED_RELEASED: u8 = 2;
const ERROR: u8 = 3;

/// Of AsyncRemoteLocalControl (table 24).
const LAST_CONTROL: u8 = 6;

/// Serves the channel until the session ends.
pub(super) async fn serve<S>(
    stream: S,
    session: &Arc<Session>,
    mut notices: mpsc::UnboundedReceiver<Vec<u8>>,
    largest: u64,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut stream, mut write) = tokio::io::split(stream);
    let (sender, mut messages) = mpsc::channel(1);
    let reader = async move {
        while let incoming = read(&mut stream, largest).await?
            && !matches!(incoming, Incoming::End)
            && sender.send(incoming).await.is_ok()
        {}
        io::Result::Ok(())
    };
    let channel = async {
        // A lock that is waited for; it ends with the channel.
        let mut waiting = JoinSet::new();
        loop {
            let message = tokio::select! {
                // The session holds the sender.
                Some(notice) = notices.recv() => {
                    write.write_all(&notice).await?;
                    continue;
                }
                Some(_) = waiting.join_next() => continue,
                message = messages.recv() => message,
            };
            let answer = match message {
                None | Some(Incoming::End) => return Ok(()),
                Some(Incoming::Malformed) => {
                    write.write_all(&Fatal::Header.message("a message begins with HS")).await?;
                    return write.shutdown().await;
                }
                Some(Incoming::TooLarge) => Some(Refusal::TooLarge.message("message too large")),
                Some(Incoming::Message(header, _)) if header.kind == Kind::FATAL_ERROR => {
                    return Ok(());
                }
                Some(Incoming::Message(header, payload)) => {
                    answer(session, header, payload, largest, &mut waiting)
                }
            };
            if let Some(answer) = answer {
                write.write_all(&answer).await?;
            }
        }
    };
    tokio::select! {
        biased;
        result = channel => result,
        Err(error) = reader => Err(error),
        () = session.ended() => Ok(()),
    }
}

fn answer(
    session: &Arc<Session>,
    header: Header,
    payload: Vec<u8>,
    largest: u64,
    waiting: &mut JoinSet<()>,
) -> Option<Vec<u8>> {
    let plain = |kind, control| Some(Header::new(kind, control, 0).with(b""));
    match header.kind {
        Kind::ASYNC_STATUS_QUERY => {
            let status = session.status(header.parameter, header.control & 1 != 0);
            plain(Kind::ASYNC_STATUS_RESPONSE, status)
        }
        Kind::ASYNC_MAXIMUM_MESSAGE_SIZE => {
            let Ok(size) = <[u8; 8]>::try_from(&payload[..]) else {
                return Some(Refusal::Control.message("a size is eight bytes"));
            };
            session.agree(u64::from_be_bytes(size));
            let response = Header::new(Kind::ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE, 0, 0);
            Some(response.with(&largest.to_be_bytes()))
        }
        Kind::ASYNC_DEVICE_CLEAR => {
            session.begin_clear();
            // Synchronised mode is what is preferred for the time after it.
            plain(Kind::ASYNC_DEVICE_CLEAR_ACKNOWLEDGE, 0)
        }
        // There is no front panel to be locked.
        Kind::ASYNC_REMOTE_LOCAL_CONTROL if header.control <= LAST_CONTROL => {
            plain(Kind::ASYNC_REMOTE_LOCAL_RESPONSE, 0)
        }
        Kind::ASYNC_LOCK if header.control == 0 => {
            let released = match session.host().locks.release(session.holder) {
                Some(Released::Exclusive) => SUCCESS,
                Some(Released::Shared) => SHARED_RELEASED,
                None => ERROR,
            };
            plain(Kind::ASYNC_LOCK_RESPONSE, released)
        }
        Kind::ASYNC_LOCK if header.control == 1 => {
            // One request at a time: its answer has no name by which it could be told from another.
            if !waiting.is_empty() {
                return plain(Kind::ASYNC_LOCK_RESPONSE, ERROR);
            }
            let session = Arc::clone(session);
            waiting.spawn(async move {
                let granted = acquire(&session, &payload, header.parameter).await;
                session.notify(Header::new(Kind::ASYNC_LOCK_RESPONSE, granted, 0).with(b""));
            });
            None
        }
        Kind::ASYNC_LOCK_INFO => {
            let (exclusive, holders) = session.host().locks.holders();
            let holders = u32::try_from(holders).unwrap_or(u32::MAX);
            let response = Kind::ASYNC_LOCK_INFO_RESPONSE;
            Some(Header::new(response, exclusive.into(), holders).with(b""))
        }
        Kind::ASYNC_LOCK | Kind::ASYNC_REMOTE_LOCAL_CONTROL => {
            Some(Refusal::Control.message("unrecognized control code"))
        }
        Kind::ERROR => None,
        other => Some(Refusal::of(other)),
    }
}

/// Waits for a lock, the exclusive one where it has no name.
async fn acquire(session: &Session, key: &[u8], milliseconds: u32) -> u8 {
    let ask = |locks: &Locks| {
        let request = match key {
            b"" => locks.exclusive(session.holder),
            key => locks.shared(session.holder, key),
        };
        match request {
            Request::Granted => Some(SUCCESS),
            Request::Held => Some(ERROR),
            Request::Taken => None,
        }
    };
    session.host().locks.wait(deadline(milliseconds), ask).await.unwrap_or(FAILURE)
}
