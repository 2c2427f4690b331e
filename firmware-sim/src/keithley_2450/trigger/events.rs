//! Trigger events, and the timers and blenders that make new ones of them (2450 Reference Manual,
//! section 3, "Triggering").

use super::super::Keithley2450;
use crate::engine::choice::choice;

choice!(
    /// What trigger model blocks wait for and what pulses, timers and blenders are started by.
    Event {
        None = "NONE", Command = "COMMand", Display = "DISPlay", SourceLimit = "SLIMit",
        Notify1 = "NOTify1", Notify2 = "NOTify2", Notify3 = "NOTify3", Notify4 = "NOTify4",
        Notify5 = "NOTify5", Notify6 = "NOTify6", Notify7 = "NOTify7", Notify8 = "NOTify8",
        Blender1 = "BLENder1", Blender2 = "BLENder2",
        Timer1 = "TIMer1", Timer2 = "TIMer2", Timer3 = "TIMer3", Timer4 = "TIMer4",
        Digital1 = "DIGio1", Digital2 = "DIGio2", Digital3 = "DIGio3", Digital4 = "DIGio4",
        Digital5 = "DIGio5", Digital6 = "DIGio6",
        Lan1 = "LAN1", Lan2 = "LAN2", Lan3 = "LAN3", Lan4 = "LAN4",
        Lan5 = "LAN5", Lan6 = "LAN6", Lan7 = "LAN7", Lan8 = "LAN8",
        Link1 = "TSPLink1", Link2 = "TSPLink2", Link3 = "TSPLink3",
    }
);

const NOTIFY: [Event; 8] = [
    Event::Notify1,
    Event::Notify2,
    Event::Notify3,
    Event::Notify4,
    Event::Notify5,
    Event::Notify6,
    Event::Notify7,
    Event::Notify8,
];
const BLENDER: [Event; 2] = [Event::Blender1, Event::Blender2];
const TIMER: [Event; 4] = [Event::Timer1, Event::Timer2, Event::Timer3, Event::Timer4];
const DIGITAL: [Event; 6] = [
    Event::Digital1,
    Event::Digital2,
    Event::Digital3,
    Event::Digital4,
    Event::Digital5,
    Event::Digital6,
];

impl Event {
    /// The event of a notify block, from zero.
    pub(crate) fn notify(index: usize) -> Option<Event> {
        NOTIFY.get(index).copied()
    }

    /// The event of a digital line, from zero.
    pub(crate) fn digital(index: usize) -> Option<Event> {
        DIGITAL.get(index).copied()
    }

    /// The digital line whose event this is, from zero.
    pub(crate) fn line(self) -> Option<usize> {
        DIGITAL.iter().position(|it| *it == self)
    }

    /// The timer whose event this is, from zero.
    pub(crate) fn timer(self) -> Option<usize> {
        TIMER.iter().position(|it| *it == self)
    }

    fn bit(self) -> u64 {
        1 << self as u32
    }
}

/// Events that have occurred and have not been used yet.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Latches(u64);

impl Latches {
    pub(crate) fn set(&mut self, event: Event) {
        self.0 |= event.bit();
    }

    /// Whether an event has occurred; it has not any more.
    pub(crate) fn take(&mut self, event: Event) -> bool {
        let any = self.0 & event.bit() != 0;
        self.0 &= !event.bit();
        any
    }
}

/// A trigger timer.
#[derive(Clone, Debug)]
pub(crate) struct Timer {
    pub(crate) enabled: bool,
    /// Seconds.
    pub(crate) delay: f64,
    /// Events of one start; zero goes on for ever.
    pub(crate) count: u32,
    pub(crate) stimulus: Event,
    /// An event at the start as well.
    pub(crate) at_start: bool,
    pub(crate) start: f64,
    pub(crate) start_fraction: f64,
    /// Started while it was running.
    pub(crate) overrun: bool,
    /// When the next event is due, and how many are left, `None` without end.
    running: Option<(f64, Option<u32>)>,
}

impl Timer {
    pub(crate) fn reset() -> Timer {
        Timer {
            enabled: false,
            delay: 10e-6,
            count: 1,
            stimulus: Event::None,
            at_start: false,
            start: 0.0,
            start_fraction: 0.0,
            overrun: false,
            running: None,
        }
    }

