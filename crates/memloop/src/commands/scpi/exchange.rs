//! One message and what came of it.

use anyhow::Result;
use serde::Serialize;
use transport::SessionError;

use crate::commands::say;

/// Bytes of a binary reply that are shown.
const SHOWN: usize = 64;

/// One message and what came of it.
#[derive(Debug, Serialize)]
pub struct Exchange {
    message: String,
    /// The reply, if it is text.
    reply: Option<String>,
    /// The whole reply in hexadecimal, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_hex: Option<String>,
    reply_bytes: Option<usize>,
    errors: Vec<Entry>,
    failed: Option<String>,
}

/// An entry of the error queue.
#[derive(Debug, Serialize)]
struct Entry {
    code: i32,
    text: String,
}

impl Exchange {
    pub fn new(message: &str) -> Exchange {
        Exchange {
            message: message.to_owned(),
            reply: None,
            reply_hex: None,
            reply_bytes: None,
            errors: Vec::new(),
            failed: None,
        }
    }

    /// What a word of the console's own came to.
    pub fn said(word: &str, text: String) -> Exchange {
        Exchange { reply: Some(text), ..Exchange::new(word) }
    }

    pub fn failed(message: &str, sentence: String) -> Exchange {
        Exchange { failed: Some(sentence), ..Exchange::new(message) }
    }

    pub fn fail(&mut self, sentence: String) {
        self.failed = Some(sentence);
    }

    pub fn error(&mut self, code: i32, text: String) {
        self.errors.push(Entry { code, text });
    }

    pub fn has_failed(&self) -> bool {
        self.failed.is_some() || !self.errors.is_empty()
    }

    /// Whether the message holds this query.
    pub fn asks(&self, query: &str) -> bool {
        let (message, query) = (self.message.to_ascii_uppercase(), query.to_ascii_uppercase());
        message.contains(query.trim_start_matches(':'))
    }

    pub fn answered(&mut self, answered: Result<Option<Vec<u8>>, SessionError>) {
        match answered {
            Ok(None) => {}
            Ok(Some(reply)) => {
                self.reply_bytes = Some(reply.len());
                match text(&reply) {
                    Some(text) => self.reply = Some(text),
                    None => self.reply_hex = Some(hex(&reply)),
                }
            }
            Err(error) => self.failed = Some(error.to_string()),
        }
    }

    pub fn print(&self) -> Result<()> {
        if let Some(reply) = &self.reply {
            say(reply)?;
        }
        if let (Some(hex), Some(bytes)) = (&self.reply_hex, self.reply_bytes) {
            let shown = &hex[..hex.len().min(2 * SHOWN)];
            let more = if bytes > SHOWN { " ..." } else { "" };
            say(&format!("{bytes} bytes: {shown}{more}"))?;
        }
        for Entry { code, text } in &self.errors {
            say(&format!("! {code},\"{text}\""))?;
        }
        if let Some(sentence) = &self.failed {
            say(&format!("! {sentence}"))?;
        }
        Ok(())
    }
}

/// A reply without anything that a terminal would take for more than a character.
fn text(reply: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(reply).ok()?;
    let plain = text.chars().all(|it| !it.is_control() || matches!(it, '\t' | '\r' | '\n'));
    plain.then(|| text.trim_end_matches('\r').to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_as_text_and_bytes_as_bytes() {
        assert_eq!(text(b"+1.0E-06,+9.9E+37\r").as_deref(), Some("+1.0E-06,+9.9E+37"));
        assert_eq!(text(b"#14\x00\x01\x02\x03"), None);
        assert_eq!(text(b"\x1b[2J"), None);
        assert_eq!(hex(b"#1\x0a"), "23310a");
    }

    #[test]
    fn a_message_that_reads_the_queue_itself_is_known() {
        assert!(Exchange::new("*IDN?;:syst:err?").asks(":SYST:ERR?"));
        assert!(!Exchange::new("*IDN?").asks(":SYST:ERR?"));
    }
}
