//! The sentences that name a fault and its time.

use std::{fmt, str::FromStr, time::Duration};

use super::{After, Fault, FaultPlan, Lateness, Refusal};
use crate::config::Seconds;

/// A fault plan that was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{found}\" is not a fault: write \"silence\", \"silence for 1 reply\", \"late reply\", \
     \"late reply by 3 s\", \"slow query by 3 s\", \"torn reply\", \"reply in 3 pieces\", \
     \"3 replies together\", \"lost byte\", \"doubled byte\", \"garbage of 8 bytes\", \
     \"disconnect\", \"hang up\", \"refuse 3 connections\", \"refuse connections for 5 s\", \
     \"error -363\", \"error flood of 30 entries\", \"power cycle\", \"trip\", \
     \"interlock open\", \"interlock closed\", \"compliance for 3 readings\", \
     \"overflow for 3 readings\", \"wrong stride\", \"right stride\", \
     \"ignores :SENS:CURR:PROT for 1 message\", \"refill\" or \"heal\", then, unless it is to \
     strike at once, \"after 3 replies\", \"after 3 messages\", \"after 3 readings\" or \"after 12 s\""
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
    let words: Vec<_> = text.split_whitespace().collect();
    let after = words.iter().rposition(|it| *it == "after");
    let (what, when) = match after {
        Some(at) => (&words[..at], time(&words[at + 1..])?),
        None => (&words[..], After::Now),
    };
    Some(FaultPlan { fault: fault(what)?, after: when })
}

fn time(words: &[&str]) -> Option<After> {
    Some(match words {
        [count, "reply" | "replies"] => After::Replies(count.parse().ok()?),
        [count, "message" | "messages"] => After::Messages(count.parse().ok()?),
        [count, "reading" | "readings"] => After::Readings(count.parse().ok()?),
        words => After::Time(duration(words)?),
    })
}

fn duration(words: &[&str]) -> Option<Duration> {
    let time: Seconds = words.join(" ").parse().ok()?;
    Duration::try_from_secs_f64(time.0).ok()
}

fn fault(words: &[&str]) -> Option<Fault> {
    Some(match *words {
        ["silence"] => Fault::Silence { replies: None },
        ["silence", "for", count, "reply" | "replies"] => {
            Fault::Silence { replies: Some(count.parse().ok()?) }
        }
        ["late", "reply"] => Fault::LateReply(Lateness::UntilNextMessage),
        ["late", "reply", "by", ref time @ ..] => Fault::LateReply(Lateness::By(duration(time)?)),
        ["slow", "query", "by", ref time @ ..] => Fault::SlowQuery { by: duration(time)? },
        ["torn", "reply"] => Fault::TornReply,
        ["reply", "in", count, "piece" | "pieces"] => {
            Fault::SplitReply { pieces: positive(count)? }
        }
        [count, "reply" | "replies", "together"] => {
            Fault::MergedReplies { replies: positive(count)? }
        }
        ["lost", "byte"] => Fault::LostByte { replies: 1 },
        ["lost", "byte", "for", count, "reply" | "replies"] => {
            Fault::LostByte { replies: positive(count)? }
        }
        ["doubled", "byte"] => Fault::DoubledByte { replies: 1 },
        ["doubled", "byte", "for", count, "reply" | "replies"] => {
            Fault::DoubledByte { replies: positive(count)? }
        }
        ["garbage"] => Fault::Garbage { bytes: 8 },
        ["garbage", "of", count, "byte" | "bytes"] => {
            // More than this is a link of its own, not a disturbance of one.
            Fault::Garbage { bytes: positive(count).filter(|it| *it <= 65_536)? }
        }
        ["disconnect"] => Fault::Disconnect,
        ["hang", "up"] => Fault::HangUp,
        ["refuse", count, "connection" | "connections"] => {
            Fault::Refuse(Refusal::Connections(positive(count)?))
        }
        ["refuse", "connections", "for", ref time @ ..] => {
            Fault::Refuse(Refusal::For(duration(time)?))
        }
        ["error", "flood"] => Fault::ErrorFlood { entries: 30 },
        ["error", "flood", "of", count, "entry" | "entries"] => {
            Fault::ErrorFlood { entries: positive(count).filter(|it| *it <= 65_536)? }
        }
        ["error", code] => Fault::ErrorEntry { code: code.parse().ok()? },
        ["power", "cycle"] => Fault::PowerCycle,
        ["trip"] => Fault::Trip,
        ["interlock", "open"] => Fault::Interlock { open: true },
        ["interlock", "closed"] => Fault::Interlock { open: false },
        ["compliance", "for", count, "reading" | "readings"] => {
            Fault::Compliance { readings: positive(count)? }
        }
        ["overflow", "for", count, "reading" | "readings"] => {
            Fault::Overflow { readings: positive(count)? }
        }
        ["wrong", "stride"] => Fault::WrongStride { wrong: true },
        ["right", "stride"] => Fault::WrongStride { wrong: false },
        ["ignores", name] => Fault::Ignores { header: header(name)?, messages: None },
        ["ignores", name, "for", count, "message" | "messages"] => {
            Fault::Ignores { header: header(name)?, messages: Some(positive(count)?) }
        }
        ["refill"] => Fault::Refill,
        ["heal"] => Fault::Heal,
        _ => return None,
    })
}

