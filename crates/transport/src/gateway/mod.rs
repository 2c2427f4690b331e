//! GPIB behind a gateway: Prologix GPIB-ETHERNET and GPIB-USB, AR488, and what speaks as they do.
//!
//! # Behaviour
//!
//! One task owns the gateway's stream; a [`Gateway`] is a handle to it and a [`GatewayTransport`] one
//! instrument's link. What is done with one instrument is done without a break (`++addr`, then the
//! message or command), in the order of asking.
//!
//! **At opening** the gateway is asked for its version (`++ver`), again every 700 ms until it answers:
//! an Arduino restarts when its port is opened. Then: `++savecfg 0` (Prologix alone), `++mode 1`,
//! `++auto 0`, `++eos`, `++eoi 1`, `++read_tmo_ms`, `++eot_char 4`, `++eot_enable 1`, `++ifc`. An echo
//! is switched off, or refused.
//!
//! **A message** is sent with CR, LF, ESC and `+` escaped; the gateway ends it on the bus by `++eos`
//! and EOI. A 2400 hangs the bus when it gets neither a line feed nor EOI.
//!
//! **A reply** is fetched by `++read eoi` in slices of [`GatewayOptions::slice`]: a silent instrument
//! holds up the others for one slice at a time, and what has come of its reply is kept. A Prologix
//! says nothing when a slice ends without a reply. So after each such slice it is asked for its
//! version: it does one thing after the other, so once it answers the read is over, and all that the
//! instrument said has come before the answer.
//!
//! **Where a reply ends.** The gateway hands on the instrument's bytes and nothing else. A line feed is
//! not enough: an instrument may send several in one reply and only EOI tells (IEEE 488.2, 7.5 and
//! 8.5), and without knowing that the gateway saw EOI one does not know that it has stopped reading.
//! Therefore the gateway is told to append the byte 4 where it saw EOI, and the reply ends at that byte
//! unless it lies in a definite-length block, in a quoted string, or in an indefinite block of known
//! length ([`Transport::expect_block`](crate::Transport::expect_block)): there it is data. Byte 4 is no text. An indefinite block of
//! *unknown* length that holds a 4 is cut there; ask for such data with its length. Where the gateway
//! does not read back `++eot_enable` as 1, or an instrument sends no EOI, replies end at a line feed
//! instead, and the gateway is asked for its version before anything else is done on the bus.
//!
//! **Late bytes** are never another instrument's reply: whenever a read may still be going on, the
//! version is asked for first and all that comes before the answer is dropped. A gateway that does not
//! answer within [`GatewayOptions::answer_limit`] has ended for all its instruments.
//!
//! [`Transport::clear`](crate::Transport::clear) is a selected device clear (`++clr`) to the one instrument, and drops what it
//! has said. [`Transport::status_byte`](crate::Transport::status_byte) is `++spoll`, [`Transport::trigger`](crate::Transport::trigger) `++trg`.
//! [`Transport::service_request`](crate::Transport::service_request) asks `++srq` every 20 ms and polls the instrument when somebody
//! wants service, which takes its request back.
//!
//! **A dropped future** leaves the bus in order: a message whose turn had not come is not sent, one
//! whose turn has come leaves whole; a read goes on to the end of its slice, and what it fetched is
//! what the next `receive` gets, unless the link was cleared.
//!
//! UNVERIFIED: no gateway was at hand; this follows the Prologix GPIB-ETHERNET manual 1.6.6 and the
//! AR488 manual 0.53. An AR488 has 64 bytes of serial buffer and no flow control; whether messages
//! longer than that always arrive is not known.

mod address;
mod escape;
mod inbox;
mod link;
mod opening;
mod options;
mod wire;
mod worker;

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{mpsc, oneshot},
    time::{Instant, timeout},
};
use tracing::Instrument as _;

pub use link::GatewayTransport;
pub use options::{Eos, GatewayKind, GatewayOptions};

use crate::{LinkError, connect_tcp, serial};
use address::Address;
use wire::Wire;
use worker::{Request, Task, Worker};

const PROTOCOL: &str = "GPIB gateway";

/// A handle to the task that owns a gateway. Clones speak to the same task; it ends, and the stream is
/// closed, when the last handle and the last link are gone or the stream breaks.
#[derive(Clone, Debug)]
pub struct Gateway {
    requests: mpsc::UnboundedSender<Request>,
    end: Arc<OnceLock<LinkError>>,
    links: Arc<AtomicU64>,
    resource: Arc<str>,
    kind: GatewayKind,
    slice: Duration,
}

impl Gateway {
    /// Connects to a gateway on the network; a Prologix listens at port 1234.
    ///
    /// # Errors
    /// It cannot be reached, does not answer as a gateway does, or not within `limit`.
    pub async fn connect_tcp(
        host: &str,
        port: u16,
        options: &GatewayOptions,
        limit: Duration,
    ) -> Result<Gateway, LinkError> {
        let deadline = Instant::now() + limit;
        let resource = format!("PRLGX-TCPIP0::{host}::{port}::INTFC");
        let connected = connect_tcp(host, port, limit).await;
        let stream = connected.map_err(|error| named(error, &resource))?.into_stream();
        Gateway::over(stream, &resource, options, deadline - Instant::now()).await
    }

