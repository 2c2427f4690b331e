//! What one instrument has said so far, and where its reply ends.

use scpi_parser::reply::Framer;

use crate::{LinkError, end::strip_carriage_return, message};

/// What the gateway appends to a reply's last byte (`++eot_char`): ASCII's end of transmission, which
/// no text holds.
pub(super) const EOT: u8 = 4;

/// How the end of a reply is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The gateway marks EOI with [`EOT`].
    Marked,
    /// It does not: a line feed outside of blocks and strings must do.
    LineFeed,
}

impl End {
    fn byte(self) -> u8 {
        match self {
            End::Marked => EOT,
            End::LineFeed => b'\n',
        }
    }
}

/// A whole reply without its terminator.
#[derive(Debug, PartialEq)]
pub(super) struct Reply {
    pub(super) message: Vec<u8>,
    /// More came behind it, or more may come: the gateway may still be reading.
    pub(super) more: bool,
}

/// What one instrument has said of a reply that is not whole yet.
#[derive(Debug)]
pub(super) struct Inbox {
    received: Vec<u8>,
    framed: usize,
    framer: Framer,
    end: End,
    /// Data bytes of the indefinite block with which the reply begins, if it does.
    expected: Option<usize>,
    longest: usize,
}

impl Inbox {
    pub(super) fn new(end: End, longest: usize) -> Inbox {
        let framer = Framer::ended_by(longest, end.byte());
        Inbox { received: Vec::new(), framed: 0, framer, end, expected: None, longest }
    }

    fn frame_again(&mut self) {
        self.framed = 0;
        self.framer = Framer::ended_by(self.longest, self.end.byte());
        if let Some(bytes) = self.expected {
            self.framer.expect_block(bytes);
        }
    }

    /// Drops what has come.
    pub(super) fn empty(&mut self) {
        self.received.clear();
        self.expected = None;
        self.frame_again();
    }

    /// Line feeds must do from now on, and for what has come.
    pub(super) fn do_without_marks(&mut self) {
        self.end = End::LineFeed;
        self.frame_again();
    }

    /// The reply, if it begins with `#0`, is a block of that length.
    pub(super) fn expect_block(&mut self, bytes: usize) {
        self.expected = Some(bytes);
        self.frame_again();
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// The whole reply, once its end has come.
    pub(super) fn take(&mut self) -> Result<Option<Reply>, LinkError> {
        let fresh = &self.received[self.framed..];
        let Ok(found) = self.framer.push(fresh) else {
            self.empty();
            return Err(LinkError::Endless { limit: self.longest });
        };
        let Some(consumed) = found else {
            self.framed = self.received.len();
            return Ok(None);
        };
        let whole = self.framed + consumed;
        let behind = self.received.len() - whole;
        if behind > 0 {
            tracing::warn!(bytes = behind, "dropped what an instrument said behind its reply");
        }
        self.received.truncate(whole);
        let more = behind > 0 || self.end == End::LineFeed;
        Ok(Some(Reply { message: self.hand_over(), more }))
    }

    /// The same, when it is certain that the gateway has stopped reading: a mark at the very end is
    /// one, also behind an unclosed string.
    pub(super) fn take_at_rest(&mut self) -> Option<Reply> {
        let marked = self.end == End::Marked && self.received.last() == Some(&EOT);
        let ended = marked && !self.framer.in_block();
        ended.then(|| Reply { message: self.hand_over(), more: false })
    }

    /// Whether all has come but the gateway's mark.
    pub(super) fn lacks_only_the_mark(&self) -> bool {
        self.end == End::Marked && !self.framer.in_block() && self.received.last() == Some(&b'\n')
    }

    fn hand_over(&mut self) -> Vec<u8> {
        let mut message = std::mem::take(&mut self.received);
        message.pop();
        if self.end == End::Marked {
            message::strip_line_feed(&mut message, self.expected);
        }
        if !message.starts_with(b"#0") {
            strip_carriage_return(&mut message);
        }
        self.empty();
        message
    }
}
