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
//! One query is outstanding at a time; requests are sent in the order in which they were made, and
//! each message gets one line feed. A message that holds a line feed or a NUL is refused: it would
//! arrive as two, or as half. So is a query given to [`Session::write`], whose answer would be taken
//! for that of the next query.
//!
//! **A caller that gives up** (a dropped future) before its message was sent withdraws it. Later, the
//! session still awaits the reply, up to the query's limit, and drops it.
//!
//! **A reply that does not come** within the limit, counted from when the query was sent, is an error
//! for its caller, and the session is *out of step*: the reply may be late, torn, or lost, and the
//! next line need not answer the next query. Writes go on working. Before the next query is sent the
//! instrument must prove that nothing is outstanding, by an answer with more response units than any
//! reply on its way can have: `*ESE?` is sent and one line dropped, then `*ESE?;*ESE?;...`, and lines
//! are dropped until the one with that many units. (`*IDN?` alone would be satisfied by the late reply
//! to an earlier `*IDN?`; `src/session/proof.rs` has the argument.) Without proof, every further query
//! fails at once and only writes are left; a new connection puts that right.
//!
//! **Bytes that nobody asked for** are dropped, reported through [`tracing`], and make the session ask
//! for the same proof before its next query.
//!
//! **[`Session::write_urgent`]** overtakes all that waits and is sent also while a reply is outstanding,
//! while a proof is asked for and after one has failed. It is for output-off.
//!
//! **A broken link** ends the session: every waiting and every later request fails at once with the
//! reason. A link is also watched while it is idle.
//!
//! Memory is bounded: a reply is at most 16 MiB, what is dropped before one query at most 1 MiB.

mod end;
mod error;
pub mod hislip;
mod link;
mod message;
mod resource;
mod session;
mod stream;
mod tcp;
mod transcript;
pub mod vxi11;

pub use error::{EndReason, LinkError, SessionError};
pub use link::Transport;
pub use resource::{Resource, ResourceError};
pub use session::{Session, SessionOptions};
pub use stream::StreamTransport;
pub use tcp::connect_tcp;
pub use transcript::{Transcript, TranscriptLine};
