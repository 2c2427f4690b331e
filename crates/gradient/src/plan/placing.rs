//! The levels of a point as codes.

use super::{Codes, raster::Raster};
use crate::{Dither, Method, method::pattern};

/// How an estimator's levels lie around a point.
#[derive(Debug)]
pub(super) struct Placing {
    /// The shots of a point of even and of odd rank: what base and probe are away from its centre, V.
    patterns: [Vec<(f64, Option<f64>)>; 2],
    /// The step on whole codes, V.
    step: f64,
    /// Half of its size, V.
    half: f64,
    anchor: Anchor,
    base: Raster,
    probe: Raster,
}

/// What of its levels a point is named after.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Anchor {
    /// The level of the device that is not stepped.
    Start,
    /// The middle of two levels that are codes.
    MiddleOfTwo,
    /// The middle of all.
    Middle,
}

impl Placing {
    /// Of a method with a step, V.
    pub(super) fn of(method: Method, delta_v: f64, dither: Dither, codes: &Codes) -> Placing {
        let step = codes.base.round(delta_v);
        let anchor = match method {
            Method::Forward | Method::ChoppedForward => Anchor::Start,
            Method::LocalRegression | Method::SmallSignal => Anchor::Middle,
            _ => Anchor::MiddleOfTwo,
        };
        let shots = |rank| {
            let shots = pattern(method, step, rank, dither);
            shots.into_iter().map(|it| (it.base, it.probe)).collect()
        };
        let (base, probe) = (codes.base.raster(), codes.probe.raster());
        Placing { patterns: [0, 1].map(shots), step, half: step.abs() / 2.0, anchor, base, probe }
    }

    /// The step on whole codes, V.
    pub(super) fn step(&self) -> f64 {
        self.step
    }

    /// Shots of one point, without repeats.
    pub(super) fn shots(&self) -> usize {
        self.patterns[0].len()
    }

    /// What the two are sent at the point of this rank, whose code is `level`: base and probe.
    #[inline]
    pub(super) fn levels(
        &self,
        level: f64,
        rank: usize,
    ) -> impl Iterator<Item = (f64, Option<f64>)> {
        let centre = match self.anchor {
            Anchor::Start | Anchor::Middle => level,
            // The lower level is put on a code, and with it the other: every point has the same step,
            // also where that is an odd number of codes.
            Anchor::MiddleOfTwo => self.base.round_half_down(level - self.half) + self.half,
        };
        let of = move |&(base, probe): &(f64, Option<f64>)| {
            (self.base.round(centre + base), probe.map(|it| self.probe.round(centre + it)))
        };
        self.patterns[rank % 2].iter().map(of)
    }

    /// Where current and slope of these levels belong, V: the lowest and the highest as sent.
    #[inline]
    pub(super) fn middle(&self, level: f64, [low, high]: [f64; 2]) -> f64 {
        match self.anchor {
            Anchor::Start => level,
            Anchor::MiddleOfTwo | Anchor::Middle => self.base.brief(0.5 * (low + high)),
        }
    }

    /// The difference of the two, V.
    #[inline]
    pub(super) fn difference(&self, [low, high]: [f64; 2]) -> f64 {
        self.base.brief(high - low)
    }
}
