//! Bytes to and from one instrument: resource strings, links, sessions.

mod error;
mod framing;
mod link;
mod message;
mod resource;
mod session;
mod stream;
mod tcp;
mod transcript;

pub use error::{EndReason, LinkError, SessionError};
pub use link::Transport;
pub use resource::{Resource, ResourceError};
pub use session::{Session, SessionOptions};
pub use stream::StreamTransport;
pub use tcp::connect_tcp;
pub use transcript::{Transcript, TranscriptLine};
