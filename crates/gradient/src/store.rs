//! The readings of a session, for the estimators that look back.

use std::collections::VecDeque;

use smu::Side;

use crate::{Shot, ShotReading};

/// One reading that may be used again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stored {
    /// Whose.
    pub side: Side,
    /// As sent, V.
    pub level: f64,
    /// A.
    pub current: f64,
    /// The shot's number in the session: two readings of one shot share it.
    pub shot: u64,
}

/// The last readings of a session.
#[derive(Clone, Debug)]
pub struct Store {
    readings: VecDeque<Stored>,
    shots: u64,
    most: usize,
}

impl Store {
    /// Keeps the last `most` readings.
    pub fn new(most: usize) -> Store {
        Store { readings: VecDeque::new(), shots: 0, most }
    }

    /// Shots of this session so far.
    pub fn shots(&self) -> u64 {
        self.shots
    }

    /// What is kept, oldest first.
    pub fn readings(&self) -> impl Iterator<Item = &Stored> {
        self.readings.iter()
    }

    /// Adds what a plan measured; readings in compliance or without a number are left out.
    pub fn add(&mut self, shots: &[Shot], rows: &[ShotReading]) {
        for (shot, row) in shots.iter().zip(rows) {
            for side in [Side::Base, Side::Probe] {
                let sound = row.reading(side).filter(|it| !it.in_compliance && !it.overflow);
                let current = sound.and_then(|it| it.current);
                if let Some((level, current)) = shot.level(side).zip(current) {
                    self.readings.push_back(Stored { side, level, current, shot: self.shots });
                }
            }
            self.shots += 1;
        }
        let over = self.readings.len().saturating_sub(self.most);
        self.readings.drain(..over);
    }
}
