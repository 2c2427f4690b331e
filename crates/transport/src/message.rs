//! What can be told about a program message from its text.

use crate::LinkError;

/// Refuses bytes that would end a message early.
///
/// # Errors
/// The message holds a line feed (it would arrive as two messages) or a NUL.
pub(crate) fn check(message: &[u8]) -> Result<(), LinkError> {
    let Some(position) = message.iter().position(|byte| matches!(byte, b'\n' | 0)) else {
        return Ok(());
    };
    let name = if message[position] == 0 { "NUL" } else { "line feed" };
    Err(LinkError::Unsendable { message: excerpt(message), name, position })
}

/// How many queries a message holds: `?` outside quoted strings. Each makes one response unit, and
/// the units of a message arrive as one line, separated by `;` (IEEE 488.2, 8.4.1).
pub(crate) fn queries(message: &[u8]) -> usize {
    let mut quote = None;
    let mut found = 0;
    for &byte in message {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'?') => found += 1,
            _ => {}
        }
    }
    found
}

/// A message as errors and logs show it.
pub(crate) fn excerpt(message: &[u8]) -> String {
    const SHOWN: usize = 80;
    let shown = message[..message.len().min(SHOWN)].escape_ascii();
    if message.len() > SHOWN {
        format!("{shown}... ({} bytes)", message.len())
    } else {
        shown.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_mark_in_a_string_is_no_query() {
        assert_eq!(queries(b"*IDN?"), 1);
        assert_eq!(queries(b":SOUR:VOLT 1;:READ?;*OPC?"), 2);
        assert_eq!(queries(b":DISP:TEXT 'is it on?'"), 0);
        assert_eq!(queries(b":DISP:TEXT \"it's on?\";*OPC?"), 1);
    }

    #[test]
    fn a_line_feed_cannot_smuggle_in_a_second_command() {
        let error = check(b":DISP:TEXT 'a\n:OUTP ON'").unwrap_err();
        assert_eq!(
            error.to_string(),
            "a message may not contain a line feed, found at byte 13 of `:DISP:TEXT \\'a\\n:OUTP ON\\'`"
        );
    }
}
