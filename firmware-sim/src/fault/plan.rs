//! The sentences that name a fault and its time.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::config::Seconds;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Replies are swallowed; commands still act.
    Silence {
        /// How many replies are swallowed; `None`: all that follow.
        replies: Option<u64>,
    },
    /// One reply leaves late.
    LateReply(Lateness),
    /// One reply loses its second half and its line feed.
    TornReply,
    /// The connection is closed after the first half of one reply. The instrument keeps its
    /// state, and the next client can connect.
    Disconnect,
    /// An entry appears in the error queue that no command caused.
    ErrorEntry {
        /// Its number, such as -363 or 112.
        code: i16,
    },
    /// The mains fail for a moment: settings lost, output off, queue and buffers empty.
    PowerCycle,
}

/// How late a late reply is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lateness {
    /// It leaves in front of the reply to the next message, so that a client that has given up on
    /// it reads it as the answer to another question.
    UntilNextMessage,
    /// It leaves after this time, and the instrument does nothing meanwhile. The only thing in
    /// the simulator that takes real time, and only in [`serve`](crate::serve).
    By(Duration),
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// When this many replies have left: the first one after them is hit.
    Replies(u64),
    /// When this many program messages have been executed.
    Messages(u64),
}

/// A fault and its time, counted from power-on.
///
/// Written as a sentence: `silence after 120 replies`, `silence for 1 reply after 3 replies`,
/// `late reply after 2 replies`, `late reply by 3 s after 2 replies`, `torn reply after 0 replies`,
/// `disconnect after 40 replies`, `error -363 after 5 messages`, `power cycle after 9 messages`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FaultPlan {
    /// What goes wrong.
    pub fault: Fault,
    /// When.
    pub after: After,
}

/// A fault plan that was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{found}\" is not a fault: write \"silence\", \"silence for 1 reply\", \"late reply\", \
     \"late reply by 3 s\", \"torn reply\", \"disconnect\", \"error -363\" or \"power cycle\", \
     then \"after 3 replies\" or \"after 3 messages\""
)]
pub struct FaultError {
    /// What was written.
    pub found: String,
}

impl FromStr for FaultPlan {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| FaultError { found: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<FaultPlan> {
    let (what, when) = text.rsplit_once(" after ")?;
    let after = match when.split_whitespace().collect::<Vec<_>>()[..] {
        [count, "reply" | "replies"] => After::Replies(count.parse().ok()?),
        [count, "message" | "messages"] => After::Messages(count.parse().ok()?),
        _ => return None,
    };
    let fault = match what.split_whitespace().collect::<Vec<_>>()[..] {
        ["silence"] => Fault::Silence { replies: None },
        ["silence", "for", count, "reply" | "replies"] => {
            Fault::Silence { replies: Some(count.parse().ok()?) }
        }
        ["late", "reply"] => Fault::LateReply(Lateness::UntilNextMessage),
        ["late", "reply", "by", ref time @ ..] => {
            let time: Seconds = time.join(" ").parse().ok()?;
            Fault::LateReply(Lateness::By(Duration::try_from_secs_f64(time.0).ok()?))
        }
        ["torn", "reply"] => Fault::TornReply,
        ["disconnect"] => Fault::Disconnect,
        ["error", code] => Fault::ErrorEntry { code: code.parse().ok()? },
        ["power", "cycle"] => Fault::PowerCycle,
        _ => return None,
    };
    Some(FaultPlan { fault, after })
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::Silence { replies: None } => write!(f, "silence")?,
            Fault::Silence { replies: Some(1) } => write!(f, "silence for 1 reply")?,
            Fault::Silence { replies: Some(count) } => write!(f, "silence for {count} replies")?,
            Fault::LateReply(Lateness::UntilNextMessage) => write!(f, "late reply")?,
            Fault::LateReply(Lateness::By(time)) => {
                write!(f, "late reply by {}", Seconds(time.as_secs_f64()))?;
            }
            Fault::TornReply => write!(f, "torn reply")?,
            Fault::Disconnect => write!(f, "disconnect")?,
            Fault::ErrorEntry { code } => write!(f, "error {code}")?,
            Fault::PowerCycle => write!(f, "power cycle")?,
        }
        match self.after {
            After::Replies(1) => write!(f, " after 1 reply"),
            After::Replies(count) => write!(f, " after {count} replies"),
            After::Messages(1) => write!(f, " after 1 message"),
            After::Messages(count) => write!(f, " after {count} messages"),
        }
    }
}

impl TryFrom<String> for FaultPlan {
    type Error = FaultError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FaultPlan> for String {
    fn from(plan: FaultPlan) -> String {
        plan.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_reads_back_as_the_same_plan() {
        for text in [
            "silence after 120 replies",
            "silence for 1 reply after 3 replies",
            "late reply after 2 replies",
            "late reply by 3 s after 1 reply",
            "torn reply after 0 replies",
            "disconnect after 40 replies",
            "error -363 after 5 messages",
            "power cycle after 1 message",
        ] {
            let plan: FaultPlan = text.parse().unwrap();
            assert_eq!(plan.to_string(), text);
        }
    }

    #[test]
    fn a_sentence_that_is_not_a_fault_is_answered_with_those_that_are() {
        let error = "explode after 3 replies".parse::<FaultPlan>().unwrap_err();
        assert!(error.to_string().contains("\"power cycle\""), "{error}");
    }
}
