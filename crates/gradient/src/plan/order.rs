//! Which levels are visited, and in which order.

use crate::{GradientError, Order, SourceCodes};

/// The distinct levels of a batch in the order of their visits.
#[derive(Debug)]
pub(super) struct Visits {
    pub(super) visits: Vec<Visit>,
    /// For every asked level, its place in `visits`.
    pub(super) answers: Vec<usize>,
}

/// One level that is visited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    /// The base's code nearest to what was asked, V.
    pub(super) level: f64,
    /// As asked, V: the first of those with this code.
    pub(super) asked: f64,
    /// Its place among the sorted levels.
    pub(super) rank: usize,
}

/// A level and its place in the batch as one number, which sorts without a branch: above, the bits of
/// the level in the order of the levels; below, the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u128);

impl Key {
    const SIGN: u64 = 1 << 63;

    fn of(level: f64, index: usize) -> Key {
        let bits = level.to_bits();
        // Of negative numbers the larger bits are further from zero.
        let ordered = if bits & Key::SIGN == 0 { bits | Key::SIGN } else { !bits };
        Key(u128::from(ordered) << 64 | index as u128)
    }

    fn level(self) -> f64 {
        let ordered = (self.0 >> 64) as u64;
        let bits = if ordered & Key::SIGN == 0 { !ordered } else { ordered & !Key::SIGN };
        f64::from_bits(bits)
    }

    fn index(self) -> usize {
        self.0 as u64 as usize
    }
}

impl Visits {
    /// Rounds to codes and drops repeats.
    ///
    /// # Errors
    /// A level that is no number, or outside the window by itself.
    pub(super) fn of(
        levels: &[f64],
        delta_v: f64,
        order: Order,
        source: &SourceCodes,
    ) -> Result<Visits, GradientError> {
        let raster = source.raster();
        let mut sorted = Vec::with_capacity(levels.len());
        for (index, &asked) in levels.iter().enumerate() {
            let level = raster.round(asked);
            if !source.contains(level) {
                return Err(source.outside(asked, level, delta_v));
            }
            sorted.push(Key::of(level, index));
        }
        // Of equal codes the first asked comes first.
        sorted.sort_unstable();
        let mut answers = vec![0; levels.len()];
        let mut firsts = Vec::with_capacity(levels.len());
        let mut visits = Vec::with_capacity(levels.len());
        let mut last = None;
        for key in sorted {
            let (level, index) = (key.level(), key.index());
            if last != Some(level) {
                visits.push(Visit { level, asked: levels[index], rank: visits.len() });
                firsts.push(index);
                last = Some(level);
            }
            answers[index] = visits.len() - 1;
        }
        if order == Order::AsAsked {
            visits.sort_unstable_by_key(|it| firsts[it.rank]);
            let mut places = vec![0; visits.len()];
            for (place, visit) in visits.iter().enumerate() {
                places[visit.rank] = place;
            }
            for answer in &mut answers {
                *answer = places[*answer];
            }
        }
        Ok(Visits { visits, answers })
    }

    /// Where the state of the devices is compared: the level whose distance from zero is in the middle
    /// of the batch's. The median itself is near zero in most batches, where every state has the same
    /// current.
    pub(super) fn telling_level(&self) -> Option<f64> {
        let mut levels: Vec<f64> = self.visits.iter().map(|it| it.level).collect();
        let middle = levels.len() / 2;
        if levels.is_empty() {
            return None;
        }
        let by_distance =
            |one: &f64, other: &f64| one.abs().total_cmp(&other.abs()).then(one.total_cmp(other));
        Some(*levels.select_nth_unstable_by(middle, by_distance).1)
    }
}
