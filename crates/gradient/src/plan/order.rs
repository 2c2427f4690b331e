//! Which levels are visited, and in which order.

use super::raster::Raster;
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

/// A code, counted from the batch's lowest, and the place of who asked it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    code: u64,
    index: usize,
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
        let mut visits = Vec::with_capacity(levels.len());
        let mut rising = true;
        let mut before = f64::NEG_INFINITY;
        for (rank, &asked) in levels.iter().enumerate() {
            let level = raster.round(asked);
            if !source.contains(level) {
                return Err(source.outside(asked, level, delta_v));
            }
            rising &= before < level;
            before = level;
            visits.push(Visit { level, asked, rank });
        }
        if rising {
            let answers = (0..levels.len()).collect();
            return Ok(Visits { visits, answers });
        }
        Ok(Visits::sorted(visits, order, raster))
    }

    /// Of levels in any order, as asked.
    fn sorted(asked: Vec<Visit>, order: Order, raster: Raster) -> Visits {
        let lowest = asked.iter().map(|it| it.level).fold(f64::INFINITY, f64::min);
        let lowest = raster.code(lowest);
        let keys = asked.iter().enumerate();
        let key = |(index, it): (usize, &Visit)| Key {
            code: raster.code(it.level).abs_diff(lowest),
            index,
        };
        let mut keys: Vec<Key> = keys.map(key).collect();
        // Of equal codes the first asked comes first.
        sort(&mut keys);
        let mut answers = vec![0; asked.len()];
        let mut firsts = Vec::with_capacity(asked.len());
        let mut visits: Vec<Visit> = Vec::with_capacity(asked.len());
        let mut last = None;
        for Key { code, index } in keys {
            if last != Some(code) {
                visits.push(Visit { rank: visits.len(), ..asked[index] });
                firsts.push(index);
                last = Some(code);
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
        Visits { visits, answers }
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

/// Keys that are sorted faster by comparing.
const FEW: usize = 256;
/// Bits of a code that are sorted at once.
const DIGIT: u32 = 8;

/// Sorts keys that are in the order of their places by their codes: what has equal codes keeps its
/// order. A source has few codes for so many levels, so that a few rounds over their digits do.
fn sort(keys: &mut Vec<Key>) {
    if keys.len() < FEW {
        keys.sort_unstable();
        return;
    }
    let highest = keys.iter().map(|it| it.code).max().unwrap_or_default();
    let mut sorted = vec![Key::default(); keys.len()];
    let mut digit = 0;
    while highest >> digit > 0 {
        let of = |key: &Key| (key.code >> digit) as usize % (1 << DIGIT);
        let mut places = [0; 1 << DIGIT];
        keys.iter().for_each(|it| places[of(it)] += 1);
        let mut before = 0;
        for place in &mut places {
            (*place, before) = (before, before + *place);
        }
        for key in keys.iter() {
            let place = &mut places[of(key)];
            sorted[*place] = *key;
            *place += 1;
        }
        std::mem::swap(keys, &mut sorted);
        digit += DIGIT;
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, sort};

    #[test]
    fn keys_are_sorted_by_code_and_then_by_place() {
        for count in [1, 100, 2000] {
            for most in [1, 200, 70_000, 1 << 40] {
                let code = |it: usize| (it as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) % most;
                let keys = (0..count).map(|index| Key { code: code(index), index });
                let (mut keys, mut expected): (Vec<Key>, Vec<Key>) =
                    (keys.clone().collect(), keys.collect());
                expected.sort_unstable();
                sort(&mut keys);
                assert_eq!(keys, expected);
            }
        }
    }
}
