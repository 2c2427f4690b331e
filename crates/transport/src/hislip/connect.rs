//! Opening a HiSLIP session.

use std::time::Duration;

use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{
    HislipOptions, HislipTransport,
    channel::Channel,
    codes,
    link::Agreed,
    message::{HEADER, LONGEST_PAYLOAD, Message, kind},
};
use crate::{LinkError, tcp};

/// The version that is offered: 2.0.
const VERSION: u16 = 0x0200;
/// The client's vendor prefix. This project has none; `xx` is nobody's.
const VENDOR: u16 = u16::from_be_bytes(*b"xx");
/// Bytes of a message to a server that does not say how many it takes.
const USUAL_PAYLOAD: usize = 1024;
/// InitializeResponse: the server begins in overlapped mode.
const PREFERS_OVERLAP: u8 = 1;
/// InitializeResponse, version 2.0: encryption is mandatory, or has to begin at once. UNVERIFIED
/// against the standard's text: these are the bits of the feature bitmap (table 31).
const WANTS_ENCRYPTION: u8 = 0b110;

/// Opens a HiSLIP session with the device `sub_address` (`hislip0` on most instruments).
///
/// # Errors
/// One sentence naming the resource and what to check, within `limit` at the latest.
pub async fn connect(
    host: &str,
    sub_address: &str,
    port: u16,
    options: &HislipOptions,
    limit: Duration,
) -> Result<HislipTransport, LinkError> {
    let opening = Opening {
        resource: resource(host, sub_address, port),
        deadline: Instant::now() + limit,
        limit,
    };
    opening.check(sub_address)?;
    let stream = opening.tcp(host, port).await?;
    // The session lives where the first connection went, whatever else the name stands for.
    let address = stream.peer_addr().map_err(|_| LinkError::Closed)?;
    let mut sync = Channel::new(stream);
    let parameter = u32::from(VERSION) << 16 | u32::from(VENDOR);
    sync.outgoing.push(kind::INITIALIZE, 0, parameter, sub_address.as_bytes());
    let answer = opening
        .answer(
            &mut sync,
            kind::INITIALIZE_RESPONSE,
            "InitializeResponse on the synchronous channel",
        )
        .await?;
    let session = answer.parameter & 0xffff;
    let version = VERSION.min((answer.parameter >> 16) as u16);
    if version < 0x0100 {
        return Err(unexpected("version 1.0 or later in InitializeResponse", &answer));
    }
    if version >= 0x0200 && answer.control & WANTS_ENCRYPTION != 0 {
        return Err(LinkError::Option {
            resource: opening.resource,
            key: "encryption",
            found: "demanded by the instrument (HiSLIP 2.0, secure connection)".to_owned(),
            accepted: "none; allow unencrypted HiSLIP in the instrument's LAN settings, or use \
                       its raw socket"
                .to_owned(),
        });
    }
    let asynchronous = opening.tcp(&tcp::host_of(address), address.port()).await?;
    let mut asynchronous = Channel::new(asynchronous);
    asynchronous.outgoing.push(kind::ASYNC_INITIALIZE, 0, session, &[]);
    opening
        .answer(
            &mut asynchronous,
            kind::ASYNC_INITIALIZE_RESPONSE,
            "AsyncInitializeResponse on the asynchronous channel",
        )
        .await?;
    let largest = opening.largest(&mut asynchronous).await?;
    let agreed = Agreed { version, largest, overlapped: answer.control & PREFERS_OVERLAP != 0 };
    let Opening { resource, deadline, limit } = opening;
    let no_answer = LinkError::NoAnswer { resource: resource.clone(), limit };
    let mut link = HislipTransport::new(sync, asynchronous, agreed, resource, options.clone());
    timeout_at(deadline, link.settle_options()).await.map_err(|_| no_answer)??;
    Ok(link)
}

struct Opening {
    resource: String,
    deadline: Instant,
    limit: Duration,
}