    /// Opens a gateway on a serial port, real or of USB: a Prologix GPIB-USB, an AR488 (115200 baud).
    /// Of `line`, the baud rate and the frame are used; a gateway's data may be any byte, so there must
    /// be 8 data bits and no XON/XOFF.
    ///
    /// # Errors
    /// The port cannot be opened, or the gateway does not answer as one within `limit`.
    pub async fn open_serial(
        path: &str,
        line: &serial::SerialOptions,
        options: &GatewayOptions,
        limit: Duration,
    ) -> Result<Gateway, LinkError> {
        let resource = format!("PRLGX-ASRL{path}::INTFC");
        let refused = |key, found: &str, accepted: &str| LinkError::Option {
            resource: resource.clone(),
            key,
            found: found.to_owned(),
            accepted: accepted.to_owned(),
        };
        if line.data_bits != 8 {
            return Err(refused("data-bits", &line.data_bits.to_string(), "8"));
        }
        if line.flow_control == serial::FlowControl::XonXoff {
            return Err(refused("flow-control", "xon-xoff", "none, rts-cts"));
        }
        let port = serial::open_port(path, line)?;
        Gateway::over(port, &resource, options, limit).await
    }

    /// A gateway at the other end of any stream; `resource` is its name in errors.
    ///
    /// # Errors
    /// As for [`Gateway::connect_tcp`].
    pub async fn over<S>(
        stream: S,
        resource: &str,
        options: &GatewayOptions,
        limit: Duration,
    ) -> Result<Gateway, LinkError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        if !(1..=3000).contains(&options.slice.as_millis()) {
            return Err(LinkError::Option {
                resource: resource.to_owned(),
                key: "slice",
                found: format!("{:?}", options.slice),
                accepted: "1 ms to 3 s".to_owned(),
            });
        }
        let mut wire = Wire::new(stream, options.answer_limit, options.longest);
        let opening = opening::open(&mut wire, options, resource, limit);
        let opened = match timeout(limit, opening).await {
            Ok(opened) => opened?,
            Err(_) => return Err(LinkError::NoAnswer { resource: resource.to_owned(), limit }),
        };
        let (requests, waiting) = mpsc::unbounded_channel();
        let end = Arc::new(OnceLock::new());
        let worker = Worker {
            wire,
            requests: waiting,
            end: Arc::clone(&end),
            inboxes: HashMap::new(),
            replies_end: opened.end,
            slice: options.slice,
            longest: options.longest,
            unsettled: false,
        };
        tokio::spawn(worker.run().instrument(tracing::Span::current()));
        Ok(Gateway {
            requests,
            end,
            links: Arc::default(),
            resource: resource.into(),
            kind: opened.kind,
            slice: options.slice,
        })
    }

    /// What the gateway is, by its own words or by option.
    #[must_use]
    pub fn kind(&self) -> GatewayKind {
        self.kind
    }

    /// A link to the instrument at `primary` (0 to 30) and perhaps `secondary` (0 to 30, or as on the
    /// bus 96 to 126). Nothing is said to the instrument; the gateway must answer within `limit`.
    ///
    /// Two links to one address get each other's replies.
    ///
    /// # Errors
    /// An address that GPIB does not have; a gateway that does not answer.
    pub async fn instrument(
        &self,
        primary: u8,
        secondary: Option<u8>,
        limit: Duration,
    ) -> Result<GatewayTransport, LinkError> {
        let address = Address::new(primary, secondary, &self.resource)?;
        let resource = match secondary {
            None => format!("{} GPIB0::{primary}::INSTR", self.resource),
            Some(secondary) => format!("{} GPIB0::{primary}::{secondary}::INSTR", self.resource),
        };
        let link = self.links.fetch_add(1, Ordering::Relaxed);
        let answered = timeout(limit, self.ask(link, address, |done| Task::Check { done })).await;
        match answered {
            Ok(Ok(())) => Ok(GatewayTransport::new(self.clone(), link, address, resource)),
            Ok(Err(_)) => Err(self.ended().await),
            Err(_) => Err(LinkError::NoAnswer { resource, limit }),
        }
    }

    fn slice(&self) -> Duration {
        self.slice
    }

    /// Asks the task to do something. At most a handful of requests per link wait: a link asks for
    /// one thing at a time.
    fn ask<T>(
        &self,
        link: u64,
        address: Address,
        task: impl FnOnce(oneshot::Sender<T>) -> Task,
    ) -> oneshot::Receiver<T> {
        let (reply, asked) = oneshot::channel();
        // A refusal drops the reply's channel, and the asker learns of it there.
        let _ = self.requests.send(Request { link, address, task: task(reply) });
        asked
    }

    fn forget(&self, link: u64, address: Address) {
        // A task that has ended has forgotten.
        let _ = self.requests.send(Request { link, address, task: Task::Forget });
    }

    /// Waits for the task's end, and says why.
    async fn ended(&self) -> LinkError {
        self.requests.closed().await;
        self.end.get().cloned().unwrap_or(LinkError::Closed)
    }
}

/// An error of the raw socket, told of the gateway.
fn named(error: LinkError, gateway: &str) -> LinkError {
    let resource = gateway.to_owned();
    match error {
        LinkError::Refused { .. } => LinkError::NoDevice {
            resource,
            device: "the gateway's connection".to_owned(),
            reason:
                "refused; a Prologix listens at port 1234, and many gateways serve one program \
                     at a time"
                    .to_owned(),
        },
        LinkError::Unreachable { reason, .. } => LinkError::Unreachable { resource, reason },
        LinkError::NoAnswer { limit, .. } => LinkError::NoAnswer { resource, limit },
        LinkError::UnknownHost { host, reason, .. } => {
            LinkError::UnknownHost { resource, host, reason }
        }
        other => other,
    }
}
