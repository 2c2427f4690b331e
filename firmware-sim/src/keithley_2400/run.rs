//! The trigger model: arm layer, trigger layer, and the runs that pass through them (User's Manual
//! chapter 11).

use super::{
    Keithley2400,
    call::Handled,
    code, commands,
    readings::{CAPACITY, Reading, Status},
    settings::{
        ArmOutput, ArmSource, Bypass, ClearMode, ComplianceAbort, Feed, Function, LevelMode,
        TriggerSource,
    },
    sourcing::Point,
    timing,
};

/// Where the trigger model stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    /// Nothing from outside is needed.
    Running,
    /// In the arm layer, until an event comes from outside.
    WaitingForArm,
    /// In the trigger layer, until an event comes from outside.
    WaitingForTrigger,
}

/// What a run does next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Arm,
    Trigger,
    Delay,
    Measure,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    stage: Stage,
    points: usize,
    /// Completed passes through the arm layer.
    arms: u32,
    /// Completed passes through the trigger layer since the last arm.
    triggers: u32,
    /// Simulated time of the last pass through a timed arm layer.
    armed_at: f64,
    /// A `*TRG` or the like that has not been used yet.
    event: bool,
    /// What is on the terminals.
    point: Option<Point>,
    /// The source went there for this point.
    moves: bool,
    /// The largest level of all points.
    largest: f64,
    /// Source-memory places are swept through.
    memory: bool,
}

impl Keithley2400 {
    /// While true, all commands but a few wait.
    pub(super) fn is_busy(&self) -> bool {
        self.phase != Phase::Idle
    }

    /// Leaves idle.
    pub(super) fn initiate(&mut self) -> Handled {
        if !self.settings.output.on && !self.settings.source.clear_auto {
            return Err(code::OUTPUT_OFF);
        }
        commands::check_sweep(self)?;
        if self.settings.time_reset_auto {
            self.clock.restart();
        }
        let calculate = &self.settings.calculate;
        if calculate.clear_auto && calculate.tests() {
            self.clear_verdicts();
        }
        self.spend(self.link.start);
        self.samples.clear();
        self.carried = 0;
        self.run = Run {
            largest: self.largest_level(),
            memory: self.settings.source.function == Function::Memory,
            ..Run::default()
        };
        self.enter(Phase::Running);
        Ok(())
    }

    /// Back to idle.
    pub(super) fn abort(&mut self) {
        self.answers_run = false;
        self.rest();
    }

    fn rest(&mut self) {
        if std::mem::take(&mut self.run.memory) {
            self.settings.source.function = Function::Memory;
        }
        if self.settings.digital.clear_auto {
            self.lines = self.settings.digital.level;
        }
        self.enter(Phase::Idle);
    }

    /// `*TRG`.
    pub(super) fn bus_trigger(&mut self) -> Handled {
        if self.phase != Phase::WaitingForArm || self.settings.trigger.arm_source != ArmSource::Bus
        {
            return Err(code::TRIGGER_IGNORED);
        }
        self.run.event = true;
        Ok(())
    }

    /// Goes on until the end, until an event is needed, or until `horizon`. A run without end makes
    /// one pass where the horizon is infinite: nothing but an abort can be seen from outside.
    pub(super) fn proceed(&mut self, horizon: f64) {
        let endless = self.settings.trigger.arm_count.is_none() && horizon.is_infinite();
        let passed = self.run.arms;
        while self.is_busy() && self.clock.now() < horizon {
            if endless && self.run.arms > passed || !self.step() {
                return;
            }
        }
    }

    /// Takes one step; whether it could be taken without waiting.
    fn step(&mut self) -> bool {
        match self.run.stage {
            Stage::Arm => self.pass_arm_layer(),
            Stage::Trigger => self.source_next(),
            Stage::Delay => self.delay(),
            Stage::Measure => self.measure(),
        }
    }

    fn enter(&mut self, phase: Phase) {
        if self.phase != phase {
            self.phase = phase;
            self.refresh_operation();
        }
    }

    fn wait_in(&mut self, phase: Phase) -> bool {
        self.enter(phase);
        false
    }

    fn pass_arm_layer(&mut self) -> bool {
        let trigger = &self.settings.trigger;
        if trigger.arm_count.is_some_and(|count| self.run.arms >= count) {
            self.apply_after_run();
            self.rest();
            return true;
        }
        let (timer, line) = (trigger.arm_timer, trigger.arm_input_line);
        let bypassed = self.run.arms == 0 && trigger.arm_bypass == Bypass::Source;
        let enters = (trigger.arm_output == ArmOutput::Enter).then_some(trigger.arm_output_line);
        let arm_source = trigger.arm_source;
        match arm_source {
            ArmSource::Immediate => {}
            ArmSource::Timer => self.wait_for_timer(timer),
            _ if bypassed => {}
            ArmSource::TriggerLink if self.take_pulse(line) => {}
            _ if std::mem::take(&mut self.run.event) => {}
            _ => return self.wait_in(Phase::WaitingForArm),
        }
        self.enter(Phase::Running);
        self.run.triggers = 0;
        self.run.stage = Stage::Trigger;
        self.pulse(enters);
        true
    }

