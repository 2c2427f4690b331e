//! The trigger model: arm layer, trigger layer, and the runs that pass through them.

use super::{
    Keithley2400,
    call::Handled,
    code,
    readings::{CAPACITY, Status},
    settings::{ArmSource, Bypass, Feed, Function, LevelMode, TriggerSource},
    timing,
};

/// Where the trigger model stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    /// In the arm layer, until an event comes from outside.
    WaitingForArm,
    /// In the trigger layer, until an event comes from outside.
    WaitingForTrigger,
    /// Measuring without end. Simulated time stands still after one pass, since nothing but an
    /// abort can be seen from outside.
    Endless,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    points: usize,
    arms: u32,
    /// Simulated time of the last pass through a timed arm layer.
    armed_at: f64,
}

impl Keithley2400 {
    /// While true, all commands but a few wait.
    pub(crate) fn is_busy(&self) -> bool {
        self.phase != Phase::Idle
    }

    /// Leaves idle.
    pub(super) fn initiate(&mut self) -> Handled {
        if !self.settings.output.on && !self.settings.source.clear_auto {
            return Err(code::OUTPUT_OFF);
        }
        self.check_staircase()?;
        self.pass(timing::REPLY);
        self.samples.clear();
        self.run = Run { armed_at: self.clock.reading(), ..Run::default() };
        self.proceed(false);
        Ok(())
    }

    /// Back to idle.
    pub(super) fn abort(&mut self) {
        self.phase = Phase::Idle;
        self.refresh_conditions();
    }

    /// `*TRG`.
    pub(super) fn bus_trigger(&mut self) -> Handled {
        if self.phase != Phase::WaitingForArm || self.settings.trigger.arm_source != ArmSource::Bus
        {
            return Err(code::TRIGGER_IGNORED);
        }
        self.proceed(true);
        Ok(())
    }

    /// Runs until the end or until an event is needed; `event` is one that has come.
    fn proceed(&mut self, mut event: bool) {
        let trigger = self.settings.trigger.clone();
        while trigger.arm_count.is_none_or(|count| self.run.arms < count) {
            let bypassed = self.run.arms == 0 && trigger.arm_bypass == Bypass::Source;
            match trigger.arm_source {
                ArmSource::Immediate => {}
                ArmSource::Timer => self.wait_for_timer(trigger.arm_timer),
                _ if event || bypassed => event = false,
                _ => return self.enter(Phase::WaitingForArm),
            }
            if trigger.source == TriggerSource::TriggerLink && trigger.bypass == Bypass::Acceptor {
                return self.enter(Phase::WaitingForTrigger);
            }
            for _ in 0..trigger.count {
                self.one_point();
            }
            self.run.arms += 1;
            if trigger.arm_count.is_none() && self.arms_itself() {
                return self.enter(Phase::Endless);
            }
        }
        self.apply_after_run();
        self.enter(Phase::Idle);
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.refresh_conditions();
    }

    /// The timer passes the first arm at once and then once in every interval.
    fn wait_for_timer(&mut self, interval: f64) {
        if self.run.arms > 0 {
            let due = self.run.armed_at + interval;
            self.pass((due - self.clock.reading()).max(0.0));
        }
        self.run.armed_at = self.clock.reading();
    }

    fn one_point(&mut self) {
        let point = self.point(self.run.points);
        let reading = self.source_delay_measure(point, self.run.points == 0);
        self.run.points += 1;
        self.latest = Some(reading);
        if self.samples.len() < CAPACITY {
            self.samples.push(reading);
        }
        if self.trace.feed == Feed::Sense {
            self.trace.store(reading);
        }
        self.note_reading(
            reading.status.has(Status::OVERFLOW),
            reading.status.has(Status::COMPLIANCE) || reading.status.has(Status::RANGE_COMPLIANCE),
        );
    }

    /// A fixed source goes back to its level; a sweep stays at its last point. The latter is
    /// UNVERIFIED.
    fn apply_after_run(&mut self) {
        let source = &self.settings.source;
        let function = match source.function {
            Function::Current => &source.current,
            Function::Voltage | Function::Memory => &source.voltage,
        };
        if function.mode == LevelMode::Fixed || source.clear_auto {
            self.apply();
        }
    }
}
