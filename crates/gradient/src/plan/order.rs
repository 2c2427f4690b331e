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
        let mut sorted = Vec::with_capacity(levels.len());
        for (index, &asked) in levels.iter().enumerate() {
            let level = source.round(asked);
            if !source.contains(level) {
                return Err(source.outside(asked, level, delta_v));
            }
            sorted.push((level, index));
        }
        // Of equal codes the first asked comes first.
        sorted.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let mut answers = vec![0; levels.len()];
        let mut firsts = Vec::with_capacity(levels.len());
        let mut visits = Vec::with_capacity(levels.len());
        for same in sorted.chunk_by(|one, other| one.0 == other.0) {
            let (level, first) = same[0];
            let rank = visits.len();
            visits.push(Visit { level, asked: levels[first], rank });
            firsts.push(first);
            for (_, index) in same {
                answers[*index] = rank;
            }
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
