//! How a session behaves.

use std::time::Duration;

use crate::Transcript;

/// How a session behaves.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// Requests that may wait; further callers wait to be let in.
    pub queue: usize,
    /// Queries that may be on their way together, where the link carries several
    /// ([`Transport::depth`](crate::Transport::depth)); 1 sends each after the reply to the one
    /// before. What overtakes (output-off) still waits in the instrument behind those that have left.
    pub depth: usize,
    /// How long the link may take to accept one message. When it takes longer, half a message may
    /// have left and the session ends.
    pub write_limit: Duration,
    /// How long at least the instrument may take to prove that it is in step again after a lost
    /// reply; the lost query's own limit if that is longer and the link has no device clear.
    pub proof_limit: Duration,
    /// Is shown every message.
    pub transcript: Option<Transcript>,
}

impl Default for SessionOptions {
    /// 64 requests, 16 queries together, 10 s to write, 2 s to prove, no transcript.
    fn default() -> SessionOptions {
        SessionOptions {
            queue: 64,
            depth: 16,
            write_limit: Duration::from_secs(10),
            proof_limit: Duration::from_secs(2),
            transcript: None,
        }
    }
}
