//! Running a trigger model: block after block, until the end, an event, or the horizon.

use super::{Block, LimitType};
use crate::keithley_2450::{
    Keithley2450,
    buffer::{BufferId, STATUS_FIRST},
    code::{self, Severity},
    timing,
};

/// What the trigger model is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum Phase {
    #[default]
    Idle,
    Running,
    /// In a wait block, until an event comes from outside.
    Waiting,
    Aborted,
    Failed,
    /// Blocks have been added since the last run.
    Building,
}

/// How far a run has come.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Run {
    /// The block that is executed next.
    pub(in super::super) block: usize,
    /// The block that was executed last, from 1; 0 before there was any.
    pub(in super::super) last: usize,
    /// Passes through each branch block that counts.
    pub(in super::super) counters: Vec<u32>,
    /// The block has been entered and is not done.
    pub(super) entered: bool,
    /// When it was entered.
    pub(in super::super) entered_at: f64,
    /// Readings that the measure block has made.
    measured: u32,
    /// The events of a wait block that have occurred, a bit each.
    pub(super) seen: u8,
    started_at: f64,
    /// It has gone on for so long in one go that it is taken to have no end.
    endless: bool,
    /// The last two readings, newest first.
    readings: [Option<f64>; 2],
}

/// So long a model stays in one wait block before it says that it waits.
pub(in super::super) const SAYS_IT_WAITS: f64 = 0.1;

/// Where nothing paces the instrument, a model makes at most so many unconditional jumps, readings
/// and steps in one go: what would never end must not hang.
const AT_FIRST: Budget = Budget { jumps: 10_000, readings: 1_100_000, steps: 10_000_000 };
/// What has gone on for so long goes on by a little with each unit that is executed.
const FROM_THEN_ON: Budget = Budget { jumps: 1, readings: 100, steps: 1_000 };

/// What is left of them.
#[derive(Clone, Copy)]
struct Budget {
    jumps: u32,
    readings: u32,
    steps: u32,
}

/// How a block ended.
pub(super) enum Next {
    /// The one behind it.
    Follows,
    Jump(usize),
    /// The same block goes on.
    Again,
    /// The same block, when something has come from outside.
    Blocked,
    Failed,
}

impl Keithley2450 {
    /// `:INIT`.
    pub(in super::super) fn initiate(&mut self) -> Result<(), code::Code> {
        if self.is_busy() {
            return Err(code::INIT_IGNORED);
        }
        if self.trigger.blocks.is_empty() {
            return Err(code::NO_MODEL);
        }
        // What was detected before is forgotten at the start (2450 Reference Manual, page 6-148).
        for line in 0..self.lines.len() {
            self.forget_pulses(line);
        }
        self.events.latches = Default::default();
        let blocks = self.trigger.blocks.len();
        let started_at = self.clock.now();
        self.trigger.run =
            Run { counters: vec![0; blocks], started_at, entered_at: started_at, ..Run::default() };
        self.trigger.phase = Phase::Running;
        self.report(code::MODEL_INITIATED);
        Ok(())
    }

    /// Ends the model where it stands.
    pub(in super::super) fn end_model(&mut self, phase: Phase) {
        if self.trigger.is_active() {
            self.trigger.phase = phase;
            self.report(code::MODEL_IDLED);
        }
    }

    /// Goes on until the end, until an event is needed, or until `horizon`.
    pub(in super::super) fn run_model(&mut self, horizon: f64) {
        let endless = self.trigger.run.endless && !self.paced;
        let mut budget = if endless { FROM_THEN_ON } else { AT_FIRST };
        while self.trigger.is_active() && self.clock.now() < horizon {
            let spent = budget.jumps == 0 || budget.readings == 0 || budget.steps == 0;
            if spent && !self.paced {
                self.trigger.run.endless = true;
                return;
            }
            if budget.steps == 0 {
                // Blocks that go round without a reading do nothing else in the time that is left.
                self.spend(horizon - self.clock.now());
                return;
            }
            budget.steps = budget.steps.saturating_sub(1);
            if !self.step(&mut budget) {
                return;
            }
        }
    }

    /// Executes a block, or a part of it that can be stopped behind; whether it goes on.
    fn step(&mut self, budget: &mut Budget) -> bool {
        let place = self.trigger.run.block;
        if place >= self.trigger.blocks.len() {
            self.end_model(Phase::Idle);
            return true;
        }
        // The block is lent out, and put back.
        self.trigger.run.last = place + 1;
        let block = std::mem::replace(&mut self.trigger.blocks[place], Block::Nop);
        let next = self.perform(&block, budget);
        self.trigger.blocks[place] = block;
        if !self.trigger.is_active() {
            return true;
        }
        let to = match next {
            Next::Again => return true,
            Next::Blocked => {
                self.trigger.phase = Phase::Waiting;
                return false;
            }
            Next::Failed => {
                self.end_model(Phase::Failed);
                self.report(code::MODEL_FAILED);
                self.output_off();
                return true;
            }
            Next::Follows => place + 1,
            Next::Jump(to) => to,
        };
        self.spend(timing::BLOCK);
        let now = self.clock.now();
        let run = &mut self.trigger.run;
        run.block = to;
        run.entered = false;
        run.entered_at = now;
        self.trigger.phase = Phase::Running;
        true
    }

