//! The blocks that a trigger model is made of (2450 Reference Manual, section 3, "Trigger model").

use super::{
    super::{buffer::BufferId, lists::ListId},
    Event,
};
use crate::engine::choice::choice;

choice!(
    /// `:TRIG:BLOC:BRAN:LIM:CONS`.
    LimitType { Above = "ABOVe", Below = "BELow", Inside = "INside", Outside = "OUTside" }
);

/// One block. Places of blocks count from zero.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    Nop,
    BufferClear(BufferId),
    ConfigNext(ListId),
    ConfigPrevious(ListId),
    ConfigRecall(ListId, usize),
    Delay(f64),
    /// One of the five user delays of the source, or of what is measured.
    UserDelay {
        of_source: bool,
        index: usize,
    },
    DigitalIo {
        pattern: u8,
        mask: u8,
    },
    Log {
        severity: u32,
        text: String,
    },
    /// `None` measures until the model is aborted.
    Measure {
        buffer: BufferId,
        count: Option<u32>,
    },
    Notify(Event),
    SourceState(bool),
    Wait {
        events: Vec<Event>,
        clear: bool,
        all: bool,
    },
    BranchAlways(usize),
    BranchCounter {
        target: u32,
        to: usize,
    },
    BranchDelta {
        difference: f64,
        to: usize,
    },
    BranchEvent {
        event: Event,
        to: usize,
    },
    BranchLimit {
        kind: LimitType,
        low: f64,
        high: f64,
        to: usize,
    },
    /// The same with one of the two limits of what is measured, from zero.
    BranchLimitTest {
        kind: LimitType,
        index: usize,
        to: usize,
    },
    BranchOnce(usize),
    BranchOnceExcluded(usize),
    /// Back until so many seconds have passed since the model was started.
    BranchElapsed {
        seconds: f64,
        to: usize,
    },
}

impl Block {
    /// As `:TRIG:BLOC:LIST?` shows it; UNVERIFIED in its details.
    pub(crate) fn shown(&self) -> String {
        match self {
            Block::Nop => "NOP".to_owned(),
            Block::BufferClear(_) => "BUFFER_CLEAR".to_owned(),
            Block::ConfigNext(_) => "CONFIG_NEXT".to_owned(),
            Block::ConfigPrevious(_) => "CONFIG_PREV".to_owned(),
            Block::ConfigRecall(_, index) => format!("CONFIG_RECALL INDEX: {}", index + 1),
            Block::Delay(seconds) => format!("DELAY_CONSTANT DELAY: {seconds:.9}"),
            Block::UserDelay { index, .. } => format!("DELAY_DYNAMIC USER_DELAY: {}", index + 1),
            Block::DigitalIo { pattern, mask } => {
                format!("DIGITAL_IO PATTERN: {pattern} MASK: {mask}")
            }
            Block::Log { text, .. } => format!("LOG_EVENT MESSAGE: {text}"),
            Block::Measure { count, .. } => {
                format!("MEASURE COUNT: {}", count.map_or("INF".to_owned(), |it| it.to_string()))
            }
            Block::Notify(_) => "NOTIFY".to_owned(),
            Block::SourceState(on) => {
                format!("SOURCE_OUTPUT OUTPUT: {}", if *on { "ON" } else { "OFF" })
            }
            Block::Wait { events, .. } => format!("WAIT EVENTS: {}", events.len()),
            Block::BranchAlways(to) => format!("BRANCH_ALWAYS BRANCH_BLOCK: {}", to + 1),
            Block::BranchCounter { target, to } => {
                format!("BRANCH_COUNTER VALUE: {target} BRANCH_BLOCK: {}", to + 1)
            }
            Block::BranchDelta { to, .. } => {
                format!("BRANCH_ON_DELTA BRANCH_BLOCK: {}", to + 1)
            }
            Block::BranchEvent { to, .. } => {
                format!("BRANCH_ON_EVENT BRANCH_BLOCK: {}", to + 1)
            }
            Block::BranchLimit { to, .. } | Block::BranchLimitTest { to, .. } => {
                format!("BRANCH_ON_LIMIT BRANCH_BLOCK: {}", to + 1)
            }
            Block::BranchOnce(to) => format!("BRANCH_ONCE BRANCH_BLOCK: {}", to + 1),
            Block::BranchOnceExcluded(to) => {
                format!("BRANCH_ONCE_EXCLUDED BRANCH_BLOCK: {}", to + 1)
            }
            Block::BranchElapsed { seconds, to } => {
                format!("BRANCH_ON_TIMER VALUE: {seconds} BRANCH_BLOCK: {}", to + 1)
            }
        }
    }
}
