//! The wait block, and how events are taken.

use super::{Event, run::Next};
use crate::keithley_2450::{Keithley2450, timing};

impl Keithley2450 {
    /// The wait block: until its events have occurred. Events from before count, where it does not
    /// clear them when it is entered.
    pub(super) fn wait(&mut self, events: &[Event], clear: bool, all: bool) -> Next {
        self.elapse_timers();
        if !std::mem::replace(&mut self.trigger.run.entered, true) {
            self.trigger.run.seen = 0;
            if clear {
                self.forget(events);
            }
        }
        for (index, event) in events.iter().enumerate() {
            let bit = 1 << index;
            if self.trigger.run.seen & bit == 0 && self.collect(*event, timing::TRIGGER_LATENCY) {
                self.trigger.run.seen |= bit;
                if !all {
                    return Next::Follows;
                }
            }
        }
        if self.trigger.run.seen.count_ones() as usize == events.len() {
            return Next::Follows;
        }
        let Some(due) = self.next_timer(events, self.paced) else { return Next::Blocked };
        self.approach(due);
        Next::Again
    }

    fn forget(&mut self, events: &[Event]) {
        for event in events {
            self.events.latches.take(*event);
            if let Some(line) = event.line() {
                self.forget_pulses(line);
            }
        }
    }

    /// Takes an event that has occurred. Of a pulse from outside, the time until it is acted on
    /// passes: a line's clock is another instrument's.
    pub(super) fn collect(&mut self, event: Event, latency: f64) -> bool {
        if self.events.latches.take(event) {
            return true;
        }
        let Some(line) = event.line() else { return false };
        let Some(at) = self.take_pulse(line) else { return false };
        self.occur(event, at);
        self.events.latches.take(event);
        let ready = self.clock.now().max(at) + latency;
        self.spend((ready - self.clock.now()).max(0.0));
        true
    }

    /// When a timer makes the next event. One that nobody waits for and that never ends would carry
    /// an instrument that nothing paces away for ever.
    fn next_timer(&self, events: &[Event], paced: bool) -> Option<f64> {
        let awaited = |index: usize| events.iter().any(|it| it.timer() == Some(index));
        let timers = self.events.timers.iter().enumerate();
        let counted = timers.filter(|(index, it)| paced || awaited(*index) || !it.is_endless());
        counted.filter_map(|(_, it)| it.due()).min_by(f64::total_cmp)
    }
}
