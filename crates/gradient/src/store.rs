//! The readings of a session, for the estimators that look back.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use smu::Side;

use crate::{Purpose, Shot, ShotReading};

/// One reading that may be used again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

    /// Counts shots whose readings nobody will look back at.
    pub fn pass(&mut self, shots: usize) {
        self.shots += shots as u64;
    }

    /// Shots of this session so far.
    pub fn shots(&self) -> u64 {
        self.shots
    }

    /// What is kept, oldest first.
    pub fn readings(&self) -> impl DoubleEndedIterator<Item = &Stored> {
        self.readings.iter()
    }

    /// What is kept of the levels from `low` to `high`, newest first: readings of one shot follow
    /// each other, and who has enough stops.
    pub fn newest(&self, low: f64, high: f64) -> impl Iterator<Item = &Stored> {
        self.readings.iter().rev().filter(move |it| (low..=high).contains(&it.level))
    }

    /// Adds what a plan measured. Left out are readings in compliance or without a number, and
    /// those that were made for the devices' state: they are not the protocol's.
    pub fn add(&mut self, shots: &[Shot], rows: &[ShotReading]) {
        let before = self.shots;
        self.shots += shots.len().min(rows.len()) as u64;
        for ((shot, row), number) in shots.iter().zip(rows).zip(before..) {
            if matches!(shot.purpose, Purpose::Rest | Purpose::Hold | Purpose::Condition) {
                continue;
            }
            for side in [Side::Base, Side::Probe] {
                let sound = row.reading(side).filter(|it| !it.in_compliance && !it.overflow);
                let current = sound.and_then(|it| it.current);
                if let Some((level, current)) = shot.level(side).zip(current) {
                    if self.readings.len() >= self.most {
                        self.readings.pop_front();
                    }
                    self.readings.push_back(Stored { side, level, current, shot: number });
                }
            }
        }
        self.readings.truncate(self.most);
    }
}
