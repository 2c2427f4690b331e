//! The readings of a point and how much each counts.

use smu::Side;

use super::Method;
use crate::Point;

/// How much one reading counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Term {
    /// Its place in [`Plan::shots`](crate::Plan::shots).
    pub(super) shot: usize,
    pub(super) side: Side,
    /// As sent, V.
    pub(super) level: f64,
    /// Its weight in the slope, 1/V.
    pub(super) slope: f64,
    /// Its weight in the current.
    pub(super) current: f64,
}

/// The weights of an estimator with two levels, from the levels as sent. Repeats count alike, so the
/// order of the shots does not matter.
pub(super) fn weigh(method: Method, point: &Point, terms: &mut [Term]) {
    let (base, probe) = (Moments::of(terms, Side::Base), Moments::of(terms, Side::Probe));
    let near = |term: &Term| (term.level - point.level).abs() < 0.5 * point.delta_v.abs();
    let count = |side| terms.iter().filter(|it| it.side == side && near(it)).count() as f64;
    let (near_base, near_probe) = (count(Side::Base), count(Side::Probe));
    for term in terms {
        let (own, sign, at_level) = match term.side {
            Side::Base => (base, -1.0, near_base),
            Side::Probe => (probe, 1.0, near_probe),
        };
        (term.slope, term.current) = match method {
            Method::OwnDevice => ((term.level - own.mean) / own.spread, 1.0 / own.count),
            // Each device's own slope, and the mean of the two: whatever the two differ by cancels,
            // also where the codes of the two sources differ.
            Method::ChoppedForward | Method::ChoppedCentral | Method::Abba => {
                let slope = 0.5 * (term.level - own.mean) / own.spread;
                let counts = method != Method::ChoppedForward || near(term);
                let count = if method == Method::ChoppedForward { at_level } else { own.count };
                (slope, if counts { 0.5 / count } else { 0.0 })
            }
            _ => {
                let slope = sign / (own.count * (probe.mean - base.mean));
                let current = match (method, term.side) {
                    (Method::Forward, Side::Base) => 1.0 / own.count,
                    (Method::Forward, Side::Probe) => 0.0,
                    _ => 0.5 / own.count,
                };
                (slope, current)
            }
        };
    }
}

/// The levels of one device.
#[derive(Clone, Copy)]
struct Moments {
    count: f64,
    mean: f64,
    /// Σ(level − mean)², V².
    spread: f64,
}

impl Moments {
    fn of(terms: &[Term], side: Side) -> Moments {
        let levels = || terms.iter().filter(|it| it.side == side).map(|it| it.level);
        let count = levels().count() as f64;
        let mean = levels().sum::<f64>() / count;
        Moments { count, mean, spread: levels().map(|it| (it - mean).powi(2)).sum() }
    }
}
