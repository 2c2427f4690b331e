//! What repeats differ by: white noise of each device, what both share, and how the gains walk.

use serde::Serialize;

use super::{
    table::{Sight, Table},
    walk::{self, Walk},
};
use crate::Noise;

/// Readings of one pass that share a gain: short against a pass, and long enough that the gain takes
/// only an eighth of their scatter with it.
const BLOCK: usize = 8;
/// The most blocks; a long survey has longer ones.
const BLOCKS: usize = 120;
/// White noise and walks are each found knowing the other, in turn.
const TURNS: usize = 4;
/// Least noise, as a share of the largest current: less is rounding.
const LEAST: f64 = 1e-7;

/// Of the scatter where there is least current, so much is white noise at the least.
const LEFT: f64 = 0.25;
/// Sights with least current, as a share of all.
const LOWEST: usize = 4;
/// How the gains of the two walk from shot to shot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Drift {
    /// Both together.
    pub common: Walk,
    /// Against each other.
    pub private: Walk,
}

impl Drift {
    /// The noise with walks that uncertainties are to be taken with.
    pub(super) fn cautious(&self, noise: &Noise) -> Noise {
        Noise { common_walk: self.common.cautious, private_walk: self.private.cautious, ..*noise }
    }
}

/// Consecutive sights of one pass.
pub(super) struct Block {
    pub(super) sights: Vec<usize>,
    /// Its group of blocks: of one place and direction.
    pub(super) group: usize,
    /// Mean time, shots.
    pub(super) time: f64,
    /// Shots between two sights.
    pub(super) spacing: f64,
}

/// One kind of deviation of all sights.
struct Channel {
    /// Deviation, A, and repeats it is the deviation from.
    deviations: Vec<(f64, f64)>,
    /// White variance of each, A².
    variances: Vec<f64>,
    /// Of the gain from shot to shot.
    walk: Walk,
}

/// The noise, and how sure its walks are.
pub(super) fn learn(table: &Table) -> (Noise, Drift) {
    let means = table.means();
    let currents: Vec<f64> = table.sights.iter().map(|it| means[it.place]).collect();
    let most = currents.iter().fold(0.0, |most: f64, it| most.max(it.abs()));
    let blocks = blocks(table);
    let channel = |of| Channel {
        deviations: table.deviations(of),
        variances: vec![1.0; currents.len()],
        walk: Walk::default(),
    };
    let (mut difference, mut mean) = (channel(Sight::difference), channel(Sight::mean));
    // Where a walk is strong, what it is thought to take of the scatter may be all of it. It takes least
    // where there is least current.
    let low = lowest(&difference.white(&blocks, &currents), &currents);
    let least = (LEAST * most).powi(2).max(LEFT * low / 2.0);
    let (mut floor, mut relative, mut common) = (0.0, 0.0, 0.0);
    for _ in 0..TURNS {
        let white = difference.white(&blocks, &currents);
        (floor, relative) = split(&white, &currents, &difference.variances);
        // The difference of two readings has the noise of both.
        (floor, relative) = ((floor / 2.0).max(least), relative / 2.0);
        difference.set(&currents, 2.0 * floor, 2.0 * relative);
        let white = mean.white(&blocks, &currents);
        mean.set(&currents, floor / 2.0, relative / 2.0 + common);
        common = shared(&white, &currents, &mean.variances, (floor / 2.0, relative / 2.0));
        mean.set(&currents, floor / 2.0, relative / 2.0 + common);
        difference.walk = walk::learn(&difference.gains(&blocks, &currents));
        mean.walk = walk::learn(&mean.gains(&blocks, &currents));
    }
    let noise = Noise {
        floor: floor.sqrt(),
        relative: relative.sqrt(),
        common: common.sqrt(),
        private_walk: difference.walk.likely,
        common_walk: mean.walk.likely,
    };
    (noise, Drift { common: mean.walk, private: difference.walk })
}

impl Channel {
    fn set(&mut self, currents: &[f64], floor: f64, relative: f64) {
        self.variances = currents.iter().map(|it| floor + relative * it * it).collect();
    }

    /// The gain of a block and its variance.
    fn gain(&self, block: &Block, currents: &[f64]) -> (f64, f64) {
        let (mut product, mut square) = (0.0, 0.0);
        for &at in &block.sights {
            product += currents[at] * self.deviations[at].0 / self.variances[at];
            square += currents[at] * currents[at] / self.variances[at];
        }
        if square > 0.0 { (product / square, 1.0 / square) } else { (0.0, f64::INFINITY) }
    }

