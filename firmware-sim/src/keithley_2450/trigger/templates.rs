//! The models that `:TRIG:LOAD` knows by name (2450 Reference Manual, section 3, "Predefined
//! trigger models"). How each is made of blocks is UNVERIFIED.

use super::{
    super::{buffer::BufferId, lists::ListId},
    Block, Event, LimitType,
};

/// `"SimpleLoop"`: so many readings with a delay before each.
pub(in super::super) fn simple_loop(count: u32, delay: f64, buffer: BufferId) -> Vec<Block> {
    vec![
        Block::BufferClear(buffer),
        Block::Delay(delay),
        Block::Measure { buffer, count: Some(1) },
        Block::BranchCounter { target: count, to: 1 },
    ]
}

/// `"DurationLoop"`: readings for so many seconds, with the output on (2450 Reference Manual, page
/// 3-104).
pub(in super::super) fn duration_loop(seconds: f64, delay: f64, buffer: BufferId) -> Vec<Block> {
    vec![
        Block::BufferClear(buffer),
        Block::SourceState(true),
        Block::Delay(delay),
        Block::Measure { buffer, count: Some(1) },
        Block::BranchElapsed { seconds, to: 2 },
    ]
}

/// `"ConfigList"`: a reading at each index of a source list, with a measure list beside it.
pub(in super::super) fn config_list(
    (sense, source): (ListId, ListId),
    points: u32,
    delay: f64,
    buffer: BufferId,
) -> Vec<Block> {
    vec![
        Block::BufferClear(buffer),
        Block::ConfigRecall(sense, 0),
        Block::ConfigRecall(source, 0),
        Block::SourceState(true),
        Block::BranchAlways(7),
        Block::ConfigNext(sense),
        Block::ConfigNext(source),
        Block::Delay(delay),
        Block::Measure { buffer, count: Some(1) },
        Block::BranchCounter { target: points, to: 5 },
        Block::SourceState(false),
    ]
}

/// `"LogicTrigger"`: a reading for each pulse on one line, a pulse on another behind it.
pub(in super::super) fn logic_trigger(
    (input, done): (Event, Event),
    count: u32,
    clear: bool,
    delay: f64,
    buffer: BufferId,
) -> Vec<Block> {
    vec![
        Block::BufferClear(buffer),
        Block::Wait { events: vec![input], clear, all: false },
        Block::Delay(delay),
        Block::Measure { buffer, count: Some(1) },
        Block::Notify(done),
        Block::BranchCounter { target: count, to: 1 },
    ]
}

/// A limit of the two binning models, and what it writes to the digital lines.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Bin {
    pub(in super::super) high: f64,
    pub(in super::super) low: f64,
    pub(in super::super) pattern: u8,
}

/// What the two binning models share.
#[derive(Clone, Debug)]
pub(in super::super) struct Binning {
    pub(in super::super) components: u32,
    pub(in super::super) start: Event,
    pub(in super::super) start_delay: f64,
    pub(in super::super) end_delay: f64,
    pub(in super::super) bins: Vec<Bin>,
    /// Written where no bin takes the component.
    pub(in super::super) otherwise: u8,
    pub(in super::super) buffer: BufferId,
}

/// The lines that binning writes: 1 to 4.
const BINNING_LINES: u8 = 0b1111;

/// `"GradeBinning"` sorts by the first limit that fails, `"SortBinning"` by the first that passes.
pub(in super::super) fn binning(binning: &Binning, kind: LimitType) -> Vec<Block> {
    let Binning { components, start, start_delay, end_delay, ref bins, otherwise, buffer } =
        *binning;
    let mut blocks = vec![
        Block::BufferClear(buffer),
        Block::Wait { events: vec![start], clear: true, all: false },
        Block::Delay(start_delay),
        Block::Measure { buffer, count: Some(1) },
    ];
    // One branch for each bin, what none takes, and then two blocks for each bin.
    let first = blocks.len() + bins.len() + 2;
    let end = first + 2 * bins.len();
    for (index, bin) in bins.iter().enumerate() {
        let to = first + 2 * index;
        blocks.push(Block::BranchLimit { kind, low: bin.low, high: bin.high, to });
    }
    blocks.push(Block::DigitalIo { pattern: otherwise, mask: BINNING_LINES });
    blocks.push(Block::BranchAlways(end));
    for bin in bins {
        blocks.push(Block::DigitalIo { pattern: bin.pattern, mask: BINNING_LINES });
        blocks.push(Block::BranchAlways(end));
    }
    blocks.push(Block::Delay(end_delay));
    blocks.push(Block::BranchCounter { target: components, to: 1 });
    blocks
}
