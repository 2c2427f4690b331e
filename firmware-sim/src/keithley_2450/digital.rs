//! The six digital lines (2450 Reference Manual, section 3, "Digital I/O").

use super::{Keithley2450, trigger::Event};
use crate::engine::choice::choice;

choice!(
    /// The first word of `:DIG:LINE<n>:MODE`.
    LineType { Digital = "DIGital", Trigger = "TRIGger", Synchronous = "SYNChronous" }
);
choice!(
    /// The second.
    Direction { In = "IN", Out = "OUT", Open = "OPENdrain", Master = "MASTer", Acceptor = "ACCeptor" }
);
choice!(
    /// `:TRIG:DIG<n>:IN:EDGE`.
    Edge { Falling = "FALLing", Rising = "RISing", Either = "EITHer" }
);
choice!(
    /// `:TRIG:DIG<n>:OUT:LOG`.
    Logic { Positive = "POSitive", Negative = "NEGative" }
);

/// How many lines there are.
pub(super) const LINES: usize = 6;

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) kind: LineType,
    pub(super) direction: Direction,
    /// What is written to it: high.
    pub(super) high: bool,
    pub(super) edge: Edge,
    pub(super) logic: Logic,
    /// Seconds.
    pub(super) pulse_width: f64,
    pub(super) stimulus: Event,
    /// A pulse came before the one before it was used.
    pub(super) overrun: bool,
}

impl Line {
    pub(super) fn reset() -> Line {
        Line {
            kind: LineType::Digital,
            direction: Direction::In,
            high: false,
            edge: Edge::Falling,
            logic: Logic::Negative,
            pulse_width: 10e-6,
            stimulus: Event::None,
            overrun: false,
        }
    }

    /// Whether the two words of a mode belong together.
    pub(super) fn is_mode(kind: LineType, direction: Direction) -> bool {
        let synchronous = matches!(direction, Direction::Master | Direction::Acceptor);
        (kind == LineType::Synchronous) == synchronous
    }

    fn drives(&self) -> bool {
        self.direction != Direction::In
    }

    /// Whether it sends a pulse when its stimulus occurs.
    fn sends(&self) -> bool {
        self.kind != LineType::Digital && self.drives()
    }

    /// Whether pulses that come are trigger events. A line that only drives sees none; a
    /// synchronous one sees its partner pull the same wire.
    fn listens(&self) -> bool {
        self.kind != LineType::Digital && self.direction != Direction::Out
    }
}

impl Keithley2450 {
    /// Sends pulses on the lines that an event is the stimulus of.
    pub(super) fn pulse_lines(&mut self, event: Event, at: f64) {
        for (index, line) in self.lines.iter().enumerate() {
            if line.stimulus == event && line.sends() {
                // A positive pulse falls at its end.
                let fall = if line.logic == Logic::Positive { line.pulse_width } else { 0.0 };
                self.connector.pulse(index as u32 + 1, at + fall);
            }
        }
    }

    /// Writes a line. An input cannot be written to.
    pub(super) fn write_line(&mut self, index: usize, high: bool) {
        self.change_line(index, |it| {
            if it.drives() {
                it.high = high;
            }
        });
    }

    /// Changes a line; pulled from high to low, the other end sees a falling edge. An output is low
    /// until it is written to.
    pub(super) fn change_line(&mut self, index: usize, change: impl FnOnce(&mut Line)) {
        let before = self.line_is_high(index);
        change(&mut self.lines[index]);
        if before && !self.line_is_high(index) {
            self.connector.pulse(index as u32 + 1, self.clock.now());
        }
    }

    /// What a digital line shows: what is written to it, or, not driven from here, high.
    pub(super) fn line_is_high(&self, index: usize) -> bool {
        let line = &self.lines[index];
        line.kind != LineType::Digital || !line.drives() || line.high
    }

    /// Takes the oldest pulse on a line, if its edge is one that counts; its time.
    pub(super) fn take_pulse(&mut self, index: usize) -> Option<f64> {
        let line = &mut self.lines[index];
        if !line.listens() {
            return None;
        }
        let number = index as u32 + 1;
        let fell = self.connector.take(number)?;
        line.overrun |= self.connector.has(number);
        Some(if line.edge == Edge::Rising { fell + line.pulse_width } else { fell })
    }

    /// Forgets the pulses that have come on a line.
    pub(super) fn forget_pulses(&mut self, index: usize) {
        while self.connector.take(index as u32 + 1).is_some() {}
        self.lines[index].overrun = false;
    }
}