    /// What each sight's squared deviation from its block's gain estimates the variance to be.
    /// `None` where the gain takes all of it.
    fn white(&self, blocks: &[Block], currents: &[f64]) -> Vec<Option<f64>> {
        let mut white = vec![None; currents.len()];
        for block in blocks {
            let (gain, variance) = self.gain(block, currents);
            let n = block.sights.len() as f64;
            // A walk of n steps leaves this much of itself around its own mean.
            let walked = self.walk.likely.powi(2) * block.spacing * (n * n - 1.0) / (6.0 * n);
            for &at in &block.sights {
                let current = currents[at];
                let (deviation, repeats) = self.deviations[at];
                let taken = current * current / self.variances[at] * variance;
                let free = (1.0 - 1.0 / repeats) * (1.0 - taken);
                if free > 0.1 {
                    let squared = (deviation - gain * current).powi(2);
                    white[at] = Some(squared / free - walked * current * current);
                }
            }
        }
        white
    }

    fn gains(&self, blocks: &[Block], currents: &[f64]) -> Vec<walk::Gain> {
        let repeats = self.deviations.iter().map(|it| it.1).fold(f64::INFINITY, f64::min);
        let gain = |block: &Block| {
            let (value, variance) = self.gain(block, currents);
            let duration = block.spacing * block.sights.len() as f64;
            walk::Gain { value, variance, time: block.time, duration, group: block.group }
        };
        let sound = |it: &walk::Gain| it.variance.is_finite() && repeats > 1.0;
        blocks.iter().map(gain).filter(sound).collect()
    }
}

/// Blocks of consecutive sights, of the same levels in every pass.
fn blocks(table: &Table) -> Vec<Block> {
    let count = table.levels.len();
    let longest = BLOCK.max(table.sights.len().div_ceil(BLOCKS)).min(count);
    let parts = (count / longest).max(1);
    let part = |place: usize| place * parts / count;
    let numbered: Vec<usize> = (0..table.sights.len()).collect();
    let key = |at: &usize| {
        let sight = &table.sights[*at];
        (sight.pass, part(sight.place))
    };
    let block = |sights: &[usize]| {
        let (first, last) = (&table.sights[sights[0]], &table.sights[sights[sights.len() - 1]]);
        let direction = usize::from(table.directed && first.rising);
        Block {
            group: 2 * part(first.place) + direction,
            time: 0.5 * (first.time + last.time),
            spacing: (last.time - first.time) / (sights.len() - 1).max(1) as f64,
            sights: sights.to_vec(),
        }
    };
    numbered.chunk_by(|one, next| key(one) == key(next)).map(block).collect()
}

/// Mean of the white variances where there is least current.
fn lowest(white: &[Option<f64>], currents: &[f64]) -> f64 {
    let mut seen: Vec<(f64, f64)> =
        white.iter().zip(currents).filter_map(|(white, it)| Some((it.abs(), (*white)?))).collect();
    seen.sort_by(|one, other| one.0.total_cmp(&other.0));
    seen.truncate(seen.len() / LOWEST);
    seen.iter().map(|it| it.1).sum::<f64>() / seen.len().max(1) as f64
}

/// The white variances as floor + relative·I², weighed by what is known of them so far.
fn split(white: &[Option<f64>], currents: &[f64], variances: &[f64]) -> (f64, f64) {
    let (mut one, mut two, mut four, mut y, mut y_two) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for ((white, current), variance) in white.iter().zip(currents).zip(variances) {
        let Some(white) = white else { continue };
        let (weight, square) = (variance.powi(-2), current * current);
        one += weight;
        two += weight * square;
        four += weight * square * square;
        y += weight * white;
        y_two += weight * white * square;
    }
    let determinant = one * four - two * two;
    let floor = (y * four - y_two * two) / determinant;
    let relative = (y_two * one - y * two) / determinant;
    match (floor > 0.0, relative > 0.0) {
        (true, true) => (floor, relative),
        (true, false) => ((y / one).max(0.0), 0.0),
        (false, true) => (0.0, (y_two / four).max(0.0)),
        (false, false) => (0.0, 0.0),
    }
}

/// What is proportional to I² beyond a known variance.
fn shared(
    white: &[Option<f64>],
    currents: &[f64],
    variances: &[f64],
    (floor, relative): (f64, f64),
) -> f64 {
    let (mut over, mut four) = (0.0, 0.0);
    for ((white, current), variance) in white.iter().zip(currents).zip(variances) {
        let Some(white) = white else { continue };
        let (weight, square) = (variance.powi(-2), current * current);
        over += weight * square * (white - floor - relative * square);
        four += weight * square * square;
    }
    if four > 0.0 { (over / four).max(0.0) } else { 0.0 }
}
