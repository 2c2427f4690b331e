//! Points that follow each other and lie alike: the codes around most points of a plan do.

use std::ops::Range;

use smu::Side;

use super::terms::Term;
use crate::{Plan, Point};

/// The most points of a run: what is computed of them together stays near the processor.
pub(super) const MOST: usize = 16;

/// One value for each point of a run.
pub(super) type Each<T = f64> = [T; MOST];

/// Points whose readings have the same sides, are as many shots apart and as far from the point's
/// level, so that their weights are the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    pub(super) points: &'a [Point],
    /// The readings of the points in the order of the shots, one after the other: their shots and
    /// levels are those of the point that they were computed for.
    pub(super) terms: &'a [Term],
    /// The level of each reading, V, by term and point.
    pub(super) levels: &'a [Each],
    pub(super) known: &'a [Known],
}

/// Where a reading of every point of a run lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    side: Side,
    /// Shots after the point's first.
    pub(super) after: usize,
    /// V from the point's level.
    away: f64,
}

/// What runs are made of.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// The readings whose weights were computed last.
    terms: Vec<Term>,
    known: Vec<Known>,
    levels: Vec<Each>,
}

/// The levels of points that lie alike around them differ by so much, as a share: the rounding of
/// numbers.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

impl Runs {
    /// Gives `take` all points of a plan in their order, and where the first of a run is among them;
    /// `weigh` weighs the readings of the first of points that lie alike.
    pub(super) fn each(
        &mut self,
        plan: &Plan,
        weigh: impl Fn(&Point, &mut [Term]),
        mut take: impl FnMut(Run<'_>),
    ) {
        let mut rest = plan.points.as_slice();
        while let Some(first) = rest.first() {
            let mut count = self.alike(rest, plan);
            if count == 0 {
                self.weigh(first, plan, &weigh);
                count = self.alike(rest, plan).max(1);
            }
            let (points, after) = rest.split_at(count);
            take(Run { points, terms: &self.terms, levels: &self.levels, known: &self.known });
            rest = after;
        }
    }

    /// How many of the points, from the first, lie as the one that was weighed last.
    fn alike(&mut self, points: &[Point], plan: &Plan) -> usize {
        let points = &points[..points.len().min(MOST)];
        let mut alike = 0;
        while alike < points.len() && self.is_alike(alike, &points[alike], plan) {
            alike += 1;
        }
        alike
    }

    /// Whether a point does; takes its levels.
    #[inline]
    fn is_alike(&mut self, at: usize, point: &Point, plan: &Plan) -> bool {
        let first = point.first();
        let tolerance = ROUNDING * (point.level.abs() + point.delta_v.abs());
        let mut term = 0;
        for number in point.places() {
            let shot = &plan.shots[number];
            for side in [Side::Base, Side::Probe] {
                let Some(level) = shot.level(side) else { continue };
                let Some(known) = self.known.get(term) else { return false };
                let is_known = known.side == side
                    && number.wrapping_sub(first) == known.after
                    && (level - point.level - known.away).abs() <= tolerance;
                if !is_known {
                    return false;
                }
                self.levels[term][at] = level;
                term += 1;
            }
        }
        term == self.known.len()
    }

    fn weigh(&mut self, point: &Point, plan: &Plan, weigh: impl Fn(&Point, &mut [Term])) {
        self.terms.clear();
        for number in point.places() {
            let shot = &plan.shots[number];
            for side in [Side::Base, Side::Probe] {
                let level = shot.level(side);
                let term = |level| Term { shot: number, side, level, slope: 0.0, current: 0.0 };
                self.terms.extend(level.map(term));
            }
        }
        let first = self.terms.first().map_or(0, |it| it.shot);
        self.known.clear();
        self.known.extend(self.terms.iter().map(|it| Known {
            side: it.side,
            after: it.shot.wrapping_sub(first),
            away: it.level - point.level,
        }));
        self.levels.resize(self.terms.len(), [0.0; MOST]);
        weigh(point, &mut self.terms);
    }
}

impl<'a> Run<'a> {
    /// All its points.
    pub(super) fn all(&self) -> Range<usize> {
        0..self.points.len()
    }

    /// The same points with other weights.
    pub(super) fn weighed(self, terms: &'a [Term]) -> Run<'a> {
        Run { terms, ..self }
    }

    /// The place in the plan of a point's reading.
    pub(super) fn shot(&self, term: usize, point: &Point) -> usize {
        if point.shots.is_empty() { 0 } else { point.first().wrapping_add(self.known[term].after) }
    }
}