    /// Starts at the time that was set for it, or now where that has passed; both in seconds since
    /// power-on.
    pub(crate) fn begin_on_time(&mut self, now: f64, epoch: f64) {
        let set = self.start + self.start_fraction - epoch;
        self.begin(set.max(now));
        if self.at_start
            && let Some((_, left)) = self.running
        {
            self.running = Some((set.max(now), left.map(|it| it + 1)));
        }
    }

    pub(crate) fn begin(&mut self, at: f64) {
        if self.running.is_some() {
            self.overrun = true;
            return;
        }
        let left = (self.count > 0).then_some(self.count);
        self.running = Some((at + self.delay, left));
    }

    pub(crate) fn stop(&mut self) {
        self.running = None;
    }

    /// When the next event is due.
    pub(crate) fn due(&self) -> Option<f64> {
        self.running.map(|it| it.0)
    }

    pub(crate) fn is_endless(&self) -> bool {
        matches!(self.running, Some((_, None)))
    }

    /// An event has been made.
    fn elapse(&mut self) {
        let Some((due, left)) = self.running else { return };
        let left = left.map(|it| it - 1);
        self.running = (left != Some(0)).then_some((due + self.delay, left));
    }
}

/// A trigger blender.
#[derive(Clone, Debug)]
pub(crate) struct Blender {
    /// All stimuli are needed, not any.
    pub(crate) all: bool,
    pub(crate) stimuli: [Event; 4],
    /// Those that have occurred since its last event.
    seen: [bool; 4],
    pub(crate) overrun: bool,
}

impl Blender {
    pub(crate) fn reset() -> Blender {
        Blender { all: true, stimuli: [Event::None; 4], seen: [false; 4], overrun: false }
    }

    pub(crate) fn clear(&mut self) {
        self.seen = [false; 4];
        self.overrun = false;
    }

    /// Takes note of an event; whether it makes one of its own of it.
    fn note(&mut self, event: Event) -> bool {
        let mut concerns = false;
        for (stimulus, seen) in self.stimuli.iter().zip(&mut self.seen) {
            if *stimulus == event {
                self.overrun |= *seen;
                *seen = true;
                concerns = true;
            }
        }
        let complete =
            self.stimuli.iter().zip(self.seen).all(|(it, seen)| seen || *it == Event::None);
        let fires = concerns && (!self.all || complete);
        if fires {
            self.seen = [false; 4];
        }
        fires
    }
}

/// Timers, blenders, and what has occurred.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    pub(crate) latches: Latches,
    pub(crate) timers: [Timer; 4],
    pub(crate) blenders: [Blender; 2],
}

impl Events {
    pub(crate) fn reset() -> Events {
        Events {
            latches: Latches::default(),
            timers: std::array::from_fn(|_| Timer::reset()),
            blenders: std::array::from_fn(|_| Blender::reset()),
        }
    }
}

/// A blender may be the stimulus of the other and of itself; chains end here.
const LONGEST_CHAIN: u32 = 8;

impl Keithley2450 {
    /// An event has occurred: whoever it is a stimulus of acts.
    pub(crate) fn occur(&mut self, event: Event, at: f64) {
        self.chain(event, at, 0);
    }

    fn chain(&mut self, event: Event, at: f64, length: u32) {
        if event == Event::None || length == LONGEST_CHAIN {
            return;
        }
        self.events.latches.set(event);
        self.pulse_lines(event, at);
        for (index, made) in TIMER.into_iter().enumerate() {
            let timer = &mut self.events.timers[index];
            if timer.enabled && timer.stimulus == event {
                timer.begin(at);
                if timer.at_start {
                    self.chain(made, at, length + 1);
                }
            }
        }
        for (index, made) in BLENDER.into_iter().enumerate() {
            if self.events.blenders[index].note(event) {
                self.chain(made, at, length + 1);
            }
        }
    }

    /// Makes the events of timers that are due.
    pub(crate) fn elapse_timers(&mut self) {
        let now = self.clock.now();
        // A timer that has been left alone for long makes the last of its events only.
        const MOST: u32 = 64;
        for (index, made) in TIMER.into_iter().enumerate() {
            for _ in 0..MOST {
                let Some(due) = self.events.timers[index].due().filter(|it| *it <= now) else {
                    break;
                };
                self.events.timers[index].elapse();
                self.occur(made, due);
            }
        }
    }
}
