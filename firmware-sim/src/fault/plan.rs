//! What can go wrong, and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Something that goes wrong, or at least happens from outside.
///
/// Each is written as the sentence in the first line of its documentation; see [`FaultPlan`] for
/// the time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// `silence`, `silence for 2 replies`: replies are swallowed; commands still act.
    Silence {
        /// How many replies are swallowed; `None`: all that follow.
        replies: Option<u64>,
    },
    /// `late reply`, `late reply by 3 s`: one reply leaves late.
    LateReply(Lateness),
    /// `slow query by 3 s`: one reply takes this much more of the instrument's own time, as an
    /// autorange that hunts does. It shows on the wire where time is paced.
    SlowQuery {
        /// In simulated time.
        by: Duration,
    },
    /// `torn reply`: one reply loses its second half and its line feed.
    TornReply,
    /// `reply in 3 pieces`: one reply is cut into segments that leave one after another.
    SplitReply {
        /// How many segments.
        pieces: u64,
    },
    /// `3 replies together`: replies are held back until this many leave in one segment, or until
    /// 200 ms have passed without another.
    MergedReplies {
        /// How many replies.
        replies: u64,
    },
    /// `lost byte`, `lost byte for 3 replies`: the byte in the middle of a reply is missing.
    LostByte {
        /// How many replies lose one.
        replies: u64,
    },
    /// `doubled byte`, `doubled byte for 3 replies`: the byte in the middle of a reply comes twice.
    DoubledByte {
        /// How many replies have one.
        replies: u64,
    },
    /// `garbage`, `garbage of 16 bytes`: bytes that nobody sent stand in front of one reply.
    Garbage {
        /// How many bytes; eight where the sentence does not say.
        bytes: u64,
    },
    /// `disconnect`: the connection is closed after the first half of one reply. The instrument
    /// keeps its state, and the next client can connect.
    Disconnect,
    /// `hang up`: all connections are closed at once, in the middle of a run too. The instrument
    /// keeps its state, the run goes on, and the next client can connect.
    HangUp,
    /// `refuse 3 connections`, `refuse connections for 5 s`: new connections are reset as soon as
    /// they are made.
    Refuse(Refusal),
    /// `error -363`: an entry appears in the error queue that no command caused.
    ErrorEntry {
        /// Its number, such as -363 or 112.
        code: i16,
    },
    /// `error flood`, `error flood of 30 entries`: so many entries (-363) that the queue overflows
    /// (-350).
    ErrorFlood {
        /// How many; thirty where the sentence does not say.
        entries: u64,
    },
    /// `power cycle`: the mains fail for a moment: settings lost, output off, queue and buffers
    /// empty, and what clients had sent and was not done is forgotten. It ends what other faults
    /// make of replies and settings; faults that have not struck yet stay.
    PowerCycle,
    /// `trip`: the outputs go off by themselves, as after too much heat; the settings stay.
    Trip,
    /// `interlock open`, `interlock closed`.
    Interlock {
        /// It opens.
        open: bool,
    },
    /// `compliance for 3 readings`: readings come in compliance, whatever the device does.
    Compliance {
        /// How many.
        readings: u64,
    },
    /// `overflow for 3 readings`: readings overflow, whatever the device does.
    Overflow {
        /// How many.
        readings: u64,
    },
    /// `wrong stride`, `right stride`: each reading carries one element too many, or as asked
    /// again.
    WrongStride {
        /// One too many.
        wrong: bool,
    },
    /// `ignores :SENS:CURR:PROT`, `ignores :SENS:CURR:PROT for 2 messages`: firmware that takes a
    /// setting without an error and does not act on it. Queries of it are answered.
    Ignores {
        /// The header, in short or long form.
        header: String,
        /// How many times; `None`: always.
        messages: Option<u64>,
    },
    /// `refill`: the liquid on all terminals is renewed.
    Refill,
    /// `heal`: ends all faults, in force or pending; what they have done stays.
    Heal,
}

/// How late a late reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lateness {
    /// It leaves in front of the reply to the next message, so that a client that has given up on
    /// it reads it as the answer to another question.
    UntilNextMessage,
    /// It leaves after this time, and the client's other messages wait meanwhile. This is real
    /// time, and only in [`serve`](crate::serve) and its like.
    By(Duration),
}

/// Which connections are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The next ones, so many.
    Connections(u64),
    /// All in this time, which is real time.
    For(Duration),
}

/// When a fault strikes. Counted from power-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// At once.
    Now,
    /// `after 3 replies`: when this many have left; the first one after them is hit.
    Replies(u64),
    /// `after 3 messages`: when this many program messages have been executed.
    Messages(u64),
    /// `after 3 readings`: when this many have been made, in the middle of a run too.
    Readings(u64),
    /// `after 12 s`: when this much simulated time has passed.
    Time(Duration),
}

/// A fault and its time, counted from power-on.
///
/// Written as a sentence: what [`Fault`] says, then when. `silence after 120 replies`,
/// `late reply by 3 s after 2 replies`, `power cycle after 9 messages`, `hang up after 500 readings`,
/// `interlock open after 12 s`. Without a time the fault strikes at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FaultPlan {
    /// What goes wrong.
    pub fault: Fault,
    /// When.
    pub after: After,
}

impl From<Fault> for FaultPlan {
    fn from(fault: Fault) -> FaultPlan {
        FaultPlan { fault, after: After::Now }
    }
}
