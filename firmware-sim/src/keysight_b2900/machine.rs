//! The ARM-TRIGger model of one action of one channel (User's Guide, "Trigger System"): when its
//! next event is due, and how often it has gone round. What the events do is told elsewhere.

use super::settings::{INFINITE, Layer, Layers, TriggerSource};

/// Where an action stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    #[default]
    Idle,
    /// The next event is the arm layer's.
    Arm,
    /// The next event is the trigger layer's.
    Trigger,
    /// The trigger's delay is passing.
    Start,
    /// The source rises to a pulse's peak.
    Rise,
    /// In the middle of a conversion, or at a pulse's end.
    Middle,
    /// The action ends.
    Finish,
}

/// What an action waits for when no time is set for its next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    /// An event from outside of it.
    Event(TriggerSource),
    /// The other action of its channel: automatic triggers alternate.
    Partner,
}

/// The state of one action.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Machine {
    pub(super) stage: Stage,
    /// When the next event is due, in seconds since power-on; infinite while something is awaited.
    pub(super) at: f64,
    pub(super) awaited: Option<Awaited>,
    /// Events count from here on.
    pub(super) since: f64,
    /// Completed passes through the arm layer.
    arms: u32,
    /// Completed passes through the trigger layer since the last arm.
    triggers: u32,
    /// Completed actions since the start.
    pub(super) total: u64,
    arm_timer: Timer,
    trigger_timer: Timer,
    /// Two triggers of a timer came while the action was not done: one was held, one is lost.
    pub(super) lost: bool,
}

/// A timer's instants: its first one and multiples of the interval, so that no error adds up.
#[derive(Clone, Copy, Debug, Default)]
struct Timer {
    origin: f64,
    tick: u64,
}

impl Timer {
    fn start(&mut self, now: f64) -> f64 {
        *self = Timer { origin: now, tick: 0 };
        now
    }

    /// The next instant, and whether one was missed. One that came before `ready`, by less than an
    /// interval, was held.
    fn next(&mut self, interval: f64, ready: f64) -> (f64, bool) {
        self.tick += 1;
        // The last bit of a sum must not cost a whole interval.
        let passed = ((ready - self.origin) / interval + 1e-6).floor().max(0.0) as u64;
        let missed = passed > self.tick;
        self.tick = self.tick.max(passed);
        (self.origin + self.tick as f64 * interval, missed)
    }
}

impl Machine {
    pub(super) fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    /// It goes on with time alone.
    pub(super) fn is_running(&self) -> bool {
        !self.is_idle() && self.at.is_finite()
    }

    /// Leaves idle at `now`.
    pub(super) fn initiate(&mut self, layers: &Layers, now: f64) {
        *self = Machine::default();
        self.enter_arm(&layers.arm, now);
    }

    /// Back to idle.
    pub(super) fn abort(&mut self) {
        *self = Machine { total: self.total, ..Machine::default() };
    }

    /// The next event is at `at`.
    pub(super) fn expect(&mut self, stage: Stage, at: f64) {
        self.stage = stage;
        self.at = at;
        self.awaited = None;
    }

    fn wait(&mut self, stage: Stage, awaited: Awaited, since: f64) {
        self.stage = stage;
        self.at = f64::INFINITY;
        self.awaited = Some(awaited);
        self.since = since;
    }

    fn enter_arm(&mut self, arm: &Layer, now: f64) {
        let first = self.arms == 0;
        match arm.source {
            TriggerSource::Automatic => self.expect(Stage::Arm, now),
            TriggerSource::Timer if first => {
                let at = self.arm_timer.start(now);
                self.expect(Stage::Arm, at);
            }
            TriggerSource::Timer => {
                let (at, missed) = self.arm_timer.next(arm.timer, now);
                self.lost |= missed;
                self.expect(Stage::Arm, at);
            }
            _ if first && arm.bypass => self.expect(Stage::Arm, now),
            event => self.wait(Stage::Arm, Awaited::Event(event), now),
        }
    }

    /// Enters the trigger layer at `now`. With an automatic source that alternates with the other
    /// action, `ready` says whether it is this one's turn.
    pub(super) fn enter_trigger(&mut self, trigger: &Layer, now: f64, ready: bool) {
        let first = self.triggers == 0;
        match trigger.source {
            TriggerSource::Automatic if ready => self.expect(Stage::Trigger, now),
            TriggerSource::Automatic => self.wait(Stage::Trigger, Awaited::Partner, now),
            TriggerSource::Timer if first => {
                let at = self.trigger_timer.start(now);
                self.expect(Stage::Trigger, at);
            }
            TriggerSource::Timer => {
                let (at, missed) = self.trigger_timer.next(trigger.timer, now);
                self.lost |= missed;
                self.expect(Stage::Trigger, at);
            }
            _ if first && self.arms == 0 && trigger.bypass => self.expect(Stage::Trigger, now),
            event => self.wait(Stage::Trigger, Awaited::Event(event), now),
        }
    }

    /// Counts a completed action; whether the trigger layer is to be entered again. Otherwise the
    /// next stage is set: the arm layer, or idle.
    pub(super) fn complete(&mut self, layers: &Layers, now: f64) -> bool {
        self.total += 1;
        self.triggers = self.triggers.saturating_add(1);
        if layers.trigger.count == INFINITE || self.triggers < layers.trigger.count {
            return true;
        }
        self.triggers = 0;
        self.arms = self.arms.saturating_add(1);
        if layers.arm.count == INFINITE || self.arms < layers.arm.count {
            self.enter_arm(&layers.arm, now);
        } else {
            self.abort();
        }
        false
    }

    /// An event from outside that came at `at`; whether it was waited for.
    pub(super) fn notify(&mut self, event: TriggerSource, at: f64) -> bool {
        if self.awaited != Some(Awaited::Event(event)) {
            return false;
        }
        self.expect(self.stage, at.max(self.since));
        true
    }

    /// It waits in its arm layer, or in its trigger layer.
    pub(super) fn waits_in(&self, stage: Stage) -> bool {
        self.stage == stage && matches!(self.awaited, Some(Awaited::Event(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_keeps_to_multiples_of_its_interval_and_says_what_it_missed() {
        let mut timer = Timer::default();
        assert_eq!(timer.start(0.5), 0.5);
        for tick in 1..1000 {
            let due = 0.5 + f64::from(tick) * 1e-4;
            assert_eq!(timer.next(1e-4, due - 5e-5), (due, false));
        }
        // The thousandth comes while something is not done, and is held.
        assert_eq!(timer.next(1e-4, 0.5 + 1000.5 * 1e-4), (0.5 + 1000.0 * 1e-4, false));
        // Then two come, and the older one is lost.
        assert_eq!(timer.next(1e-4, 0.5 + 1002.5 * 1e-4), (0.5 + 1002.0 * 1e-4, true));
    }
}
