//! What can be told about a program message from its text.

use scpi_parser::reply::Framer;

use crate::{LinkError, Terminator};

/// Refuses bytes that would end a message early.
///
/// # Errors
/// The message holds a line feed (it would arrive as two messages) or a NUL.
pub(crate) fn check(message: &[u8]) -> Result<(), LinkError> {
    refuse(message, |byte| match byte {
        b'\n' => Some("line feed"),
        0 => Some("NUL"),
        _ => None,
    })
}

/// The same on a link whose messages end with `terminator`.
///
/// # Errors
/// As for [`check`], or the message holds a carriage return that would end it.
pub(crate) fn check_for(message: &[u8], terminator: Terminator) -> Result<(), LinkError> {
    check(message)?;
    if terminator == Terminator::Lf {
        return Ok(());
    }
    refuse(message, |byte| (byte == b'\r').then_some("carriage return"))
}

/// Refuses a message with a byte that has a bad name.
///
/// # Errors
/// There is such a byte.
pub(crate) fn refuse(
    message: &[u8],
    bad_name: impl Fn(u8) -> Option<&'static str>,
) -> Result<(), LinkError> {
    let bad = message.iter().enumerate().find_map(|(at, &byte)| Some((at, bad_name(byte)?)));
    match bad {
        None => Ok(()),
        Some((position, name)) => {
            Err(LinkError::Unsendable { message: excerpt(message), name, position })
        }
    }
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

/// Takes the line feed off a reply that ended otherwise (EOI, EOM), unless it is the last byte of a
/// block. The reply, if it begins with `#0`, is a block of `expected` bytes of data.
pub(crate) fn strip_line_feed(reply: &mut Vec<u8>, expected: Option<usize>) {
    let mut framer = Framer::new(usize::MAX);
    if let Some(bytes) = expected {
        framer.expect_block(bytes);
    }
    let mut rest = reply.as_slice();
    let mut ended = false;
    while !rest.is_empty() {
        match framer.push(rest) {
            Ok(Some(consumed)) => {
                rest = &rest[consumed..];
                ended = rest.is_empty();
            }
            // Inside a string that was never closed, a line feed at the end is none of it.
            Ok(None) | Err(_) => {
                ended = !framer.in_block() && !framer.behind_block() && rest.ends_with(b"\n");
                break;
            }
        }
    }
    if ended {
        reply.pop();
    }
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
    fn a_line_feed_that_is_data_is_left_alone() {
        for (reply, expected, stripped) in [
            (&b"1.5\n"[..], None, &b"1.5"[..]),
            (b"1.5", None, b"1.5"),
            (b"a\nb\n", None, b"a\nb"),
            (b"#12a\n", None, b"#12a\n"),
            (b"#12a\n\n", None, b"#12a\n"),
            (b"#0a\n", Some(2), b"#0a\n"),
            (b"#0\n\n\n", Some(2), b"#0\n\n"),
            (b"#0a\n", None, b"#0a"),
            (b"\"torn\n", None, b"\"torn"),
            (b"", None, b""),
        ] {
            let mut found = reply.to_vec();
            strip_line_feed(&mut found, expected);
            assert_eq!(found, stripped, "{}", reply.escape_ascii());
        }
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
