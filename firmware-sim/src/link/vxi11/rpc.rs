//! Calls of remote procedures on their way in and their answers on their way out (RFC 1057).

use std::io;

use onc_rpc::{
    AcceptedReply, AcceptedStatus, CallBody, MessageType, RejectedReply, ReplyBody, RpcMessage,
    auth::AuthFlavor,
};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The only version of the message protocol there is.
const RPC_VERSION: u32 = 2;

/// A record's fragment is the last.
const LAST: u32 = 1 << 31;

/// More fragments than this in one record serve no purpose.
const FRAGMENTS: usize = 1024;

/// A record mark, which the library takes and gives with every message.
const MARK: usize = 4;

/// What becomes of a call.
pub(super) type Status = AcceptedStatus<Vec<u8>>;

/// Reads one record of a stream, without its mark; `None` at the end of the stream.
///
/// # Errors
/// Reading failed, or the record is longer than `most`.
pub(super) async fn read_record<R>(stream: &mut R, most: usize) -> io::Result<Option<Vec<u8>>>
where
    R: AsyncRead + Unpin,
{
    let mut record = Vec::new();
    for fragment in 0..FRAGMENTS {
        let mark = match stream.read_u32().await {
            Ok(mark) => mark,
            Err(error) if fragment == 0 && error.kind() == io::ErrorKind::UnexpectedEof => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let length = usize::try_from(mark & !LAST).unwrap_or(usize::MAX);
        if length > most.saturating_sub(record.len()) {
            return Err(invalid("a record is too long"));
        }
        let begun = record.len();
        record.resize(begun + length, 0);
        stream.read_exact(&mut record[begun..]).await?;
        if mark & LAST != 0 {
            return Ok(Some(record));
        }
    }
    Err(invalid("a record has too many fragments"))
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A call.
pub(super) struct Call {
    pub(super) id: u32,
    pub(super) program: u32,
    pub(super) version: u32,
    pub(super) procedure: u32,
    pub(super) arguments: Vec<u8>,
}

/// What a record was.
pub(super) enum Incoming {
    Call(Call),
    /// Not a call; this is to be answered.
    Refused(Vec<u8>),
}

/// Understands a record.
///
/// # Errors
/// It is neither a call nor anything that has an answer.
pub(super) fn understand(record: &[u8]) -> io::Result<Incoming> {
    let mark = LAST | u32::try_from(record.len()).map_err(io::Error::other)?;
    let marked = [&mark.to_be_bytes()[..], record].concat();
    let message = match RpcMessage::try_from(&marked[..]) {
        Ok(message) => message,
        Err(onc_rpc::Error::InvalidRpcVersion(_)) => {
            let id = record.first_chunk().map_or(0, |it| u32::from_be_bytes(*it));
            let (low, high) = (RPC_VERSION, RPC_VERSION);
            let refusal = RejectedReply::RpcVersionMismatch { low, high };
            return reply(id, ReplyBody::Denied(refusal)).map(Incoming::Refused);
        }
        Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    };
    let Some(body) = message.call_body() else {
        return Err(invalid("a record is not a call"));
    };
    Ok(Incoming::Call(Call {
        id: message.xid(),
        program: body.program(),
        version: body.program_version(),
        procedure: body.procedure(),
        arguments: body.payload().to_vec(),
    }))
}

/// The answer to a call, with its record mark.
pub(super) fn answer(id: u32, status: Status) -> io::Result<Vec<u8>> {
    reply(id, ReplyBody::Accepted(AcceptedReply::new(AuthFlavor::AuthNone(None), status)))
}

fn reply(id: u32, body: ReplyBody<Vec<u8>, Vec<u8>>) -> io::Result<Vec<u8>> {
    RpcMessage::new(id, MessageType::Reply(body)).serialise()
}

/// A call, with its record mark.
pub(super) fn call(
    id: u32,
    program: u32,
    procedure: u32,
    arguments: Vec<u8>,
) -> io::Result<Vec<u8>> {
    let nobody = || AuthFlavor::AuthNone(None);
    let version = super::numbers::VERSION;
    let body = CallBody::new(program, version, procedure, nobody(), nobody(), arguments);
    RpcMessage::<Vec<u8>, Vec<u8>>::new(id, MessageType::Call(body)).serialise()
}

/// The same message for a datagram, which has no record mark.
pub(super) fn unmarked(message: &[u8]) -> &[u8] {
    message.get(MARK..).unwrap_or_default()
}
