//! Bytes to and from one instrument: resource strings, links, sessions.
//!
//! A [`Resource`] is an instrument's address, a link that implements [`Transport`] moves whole
//! messages, and a [`Session`] is a conversation: a handle to the one task that owns the link. Links
//! are raw sockets ([`connect_tcp`]), [`vxi11`] and [`hislip`].
//!
//! ```
//! use std::time::Duration;
//! use transport::{Resource, Session, SessionOptions, connect_tcp};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let resource: Resource = "TCPIP0::192.0.2.7::5025::SOCKET".parse()?;
//! if let Resource::TcpSocket { host, port, .. } = &resource {
//!     let link = connect_tcp(host, *port, Duration::from_secs(5)).await?;
//!     let session = Session::spawn(link, SessionOptions::default());
//!     session.write(":SOUR:VOLT 0.1").await?;
//!     let reading = session.query(":READ?", Duration::from_secs(2)).await?;
//!     session.close().await;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Behaviour
//!
//! Requests are sent in the order in which they were made, and each message gets one terminator. A
//! message that holds a line feed or a NUL is refused: it would arrive as two, or as half. So is a query
//! given to [`Session::write`], whose answer would be taken for that of the next query.
//!
//! **Several queries are on their way together** where the link carries several ([`Transport::depth`])
//! and [`SessionOptions::depth`] allows it: those that are asked before the first reply comes, of one
//! caller ([`Session::query_all`]) or of many. They leave in one write, with the writes between them.
//! Replies carry no name, and the loss of one would shift the others; so they are handed out, in order,
//! when as many have come as were asked for, not before (`src/session/window.rs` has the argument).
//! When fewer come, all of these queries fail, [`SessionError::TimedOut`] or
//! [`SessionError::Unattributed`], those too whose replies seem to have come. A block
//! ([`Session::query_block`]) travels alone.
//!
//! **A limit** counts from when its query was sent or the reply in front of it came, whichever was
//! later: from when the instrument could turn to it.
//!
//! **A caller that gives up** (a dropped future) before its message was sent withdraws it. Later, the
//! session still awaits the reply, up to the query's limit, and drops it.
//!
//! **A reply that does not come** within the limit is an error for its caller, and the session is *out
//! of step*: the reply may be late, torn, or lost, and the next line need not answer the next query.
//! Writes go on working. Before the next query is sent the link is cleared (a device clear where it has
//! one) and the instrument must prove that nothing is outstanding, by an answer in more pieces than any
//! replies on their way can have: `*ESE?` is sent and one line dropped, then `*ESE?;*ESE?;...`, and lines
//! are dropped until the one with that many units. (`*IDN?` alone would be satisfied by the late reply
//! to an earlier `*IDN?`; `src/session/proof.rs` has the argument.) On a link with a device clear a
//! failed proof is tried a second time, after a second clear, and again after each [`Session::clear`].
//! Without proof, every further query fails at once and only writes are left; a new connection
//! ([`reconnect()`]) puts that right. A lost block can be proved to be gone only where there is a device
//! clear.
//!
//! **Bytes that nobody asked for** are dropped, reported through [`tracing`], and make the session ask
//! for the same proof before its next query.
//!
//! **[`Session::write_urgent`]** overtakes all that waits and is sent also while a reply is outstanding,
//! while a proof is asked for and after one has failed. It is for output-off. What has left cannot be
//! overtaken: the instrument works off up to [`SessionOptions::depth`] queries first. So does
//! [`Session::clear`] overtake, and [`Session::status_byte`].
//!
//! **A broken link** ends the session: every waiting and every later request fails at once with the
//! reason. A link is also watched while it is idle.
//!
//! Memory is bounded: a reply is at most 16 MiB, what is dropped before one query at most 1 MiB.

pub mod discover;
mod end;
mod error;
pub mod gateway;
pub mod hislip;
mod link;
mod message;
mod open;
mod options;
mod reconnect;
mod resource;
pub mod serial;
mod session;
mod stream;
mod tcp;
mod terminator;
mod transcript;
pub mod usbtmc;
#[cfg(feature = "visa")]
mod visa;
pub mod vxi11;

pub use error::{EndReason, LinkError, SessionError};
pub use link::Transport;
pub use open::{GatewayEntry, Links};
pub use options::{LinkOptions, ReconnectOptions};
pub use reconnect::{FailedTry, Reconnect, reconnect};
pub use resource::{Resource, ResourceError};
pub use session::{Asked, Session, SessionOptions};
pub use stream::{StreamOptions, StreamTransport};
pub use tcp::connect_tcp;
pub use terminator::Terminator;
pub use transcript::{Transcript, TranscriptLine};
