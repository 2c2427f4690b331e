//! The actions of all channels on one clock: the next event of them all happens, whosever it is.
//!
//! Two channels whose timers were started together come to the same instants. Of events at the
//! same time those of sources come first, then channel 1 comes before channel 2.

use super::{
    KeysightB2900,
    call::{Channels, Handled},
    code,
    machine::{Awaited, Stage},
    settings::{Action, LevelMode, Signal, Spacing, TriggerSource},
    timing,
};

/// Waiting is walked in strides no longer than this where time is told from outside, so that
/// what comes from there is not much too late.
const STRIDE: f64 = 10e-3;

/// What an event belongs to.
#[derive(Clone, Copy)]
struct Next {
    channel: usize,
    action: Action,
    at: f64,
}

impl KeysightB2900 {
    pub(super) fn is_idle(&self) -> bool {
        self.smus.iter().all(super::smu::Smu::is_idle)
    }

    /// Something goes on with time alone.
    pub(super) fn is_going_on(&self) -> bool {
        self.smus.iter().flat_map(|it| &it.machines).any(|it| it.is_running())
    }

    /// Starts actions of channels, all at this instant. Outputs come on by themselves where
    /// `:OUTP:ON:AUTO` says so.
    pub(super) fn initiate(&mut self, channels: Channels, actions: &[Action]) -> Handled {
        let chosen = || (0..self.smus.len()).filter(|it| channels[*it]);
        for channel in chosen() {
            let smu = &self.smus[channel];
            if actions.iter().any(|it| !smu.machines[*it as usize].is_idle()) {
                return Err(code::INIT_IGNORED);
            }
            let source = &smu.settings.source;
            let sourced = source.peek(source.quantity());
            let logarithmic =
                sourced.mode == LevelMode::Sweep && source.spacing == Spacing::Logarithmic;
            if logarithmic && sourced.start * sourced.stop <= 0.0 {
                return Err(code::SETTINGS_CONFLICT);
            }
        }
        self.check_power(channels)?;
        for channel in (0..self.smus.len()).filter(|it| channels[*it]) {
            let output = &self.smus[channel].settings.output;
            if output.on_auto && !output.on {
                self.output_on(channel)?;
            }
        }
        let now = self.clock.now();
        for smu in self.smus.iter_mut().zip(channels).filter(|it| it.1).map(|it| it.0) {
            smu.largest = smu.largest_level();
            for action in actions {
                let layers = smu.settings.trigger[*action as usize].clone();
                smu.machine(*action).initiate(&layers, now);
            }
            if actions.contains(&Action::Acquire) {
                smu.forget_readings();
            }
            if actions.contains(&Action::Transient) {
                smu.changes = 0;
            }
        }
        if self.time_reset_auto {
            self.clock.restart();
        }
        self.refresh_conditions();
        Ok(())
    }

    /// Ends actions of channels; what they have measured stays.
    pub(super) fn abort(&mut self, channels: Channels, actions: &[Action]) {
        for channel in (0..self.smus.len()).filter(|it| channels[*it]) {
            for action in actions {
                if !self.smus[channel].machine(*action).is_idle() {
                    self.smus[channel].machine(*action).abort();
                    self.ended(channel);
                    let now = self.clock.now();
                    self.wake_partner(channel, *action, now);
                }
            }
        }
        self.refresh_conditions();
    }

    /// Goes on until all has ended or waits for an event, or until `horizon`. What would never end
    /// makes one pass where the horizon is infinite.
    pub(super) fn proceed(&mut self, horizon: f64) {
        let before = self.endless_passes();
        self.hear_pins();
        while self.clock.now() < horizon && self.is_going_on() {
            if horizon.is_infinite() && !self.ends_by_itself() && self.endless_passes() > before {
                return;
            }
            self.step(horizon);
        }
    }

    /// Goes on with everything that is due up to `until`, and lets time pass to there exactly.
    pub(super) fn proceed_to(&mut self, until: f64) {
        self.hear_pins();
        while let Some(next) = self.next_event().filter(|it| it.at <= until) {
            self.reach(next);
        }
        self.elapse(until - self.clock.now());
    }

    /// Completed actions of what never ends.
    fn endless_passes(&self) -> u64 {
        let of = |smu: &super::smu::Smu| {
            let endless = smu.machines.iter().zip(&smu.settings.trigger);
            endless.filter(|it| it.1.is_endless()).map(|it| it.0.total).sum::<u64>()
        };
        self.smus.iter().map(of).sum()
    }

