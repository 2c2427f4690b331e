//! The trigger model: a small program of blocks, and its interpreter.

mod block;
mod events;
mod run;
pub(super) mod sweep;
pub(super) mod templates;
mod wait;

pub(super) use self::{
    block::{Block, LimitType},
    events::{Event, Events, Timer},
    run::{Phase, Run, SAYS_IT_WAITS},
};

/// The most blocks of a model (2450 Reference Manual, section 3, "Trigger model").
pub(super) const MOST_BLOCKS: usize = 255;

/// The trigger model and what it is doing.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) blocks: Vec<Block>,
    pub(super) phase: Phase,
    pub(super) run: Run,
}

impl Model {
    /// Puts a block at a place; the places before it that are empty do nothing.
    pub(super) fn put(&mut self, place: usize, block: Block) {
        while self.blocks.len() <= place {
            self.blocks.push(Block::Nop);
        }
        self.blocks[place] = block;
        self.phase = Phase::Building;
    }

    /// Replaces the whole model.
    pub(super) fn load(&mut self, blocks: Vec<Block>) {
        *self = Model { blocks, ..Model::default() };
    }

    pub(super) fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Waiting)
    }
}