    /// Whether the trigger layer may go past one of its three events: those that are enabled wait
    /// for a pulse on the input line.
    fn may_pass(&mut self, enabled: bool) -> bool {
        let trigger = &self.settings.trigger;
        if trigger.source == TriggerSource::Immediate || !enabled {
            return true;
        }
        let line = trigger.input_line;
        if self.take_pulse(line) {
            self.enter(Phase::Running);
            return true;
        }
        self.wait_in(Phase::WaitingForTrigger)
    }

    fn source_next(&mut self) -> bool {
        let trigger = &self.settings.trigger;
        let bypassed = self.run.triggers == 0 && trigger.bypass == Bypass::Source;
        let (delay, inputs, outputs) = (trigger.delay, trigger.inputs, trigger.outputs);
        if !bypassed && !self.may_pass(inputs.source) {
            return false;
        }
        self.spend(delay);
        if self.run.memory {
            self.recall_point(self.run.points);
        }
        let point = self.point(self.run.points, self.run.largest);
        self.run.moves = self.source(point);
        self.run.point = Some(point);
        self.run.stage = Stage::Delay;
        self.pulse_output(outputs.source);
        true
    }

    fn delay(&mut self) -> bool {
        let (inputs, outputs) = (self.settings.trigger.inputs, self.settings.trigger.outputs);
        if !self.may_pass(inputs.delay) {
            return false;
        }
        if let Some(point) = self.run.point {
            self.settle(point, self.run.points == 0);
        }
        self.run.stage = Stage::Measure;
        self.pulse_output(outputs.delay);
        if self.settings.source.compliance_abort == ComplianceAbort::Early && self.is_sweeping() {
            let limiting = self.channel.operating().limiting;
            self.end_if(limiting);
        }
        true
    }

    fn measure(&mut self) -> bool {
        let (inputs, outputs) = (self.settings.trigger.inputs, self.settings.trigger.outputs);
        if !self.may_pass(inputs.sense) {
            return false;
        }
        let mut limiting = false;
        if let Some(point) = self.run.point.take() {
            let reading = self.read(point, self.run.moves);
            limiting = reading.status.has(Status::COMPLIANCE);
            self.keep(&reading);
        }
        self.run.points += 1;
        self.run.triggers += 1;
        self.run.stage = Stage::Trigger;
        self.pulse_output(outputs.sense);
        let trigger = &self.settings.trigger;
        let layer_done = self.run.triggers >= trigger.count;
        let source = &self.settings.source;
        if source.clear_auto && (layer_done || source.clear_mode == ClearMode::Always) {
            self.de_energise();
        }
        if self.settings.source.compliance_abort == ComplianceAbort::Late && self.is_sweeping() {
            self.end_if(limiting);
        }
        let trigger = &self.settings.trigger;
        if layer_done && self.is_busy() {
            let exits = (trigger.arm_output == ArmOutput::Exit).then_some(trigger.arm_output_line);
            self.run.arms += 1;
            self.run.stage = Stage::Arm;
            self.pulse(exits);
        }
        true
    }

    fn pulse_output(&self, enabled: bool) {
        self.pulse(enabled.then_some(self.settings.trigger.output_line));
    }

    fn pulse(&self, line: Option<u32>) {
        if let Some(line) = line {
            self.connector.pulse(line, self.clock.now());
        }
    }

    /// Takes a pulse that has come on `line`, and lets the time pass until it is acted on.
    fn take_pulse(&mut self, line: u32) -> bool {
        let Some(at) = self.connector.take_latched(line, self.clock.now()) else {
            return false;
        };
        let ready = self.clock.now() + timing::REARM;
        self.spend((ready.max(at) + timing::TRIGGER_LATENCY) - self.clock.now());
        true
    }

    /// A staircase, a list or source memory is being swept.
    fn is_sweeping(&self) -> bool {
        let source = &self.settings.source;
        self.run.memory || source.of(source.quantity()).mode != LevelMode::Fixed
    }

    /// `:SOUR:SWE:CAB`: in compliance the sweep ends here. Its readings so far are what it answers,
    /// UNVERIFIED.
    fn end_if(&mut self, limiting: bool) {
        if limiting {
            self.apply_after_run();
            self.rest();
        }
    }

    /// The timer passes the first arm at once and then once in every interval.
    fn wait_for_timer(&mut self, interval: f64) {
        if self.run.arms > 0 {
            let due = self.run.armed_at + interval;
            self.spend((due - self.clock.now()).max(0.0));
        }
        self.run.armed_at = self.clock.now();
    }

    fn keep(&mut self, reading: &Reading) {
        self.latest = Some(*reading);
        if self.samples.len() < CAPACITY {
            self.samples.push(*reading);
        }
        let fed = match self.trace.feed {
            Feed::Sense => true,
            Feed::Calculate1 => self.settings.calculate.math_on,
            Feed::Calculate2 => self.settings.calculate.null_on || self.settings.calculate.tests(),
        };
        if fed && self.trace.is_storing() {
            self.trace.store(*reading);
            self.refresh_buffer();
        }
        self.note_reading(reading);
    }

    /// A fixed source goes back to its level; a sweep stays at its last point. The latter is
    /// UNVERIFIED.
    fn apply_after_run(&mut self) {
        let source = &self.settings.source;
        if !self.is_sweeping() || source.clear_auto {
            self.apply();
        }
    }
}
