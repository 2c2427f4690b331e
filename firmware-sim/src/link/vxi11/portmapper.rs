//! A portmapper of the instrument's own, which tells where its programs are (RFC 1057, appendix A).
//!
//! Clients look for it on port 111, for which a server needs a privilege on many systems.

use std::io;

use onc_rpc::AcceptedStatus;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream, UdpSocket},
    task::JoinSet,
};

use super::{
    numbers::{ABORT, CORE, NULL, VERSION},
    rpc::{self, Call, Incoming, Status},
    xdr::{Garbage, Reader, Writer},
};

const PORTMAPPER: u32 = 100_000;
const PORTMAPPER_VERSION: u32 = 2;
const SET: u32 = 1;
const UNSET: u32 = 2;
const GETPORT: u32 = 3;
const DUMP: u32 = 4;

const TCP: u32 = 6;

/// No call to a portmapper is longer.
const LONGEST: usize = 4096;

/// Where the programs of one instrument are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Services {
    /// The port of [`answer_vxi11`](super::answer_vxi11).
    pub vxi11: u16,
}

/// Answers whoever asks where an instrument's programs are, over TCP and UDP, for ever. GETPORT and
/// DUMP are answered; SET and UNSET change nothing and say so.
///
/// # Errors
/// The ports do not take calls any more.
pub async fn answer_portmapper(
    listener: TcpListener,
    socket: UdpSocket,
    services: Services,
) -> io::Result<()> {
    tokio::select! {
        result = answer_streams(listener, services) => result,
        result = answer_datagrams(socket, services) => result,
    }
}

async fn answer_streams(listener: TcpListener, services: Services) -> io::Result<()> {
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                // A client who leaves in the middle of a call has left; nothing else is lost.
                clients.spawn(async move { drop(converse(stream, services).await) });
            }
            Some(_) = clients.join_next() => {}
        }
    }
}

async fn converse(mut stream: TcpStream, services: Services) -> io::Result<()> {
    stream.set_nodelay(true)?;
    while let Some(record) = rpc::read_record(&mut stream, LONGEST).await? {
        stream.write_all(&answer(&record, services)?).await?;
    }
    Ok(())
}

async fn answer_datagrams(socket: UdpSocket, services: Services) -> io::Result<()> {
    let mut record = vec![0; LONGEST];
    loop {
        // An earlier answer that could not be delivered shows here on some systems.
        let Ok((count, from)) = socket.recv_from(&mut record).await else { continue };
        if let Ok(answer) = answer(&record[..count], services) {
            let _ = socket.send_to(rpc::unmarked(&answer), from).await;
        }
    }
}

fn answer(record: &[u8], services: Services) -> io::Result<Vec<u8>> {
    match rpc::understand(record)? {
        Incoming::Refused(answer) => Ok(answer),
        Incoming::Call(call) => rpc::answer(call.id, status(&call, services)),
    }
}

fn status(call: &Call, services: Services) -> Status {
    if call.program != PORTMAPPER {
        return AcceptedStatus::ProgramUnavailable;
    }
    if call.version != PORTMAPPER_VERSION {
        let (low, high) = (PORTMAPPER_VERSION, PORTMAPPER_VERSION);
        return AcceptedStatus::ProgramMismatch { low, high };
    }
    let results = match call.procedure {
        NULL => Ok(Writer::default()),
        SET | UNSET => mapping(&call.arguments).map(|_| Writer::default().number(0)),
        GETPORT => mapping(&call.arguments).map(|(program, protocol)| {
            let known = matches!(program, CORE | ABORT) && protocol == TCP;
            Writer::default().number(if known { services.vxi11.into() } else { 0 })
        }),
        DUMP => Ok(dump(services)),
        _ => return AcceptedStatus::ProcedureUnavailable,
    };
    match results {
        Ok(Writer(results)) => AcceptedStatus::Success(results),
        Err(Garbage) => AcceptedStatus::GarbageArgs,
    }
}

/// Program and protocol of a mapping. A program of another version is named all the same: its
/// server says which versions it has.
fn mapping(arguments: &[u8]) -> Result<(u32, u32), Garbage> {
    let mut reader = Reader(arguments);
    let (program, _version) = (reader.number()?, reader.number()?);
    let (protocol, _port) = (reader.number()?, reader.number()?);
    Ok((program, protocol))
}

fn dump(services: Services) -> Writer {
    let programs = [CORE, ABORT].into_iter();
    let list = programs.fold(Writer::default(), |list, program| {
        list.number(1).number(program).number(VERSION).number(TCP).number(services.vxi11.into())
    });
    list.number(0)
}
