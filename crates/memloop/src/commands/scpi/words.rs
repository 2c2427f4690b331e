//! What is typed and is no SCPI.

use std::time::Duration;

use crate::reach::time;

pub const HELP: &str = "\
!help             this
!clear            device clear; where the link has none, drop what has arrived
!status           the status byte by serial poll
!trigger          group execute trigger, or *TRG
!errors on|off    read the error queue after each message, or do not
!limit 30 s       how long a reply may take
!block N QUERY    a query whose reply is an indefinite-length block (#0) of N bytes
!quit             end; so does Ctrl-D. Ctrl-C gives up a reply that does not come
# ...             a comment
Anything else is sent as it is; a message with a ? waits for its reply.
";

/// A word of the console's own.
#[derive(Debug, PartialEq)]
pub enum Word {
    Help,
    Quit,
    Clear,
    Status,
    Trigger,
    Errors(bool),
    Limit(Duration),
    Block { bytes: usize, query: String },
}

impl Word {
    /// `None` for a message to the instrument.
    pub fn read(line: &str) -> Option<Result<Word, String>> {
        let rest = line.strip_prefix('!')?;
        let (word, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let argument = argument.trim();
        Some(match (word.to_ascii_lowercase().as_str(), argument) {
            ("help" | "h" | "?", "") => Ok(Word::Help),
            ("quit" | "q" | "exit", "") => Ok(Word::Quit),
            ("clear", "") => Ok(Word::Clear),
            ("status", "") => Ok(Word::Status),
            ("trigger", "") => Ok(Word::Trigger),
            ("errors", "on") => Ok(Word::Errors(true)),
            ("errors", "off") => Ok(Word::Errors(false)),
            ("limit", text) => time("!limit", text).map(Word::Limit).map_err(|it| it.to_string()),
            ("block", text) => block(text).ok_or_else(|| "write !block 1000 QUERY?".to_owned()),
            _ => Err(format!("!{rest} is not known; !help lists what is")),
        })
    }
}

fn block(text: &str) -> Option<Word> {
    let (bytes, query) = text.split_once(char::is_whitespace)?;
    let query = query.trim().to_owned();
    query.contains('?').then_some(Word::Block { bytes: bytes.parse().ok()?, query })
}

/// A status byte, bit by bit (IEEE 488.2, 11.2; SCPI-99, 20).
pub fn status(byte: u8) -> String {
    const BITS: [&str; 8] = [
        "0",
        "1",
        "error queue",
        "questionable",
        "message available",
        "event summary",
        "service requested",
        "operation",
    ];
    let set: Vec<_> = (0..8)
        .filter(|bit| byte >> bit & 1 == 1)
        .map(|bit| format!("{bit} {}", BITS[bit]))
        .collect();
    format!("{byte} ({})", if set.is_empty() { "nothing".to_owned() } else { set.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_messages_left_alone() {
        assert_eq!(Word::read("*IDN?"), None);
        assert_eq!(Word::read("!CLEAR"), Some(Ok(Word::Clear)));
        assert_eq!(Word::read("!limit 2 s"), Some(Ok(Word::Limit(Duration::from_secs(2)))));
        let block = Word::Block { bytes: 12, query: ":FETC?".to_owned() };
        assert_eq!(Word::read("!block 12 :FETC?"), Some(Ok(block)));
        for wrong in ["!", "!nonsense", "!block 12", "!block x :FETC?", "!limit 2", "!errors"] {
            assert!(matches!(Word::read(wrong), Some(Err(_))), "{wrong}");
        }
    }

    #[test]
    fn a_status_byte_is_told_bit_by_bit() {
        assert_eq!(status(0), "0 (nothing)");
        assert_eq!(
            status(0b101_0100),
            "84 (2 error queue, 4 message available, 6 service requested)"
        );
    }
}