impl Opening {
    /// IVI-6.1, 6.1: a sub-address is at most 256 ASCII characters.
    fn check(&self, sub_address: &str) -> Result<(), LinkError> {
        if sub_address.is_ascii() && sub_address.len() <= 256 {
            return Ok(());
        }
        Err(LinkError::Option {
            resource: self.resource.clone(),
            key: "sub-address",
            found: sub_address.to_owned(),
            accepted: "at most 256 ASCII characters (hislip0 on most instruments)".to_owned(),
        })
    }

    async fn tcp(&self, host: &str, port: u16) -> Result<TcpStream, LinkError> {
        tcp::open(host, port, &self.resource, self.deadline, self.limit).await.map_err(|error| {
            match error {
                LinkError::Refused { resource } => LinkError::NoDevice {
                    resource,
                    device: format!("HiSLIP's port {port}"),
                    reason: "the connection was refused; check that the instrument has HiSLIP and \
                             that it is enabled in its LAN settings"
                        .to_owned(),
                },
                other => other,
            }
        })
    }

    /// Sends what is lined up and waits for the one answer.
    async fn answer(
        &self,
        channel: &mut Channel,
        expected: u8,
        name: &'static str,
    ) -> Result<Message, LinkError> {
        let exchange = async {
            channel.outgoing.flush().await?;
            loop {
                let message = channel.incoming.next().await?;
                match message.kind {
                    found if found == expected => return Ok(message),
                    kind::FATAL_ERROR | kind::ERROR => return Err(codes::declined(&message)),
                    // An instrument may ask for service at any time.
                    kind::ASYNC_SERVICE_REQUEST | kind::FIRST_OF_VENDORS.. => {}
                    _ => return Err(unexpected(name, &message)),
                }
            }
        };
        let limit = self.limit;
        timeout_at(self.deadline, exchange).await.map_err(|_| match expected {
            kind::INITIALIZE_RESPONSE => {
                LinkError::NoAnswer { resource: self.resource.clone(), limit }
            }
            _ => LinkError::Protocol {
                protocol: "HiSLIP",
                expected: name,
                found: format!(
                    "nothing within {limit:?}, although the synchronous channel works; another \
                     session may hold the instrument"
                ),
            },
        })?
    }

    /// Tells the server how long a message may be and learns the same; in bytes of payload.
    async fn largest(&self, channel: &mut Channel) -> Result<usize, LinkError> {
        let ours = (LONGEST_PAYLOAD as u64).to_be_bytes();
        channel.outgoing.push(kind::ASYNC_MAXIMUM_MESSAGE_SIZE, 0, 0, &ours);
        let answer = self
            .answer(
                channel,
                kind::ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE,
                "AsyncMaximumMessageSizeResponse on the asynchronous channel",
            )
            .await;
        let payload = match answer {
            Ok(answer) => answer.payload,
            // It does not know the question; nothing else was asked.
            Err(LinkError::Declined { operation: codes::NOT_FATAL, .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let theirs = <[u8; 8]>::try_from(payload.as_slice()).map(u64::from_be_bytes);
        // UNVERIFIED: whether the header counts. It does here: 16 bytes less are safe either way.
        match theirs {
            Ok(size) if size > HEADER as u64 => {
                let largest = usize::try_from(size).unwrap_or(usize::MAX);
                Ok((largest - HEADER).min(LONGEST_PAYLOAD))
            }
            // No limit that anybody could keep to: messages are split to what every server takes.
            _ => {
                tracing::warn!(payload = %payload.escape_ascii(), "no maximum message size");
                Ok(USUAL_PAYLOAD)
            }
        }
    }
}

fn unexpected(expected: &'static str, message: &Message) -> LinkError {
    LinkError::Protocol { protocol: "HiSLIP", expected, found: message.describe() }
}

fn resource(host: &str, sub_address: &str, port: u16) -> String {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    match port {
        super::PORT => format!("TCPIP0::{host}::{sub_address}::INSTR"),
        _ => format!("TCPIP0::{host}::{sub_address},{port}::INSTR"),
    }
}