    fn perform(&mut self, block: &Block, budget: &mut Budget) -> Next {
        let branch = |taken: bool, to: usize| if taken { Next::Jump(to) } else { Next::Follows };
        match *block {
            Block::Nop => Next::Follows,
            Block::BufferClear(buffer) => {
                self.clear_buffer(buffer);
                Next::Follows
            }
            Block::ConfigNext(list) => self.recall_in_model(list, self.lists.neighbour(list, true)),
            Block::ConfigPrevious(list) => {
                self.recall_in_model(list, self.lists.neighbour(list, false))
            }
            Block::ConfigRecall(list, index) => self.recall_in_model(list, index),
            Block::Delay(seconds) => self.delay(seconds),
            Block::UserDelay { of_source, index } => {
                let delays = if of_source {
                    self.settings.source.present().user_delays
                } else {
                    self.settings.sense.present().user_delays
                };
                self.delay(delays[index])
            }
            Block::DigitalIo { pattern, mask } => {
                for line in 0..self.lines.len() {
                    if mask >> line & 1 == 1 {
                        self.write_line(line, pattern >> line & 1 == 1);
                    }
                }
                Next::Follows
            }
            Block::Log { severity, ref text } => {
                let severity = match severity {
                    1 => Severity::Error,
                    2 => Severity::Warning,
                    _ => Severity::Information,
                };
                self.log_text(severity, text.clone());
                Next::Follows
            }
            Block::Measure { buffer, count } => self.measure_in_model(buffer, count, budget),
            Block::Notify(event) => {
                self.occur(event, self.clock.now());
                Next::Follows
            }
            Block::SourceState(true) => {
                self.output_on();
                Next::Follows
            }
            Block::SourceState(false) => {
                self.output_off();
                Next::Follows
            }
            Block::Wait { ref events, clear, all } => self.wait(events, clear, all),
            Block::BranchAlways(to) => {
                if to <= self.trigger.run.block {
                    budget.jumps = budget.jumps.saturating_sub(1);
                }
                Next::Jump(to)
            }
            Block::BranchCounter { target, to } => {
                let counter = &mut self.trigger.run.counters[self.trigger.run.block];
                *counter += 1;
                let again = *counter < target;
                if !again {
                    *counter = 0;
                }
                branch(again, to)
            }
            Block::BranchDelta { difference, to } => {
                let taken = match self.trigger.run.readings {
                    [Some(newest), Some(before)] => (before - newest).abs() <= difference,
                    _ => false,
                };
                branch(taken, to)
            }
            Block::BranchEvent { event, to } => {
                self.elapse_timers();
                let taken = self.collect(event, f64::NEG_INFINITY);
                branch(taken, to)
            }
            Block::BranchLimit { kind, low, high, to } => {
                branch(self.newest_is(kind, low, high), to)
            }
            Block::BranchLimitTest { kind, index, to } => {
                let test = self.settings.sense.present().limits[index];
                branch(self.newest_is(kind, test.low, test.high), to)
            }
            Block::BranchOnce(to) => branch(self.first_pass(), to),
            Block::BranchOnceExcluded(to) => {
                let again = !self.first_pass();
                if to <= self.trigger.run.block {
                    budget.jumps = budget.jumps.saturating_sub(1);
                }
                branch(again, to)
            }
            Block::BranchElapsed { seconds, to } => {
                branch(self.clock.now() - self.trigger.run.started_at < seconds, to)
            }
        }
    }

    /// Where the newest reading lies.
    fn newest_is(&self, kind: LimitType, low: f64, high: f64) -> bool {
        self.trigger.run.readings[0].is_some_and(|it| match kind {
            LimitType::Above => it > high,
            LimitType::Below => it < low,
            LimitType::Inside => it >= low && it <= high,
            LimitType::Outside => it < low || it > high,
        })
    }

    /// Whether the present block is passed for the first time.
    fn first_pass(&mut self) -> bool {
        let run = &mut self.trigger.run;
        let counter = &mut run.counters[run.block];
        let first = *counter == 0;
        *counter = 1;
        first
    }

    fn recall_in_model(&mut self, list: super::super::lists::ListId, index: usize) -> Next {
        match self.recall(list, index) {
            Ok(()) => Next::Follows,
            Err(_) => Next::Failed,
        }
    }

    fn delay(&mut self, seconds: f64) -> Next {
        self.elapse_timers();
        let end = self.trigger.run.entered_at + seconds;
        if self.approach(end) { Next::Follows } else { Next::Again }
    }

    fn measure_in_model(
        &mut self,
        buffer: BufferId,
        count: Option<u32>,
        budget: &mut Budget,
    ) -> Next {
        let run = &mut self.trigger.run;
        if !std::mem::replace(&mut run.entered, true) {
            run.measured = 0;
        }
        if count.is_some_and(|it| self.trigger.run.measured >= it) {
            return Next::Follows;
        }
        if self.buffers.get(buffer).is_none() {
            return Next::Failed;
        }
        if !self.approach(self.acquisition.settled_at) {
            return Next::Again;
        }
        let mut reading = self.acquire();
        let run = &mut self.trigger.run;
        if run.measured == 0 {
            reading.status |= STATUS_FIRST;
        }
        run.measured += 1;
        run.readings = [Some(reading.value), run.readings[0]];
        budget.readings = budget.readings.saturating_sub(1);
        let done = count == Some(run.measured);
        self.keep(buffer, reading);
        if done { Next::Follows } else { Next::Again }
    }

    /// Whether the model goes on with time alone.
    pub(in super::super) fn model_runs_by_itself(&self) -> bool {
        match self.trigger.phase {
            Phase::Running => true,
            Phase::Waiting => self.events.timers.iter().any(|it| it.due().is_some()),
            _ => false,
        }
    }
}
