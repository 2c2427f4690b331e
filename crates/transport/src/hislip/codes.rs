//! What HiSLIP's error codes mean (IVI-6.1, tables 14 and 16).

use super::message::{Message, kind};
use crate::LinkError;

/// Error code: the message's type is not known here.
pub(super) const UNRECOGNIZED_TYPE: u8 = 1;
/// Error code: a vendor's message is not known here.
pub(super) const UNRECOGNIZED_VENDOR: u8 = 3;

/// Fatal error code: what came is no HiSLIP message.
pub(super) const POORLY_FORMED: u8 = 1;

/// What an Error message declines.
pub(super) const NOT_FATAL: &str = "a message (Error)";

fn fatal(code: u8) -> &'static str {
    match code {
        POORLY_FORMED => "poorly formed message header",
        2 => "attempt to use connection without both channels established",
        3 => "invalid initialization sequence",
        4 => "server refused connection due to maximum number of clients exceeded",
        5 => "secure connection failed",
        128.. => "defined by the instrument's maker",
        _ => "unidentified error",
    }
}

fn not_fatal(code: u8) -> &'static str {
    match code {
        UNRECOGNIZED_TYPE => "unrecognized message type",
        2 => "unrecognized control code",
        UNRECOGNIZED_VENDOR => "unrecognized vendor defined message",
        4 => "message too large",
        5 => "authentication failed",
        128.. => "defined by the instrument's maker",
        _ => "unidentified error",
    }
}

/// An Error or FatalError message as an error. Its text goes to the log: it is for people, and
/// nobody says in which language.
pub(super) fn declined(message: &Message) -> LinkError {
    let (operation, meaning) = match message.kind {
        kind::FATAL_ERROR => ("going on (FatalError)", fatal(message.control)),
        _ => (NOT_FATAL, not_fatal(message.control)),
    };
    let text = String::from_utf8_lossy(&message.payload);
    tracing::warn!(code = message.control, meaning, %text, "the instrument reports an error");
    LinkError::Declined { protocol: "HiSLIP", operation, code: i64::from(message.control), meaning }
}