    /// Something runs that is going to end.
    fn ends_by_itself(&self) -> bool {
        let of = |smu: &super::smu::Smu| {
            let mut all = smu.machines.iter().zip(&smu.settings.trigger);
            all.any(|(machine, layers)| machine.is_running() && !layers.is_endless())
        };
        self.smus.iter().any(of)
    }

    fn next_event(&self) -> Option<Next> {
        let mut next: Option<Next> = None;
        for action in [Action::Transient, Action::Acquire] {
            for (channel, smu) in self.smus.iter().enumerate() {
                let machine = &smu.machines[action as usize];
                if machine.is_running() && next.is_none_or(|it| machine.at < it.at) {
                    next = Some(Next { channel, action, at: machine.at });
                }
            }
        }
        next
    }

    fn step(&mut self, horizon: f64) {
        let Some(next) = self.next_event() else { return };
        let now = self.clock.now();
        let furthest = if horizon.is_finite() { horizon.max(now + STRIDE) } else { f64::INFINITY };
        if next.at > furthest {
            self.elapse(furthest - now);
            return;
        }
        self.reach(next);
    }

    fn reach(&mut self, next: Next) {
        self.elapse(next.at - self.clock.now());
        self.happen(next);
        self.guard_outputs();
        self.hear_pins();
    }

    /// Lets `seconds` pass with the terminals as they are.
    pub(super) fn elapse(&mut self, seconds: f64) {
        if seconds > 0.0 {
            for smu in &mut self.smus {
                smu.channel.terminals.pass(seconds);
            }
            self.clock.advance(seconds);
        }
    }

    fn happen(&mut self, Next { channel, action, at }: Next) {
        let now = self.clock.now();
        let layers = &self.smus[channel].settings.trigger[action as usize];
        let (arm_delay, arm_output) = (layers.arm.delay, layers.arm.output);
        let (delay, output) = (layers.trigger.delay, layers.trigger.output);
        let machine = self.smus[channel].machine(action);
        match machine.stage {
            Stage::Idle => {}
            Stage::Arm => {
                self.fire(arm_output.on.then_some(arm_output.signal));
                self.enter_trigger(channel, action, at + arm_delay);
            }
            Stage::Trigger => {
                // A trigger that was held may lie behind.
                let start = (at + delay).max(now);
                machine.expect(Stage::Start, start);
                self.fire(output.on.then_some(output.signal));
                if start == now {
                    self.start(channel, action, now);
                }
            }
            Stage::Start => self.start(channel, action, at),
            Stage::Rise => self.rise(channel, at),
            Stage::Middle => match action {
                Action::Transient => self.fall(channel, at),
                Action::Acquire => self.sample(channel),
            },
            Stage::Finish => self.finish(channel, action, at),
        }
    }

    /// A signal goes out: to who waits for it inside, or to a pin.
    pub(super) fn fire(&mut self, signal: Option<Signal>) {
        let Some(signal) = signal else { return };
        let now = self.clock.now();
        if let Some(pin) = signal.pin() {
            self.connector.pulse(pin, now);
        }
        if let Some(source) = signal.heard_as() {
            // UNVERIFIED: no faster than a timer; and two channels that trigger each other get on.
            self.notify(source, now + self.model.fastest_timer);
        }
    }

    /// An event for whoever waits for it; whether anybody did.
    pub(super) fn notify(&mut self, source: TriggerSource, at: f64) -> bool {
        let mut heard = false;
        for machine in self.smus.iter_mut().flat_map(|it| &mut it.machines) {
            heard |= machine.notify(source, at);
        }
        if heard {
            self.refresh_conditions();
        }
        heard
    }

    /// Takes the pulses that have come to pins that somebody waits for.
    pub(super) fn hear_pins(&mut self) {
        let awaited = |machine: &super::machine::Machine| match machine.awaited {
            Some(Awaited::Event(source)) => source.pin().map(|pin| (source, pin)),
            _ => None,
        };
        while let Some((source, at)) = self
            .smus
            .iter()
            .flat_map(|it| &it.machines)
            .filter_map(awaited)
            .find_map(|(source, pin)| self.connector.take(pin).map(|at| (source, at)))
        {
            let at = at.max(self.clock.now()) + timing::TRIGGER_LATENCY;
            self.notify(source, at);
        }
    }
}