fn positive(text: &str) -> Option<u64> {
    text.parse().ok().filter(|it| *it > 0)
}

fn header(text: &str) -> Option<String> {
    let mut units = scpi_parser::program::units(text.as_bytes());
    let unit = units.next()?.ok()?;
    let alone = units.next().is_none() && !unit.is_query;
    alone.then(|| text.to_owned())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |time: &Duration| Seconds(time.as_secs_f64());
        match self {
            Fault::Silence { replies: None } => f.write_str("silence"),
            Fault::Silence { replies: Some(count) } => {
                write!(f, "silence for {}", replies(*count))
            }
            Fault::LateReply(Lateness::UntilNextMessage) => f.write_str("late reply"),
            Fault::LateReply(Lateness::By(time)) => write!(f, "late reply by {}", seconds(time)),
            Fault::SlowQuery { by } => write!(f, "slow query by {}", seconds(by)),
            Fault::TornReply => f.write_str("torn reply"),
            Fault::SplitReply { pieces } => write!(f, "reply in {}", many(*pieces, "piece")),
            Fault::MergedReplies { replies: count } => write!(f, "{} together", replies(*count)),
            Fault::LostByte { replies: 1 } => f.write_str("lost byte"),
            Fault::LostByte { replies: count } => write!(f, "lost byte for {}", replies(*count)),
            Fault::DoubledByte { replies: 1 } => f.write_str("doubled byte"),
            Fault::DoubledByte { replies: count } => {
                write!(f, "doubled byte for {}", replies(*count))
            }
            Fault::Garbage { bytes } => write!(f, "garbage of {}", many(*bytes, "byte")),
            Fault::Disconnect => f.write_str("disconnect"),
            Fault::HangUp => f.write_str("hang up"),
            Fault::Refuse(Refusal::Connections(count)) => {
                write!(f, "refuse {}", many(*count, "connection"))
            }
            Fault::Refuse(Refusal::For(time)) => {
                write!(f, "refuse connections for {}", seconds(time))
            }
            Fault::ErrorEntry { code } => write!(f, "error {code}"),
            Fault::ErrorFlood { entries: 1 } => f.write_str("error flood of 1 entry"),
            Fault::ErrorFlood { entries } => write!(f, "error flood of {entries} entries"),
            Fault::PowerCycle => f.write_str("power cycle"),
            Fault::Trip => f.write_str("trip"),
            Fault::Interlock { open: true } => f.write_str("interlock open"),
            Fault::Interlock { open: false } => f.write_str("interlock closed"),
            Fault::Compliance { readings } => {
                write!(f, "compliance for {}", many(*readings, "reading"))
            }
            Fault::Overflow { readings } => {
                write!(f, "overflow for {}", many(*readings, "reading"))
            }
            Fault::WrongStride { wrong: true } => f.write_str("wrong stride"),
            Fault::WrongStride { wrong: false } => f.write_str("right stride"),
            Fault::Ignores { header, messages: None } => write!(f, "ignores {header}"),
            Fault::Ignores { header, messages: Some(count) } => {
                write!(f, "ignores {header} for {}", many(*count, "message"))
            }
            Fault::Refill => f.write_str("refill"),
            Fault::Heal => f.write_str("heal"),
        }
    }
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        match self.after {
            After::Now => Ok(()),
            After::Replies(count) => write!(f, " after {}", replies(count)),
            After::Messages(count) => write!(f, " after {}", many(count, "message")),
            After::Readings(count) => write!(f, " after {}", many(count, "reading")),
            After::Time(time) => write!(f, " after {}", Seconds(time.as_secs_f64())),
        }
    }
}

fn many(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn replies(count: u64) -> String {
    if count == 1 { "1 reply".to_owned() } else { format!("{count} replies") }
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
            "slow query by 500 ms after 1 message",
            "torn reply after 0 replies",
            "reply in 3 pieces after 0 replies",
            "2 replies together",
            "lost byte after 1 reply",
            "lost byte for 2 replies",
            "doubled byte",
            "garbage of 16 bytes after 4 replies",
            "disconnect after 40 replies",
            "hang up after 500 readings",
            "refuse 3 connections",
            "refuse connections for 5 s after 1 message",
            "error -363 after 5 messages",
            "error flood of 30 entries",
            "power cycle after 1 message",
            "trip after 12 s",
            "interlock open after 1 reading",
            "interlock closed",
            "compliance for 3 readings",
            "overflow for 1 reading",
            "wrong stride",
            "right stride after 250 ms",
            "ignores :SENS:CURR:PROT for 1 message",
            "ignores source:voltage after 3 messages",
            "refill",
            "heal after 3 messages",
        ] {
            let plan: FaultPlan = text.parse().unwrap();
            assert_eq!(plan.to_string(), text);
        }
    }

    #[test]
    fn a_sentence_that_is_not_a_fault_is_answered_with_those_that_are() {
        for text in [
            "explode after 3 replies",
            "silence after 3 dogs",
            "garbage of 0 bytes",
            "ignores :SENS:CURR:PROT?",
            "ignores 1E-3",
            "after 3 replies",
            "",
        ] {
            let error = text.parse::<FaultPlan>().unwrap_err();
            assert!(error.to_string().contains("\"power cycle\""), "{error}");
            assert!(error.to_string().contains("\"after 3 readings\""), "{error}");
        }
    }
}
