//! What the actions do when their events come: change the source, measure, and go round again.

use super::{
    KeysightB2900,
    machine::{Awaited, Stage},
    settings::{Action, LevelMode, Shape, TriggerSource},
    timing,
};

impl KeysightB2900 {
    pub(super) fn start(&mut self, channel: usize, action: Action, at: f64) {
        let smu = &mut self.smus[channel];
        let source = &smu.settings.source;
        match (action, source.shape) {
            (Action::Transient, Shape::Dc) => {
                // A change may come too soon after the one before.
                let earliest = smu.changed + source.wait.time(0.0);
                if earliest > at {
                    return smu.machine(action).expect(Stage::Start, earliest);
                }
                self.change(channel, at);
                self.finish(channel, action, at);
            }
            (Action::Transient, Shape::Pulse) => {
                let delay = source.pulse_delay;
                smu.machine(action).expect(Stage::Rise, at + delay);
                if delay == 0.0 {
                    self.rise(channel, at);
                }
            }
            (Action::Acquire, _) => {
                let begun = at.max(smu.changed + smu.sense_wait());
                smu.begun = begun;
                let middle = begun + 0.5 * smu.aperture();
                smu.machine(action).expect(Stage::Middle, middle);
            }
        }
    }

    /// The next level of a run comes to the terminals.
    fn change(&mut self, channel: usize, at: f64) {
        let smu = &mut self.smus[channel];
        smu.point = Some(smu.next_point(smu.changes as usize));
        smu.changes += 1;
        smu.ready = at;
        smu.changed = at;
        smu.apply();
        let output = smu.settings.source.output;
        self.fire(output.on.then_some(output.signal));
    }

    pub(super) fn rise(&mut self, channel: usize, at: f64) {
        self.change(channel, at);
        let smu = &mut self.smus[channel];
        let (width, aperture) = (smu.settings.source.pulse_width, smu.aperture());
        smu.machine(Action::Transient).expect(Stage::Middle, at + width);
        // Automatic measurements end with the pulse. UNVERIFIED.
        smu.ready = at + (width - aperture).max(0.0);
        self.wake_partner(channel, Action::Transient, at);
    }

    /// A pulse is over: back to the immediate level.
    pub(super) fn fall(&mut self, channel: usize, at: f64) {
        let smu = &mut self.smus[channel];
        smu.point = None;
        smu.apply();
        self.finish(channel, Action::Transient, at);
    }

    pub(super) fn sample(&mut self, channel: usize) {
        let functions = self.smus[channel].settings.sense.functions;
        let (reading, moved) = self.measure(channel, functions);
        let smu = &mut self.smus[channel];
        let done = smu.begun + smu.conversion(moved);
        smu.machine(Action::Acquire).expect(Stage::Finish, done);
        smu.keep(reading);
        let output = smu.settings.sense.output;
        self.note_reading(channel, reading);
        self.fire(output.on.then_some(output.signal));
    }

    pub(super) fn finish(&mut self, channel: usize, action: Action, at: f64) {
        let smu = &mut self.smus[channel];
        let layers = &smu.settings.trigger[action as usize];
        if smu.machines[action as usize].complete(layers, at) {
            self.enter_trigger(channel, action, at);
        } else {
            if smu.machine(action).is_idle() {
                self.ended(channel);
            }
            self.refresh_conditions();
        }
        if std::mem::take(&mut self.smus[channel].machine(action).lost) {
            self.note_lost_event(channel, action);
        }
        self.wake_partner(channel, action, at);
    }

    pub(super) fn enter_trigger(&mut self, channel: usize, action: Action, at: f64) {
        let ready = self.is_turn_of(channel, action);
        // A source that does not wait for its meter steps no faster than a timer could make it.
        let alone = action == Action::Transient && !self.is_automatic(channel, Action::Acquire);
        let alternates = self.is_automatic(channel, Action::Transient);
        let smu = &mut self.smus[channel];
        let trigger = &smu.settings.trigger[action as usize].trigger;
        let again = smu.machines[action as usize].total > 0;
        let at = match (trigger.source, action) {
            (TriggerSource::Automatic, Action::Transient) if alone && again => {
                at + self.model.fastest_timer
            }
            (TriggerSource::Automatic, Action::Acquire) => {
                let free = if again { at + timing::CONVERSION } else { at };
                if alternates { free.max(smu.ready) } else { free }
            }
            _ => at,
        };
        smu.machines[action as usize].enter_trigger(trigger, at, ready);
        if smu.machines[action as usize].at.is_infinite() {
            self.refresh_conditions();
        }
    }

    /// Automatic triggers of a channel's two actions alternate, the source first, while both run.
    fn is_turn_of(&self, channel: usize, action: Action) -> bool {
        let smu = &self.smus[channel];
        let readings = smu.machines[Action::Acquire as usize].total;
        match action {
            Action::Transient => {
                !self.is_automatic(channel, Action::Acquire) || smu.changes <= readings
            }
            Action::Acquire => {
                !self.is_automatic(channel, Action::Transient) || smu.changes > readings
            }
        }
    }

    /// An action runs, on automatic triggers.
    fn is_automatic(&self, channel: usize, action: Action) -> bool {
        let smu = &self.smus[channel];
        let source = smu.settings.trigger[action as usize].trigger.source;
        source == TriggerSource::Automatic && !smu.machines[action as usize].is_idle()
    }

    /// The other action of a channel may have waited for its turn.
    pub(super) fn wake_partner(&mut self, channel: usize, action: Action, at: f64) {
        let partner = match action {
            Action::Transient => Action::Acquire,
            Action::Acquire => Action::Transient,
        };
        let machine = &self.smus[channel].machines[partner as usize];
        if machine.awaited == Some(Awaited::Partner) && self.is_turn_of(channel, partner) {
            self.enter_trigger(channel, partner, at.max(machine.since));
        }
    }

    /// An action has gone idle, by itself or not. When both have, a fixed level stays as triggered,
    /// and a sweep gives way to the level before it or stays at its end (User's Guide Edition 5,
    /// page 4-29). That `:FUNC:TRIG:CONT` is what chooses between the two is UNVERIFIED.
    pub(super) fn ended(&mut self, channel: usize) {
        let smu = &mut self.smus[channel];
        if smu.is_idle() {
            let source = &smu.settings.source;
            let swept = source.peek(source.quantity()).mode != LevelMode::Fixed;
            if !(swept && source.continuous) {
                smu.point = None;
                smu.apply();
            }
            if smu.settings.output.off_auto {
                self.output_off(channel);
            }
        }
        if self.is_idle() && std::mem::take(&mut self.completion_asked) {
            self.note_operation_complete();
        }
    }
}
