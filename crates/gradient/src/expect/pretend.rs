//! The surveyed pair as functions of the level, and the readings that it would give.

use smu::{Reading, Side};

use super::random::Random;
use crate::{Device, Knowledge, Noise, Shot, ShotReading};

/// Two devices whose curves are the survey's.
#[derive(Clone, Debug)]
pub(crate) struct Pretend<'a> {
    knowledge: &'a Knowledge,
    /// Slopes of the mismatch at its levels, A/V.
    mismatch_slopes: Vec<f64>,
}

impl<'a> Pretend<'a> {
    pub(crate) fn new(knowledge: &'a Knowledge) -> Pretend<'a> {
        let levels = &knowledge.mismatch.levels;
        let last = levels.len() - 1;
        let slope = |at: usize| {
            let (before, after) = (at.saturating_sub(1), (at + 1).min(last));
            let rise =
                knowledge.mismatch.differences[after] - knowledge.mismatch.differences[before];
            rise / (levels[after] - levels[before])
        };
        Pretend { knowledge, mismatch_slopes: (0..=last).map(slope).collect() }
    }

    /// The mean device's current and slope at a level; beyond the survey along its last slope.
    pub(crate) fn mean(&self, level: f64) -> (f64, f64) {
        let curve = &self.knowledge.curve;
        cubic(&curve.levels, &curve.currents, &curve.slopes, level)
    }

    /// I_probe − I_base and its slope.
    pub(crate) fn difference(&self, level: f64) -> (f64, f64) {
        let mismatch = &self.knowledge.mismatch;
        cubic(&mismatch.levels, &mismatch.differences, &self.mismatch_slopes, level)
    }

    /// One device's current, A.
    pub(crate) fn current(&self, side: Side, level: f64) -> f64 {
        self.mean(level).0 + sign(side) * 0.5 * self.difference(level).0
    }

    /// The slope that an estimator of this device should give, S.
    pub(crate) fn slope(&self, device: Device, level: f64) -> f64 {
        match device {
            Device::Mean => self.mean(level).1,
            Device::Base => self.mean(level).1 - 0.5 * self.difference(level).1,
        }
    }

    /// What the pair would return, drifting from where it was surveyed.
    pub(crate) fn read(&self, shots: &[Shot], random: &mut Random) -> Vec<ShotReading> {
        let noise = &self.knowledge.noise;
        let (mut apart, mut together) = (0.0, 0.0);
        let row = |shot: &Shot| {
            apart += noise.private_walk * random.normal();
            together += noise.common_walk * random.normal();
            let shared = together + noise.common * random.normal();
            let mut read = |side: Side, level: f64| {
                let gain = (1.0 + shared) * (1.0 + sign(side) * 0.5 * apart);
                reading(level, gain * self.current(side, level), noise, random)
            };
            ShotReading {
                base: read(Side::Base, shot.base),
                probe: shot.probe.map(|it| read(Side::Probe, it)),
                skew: None,
            }
        };
        shots.iter().map(row).collect()
    }
}

/// Which half of the mismatch a device has.
pub(crate) fn sign(side: Side) -> f64 {
    match side {
        Side::Base => -1.0,
        Side::Probe => 1.0,
    }
}

fn reading(level: f64, current: f64, noise: &Noise, random: &mut Random) -> Reading {
    Reading {
        level,
        voltage: None,
        current: Some(current + noise.private(current) * random.normal()),
        in_compliance: false,
        overflow: false,
        time: 0.0,
        status: 0,
    }
}

/// The cubic with these values and slopes at the two nearest levels, and its slope.
fn cubic(levels: &[f64], values: &[f64], slopes: &[f64], level: f64) -> (f64, f64) {
    let last = levels.len() - 1;
    let end = if level <= levels[0] {
        Some(0)
    } else if level >= levels[last] {
        Some(last)
    } else {
        None
    };
    if let Some(end) = end {
        return (values[end] + slopes[end] * (level - levels[end]), slopes[end]);
    }
    let high = levels.partition_point(|it| *it < level);
    let low = high - 1;
    let width = levels[high] - levels[low];
    let t = (level - levels[low]) / width;
    let rise = values[high] - values[low];
    let (start, finish) = (slopes[low] * width, slopes[high] * width);
    let (square, third) = (3.0 * rise - 2.0 * start - finish, start + finish - 2.0 * rise);
    let value = values[low] + t * (start + t * (square + t * third));
    (value, (start + t * (2.0 * square + 3.0 * t * third)) / width)
}
