//! Estimators that are one sum of weighted readings of one point.

use smu::{Reading, Side};

use super::{Evidence, Method};
use crate::{Absent, Device, Gradient, Knowledge, Point, ShotReading, Uncertain};

/// How much one reading counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Term {
    /// Its place among the shots of the point.
    pub(crate) shot: usize,
    pub(crate) side: Side,
    /// In the slope, 1/V.
    pub(crate) slope: f64,
    /// In the current.
    pub(crate) current: f64,
}

/// One weight for each reading, from the levels as sent: (base, probe) of each shot.
pub(crate) fn terms(method: Method, levels: &[(f64, Option<f64>)]) -> Vec<Term> {
    let sent = levels.iter().enumerate().flat_map(|(shot, (base, probe))| {
        let probe = probe.map(|level| (shot, Side::Probe, level));
        [Some((shot, Side::Base, *base)), probe].into_iter().flatten()
    });
    let sent: Vec<(usize, Side, f64)> = sent.collect();
    let n = sent.len() as f64;
    let mean = sent.iter().map(|it| it.2).sum::<f64>() / n;
    // The slope of the straight line through all readings: for two levels the difference quotient.
    let spread: f64 = sent.iter().map(|it| (it.2 - mean).powi(2)).sum();
    let weigh = |&(shot, side, level): &(usize, Side, f64)| Term {
        shot,
        side,
        slope: (level - mean) / spread,
        current: match method {
            Method::Forward => f64::from(u8::from(side == Side::Base)),
            Method::ChoppedForward => f64::from(u8::from(level < mean)) * 2.0 / n,
            _ => 1.0 / n,
        },
    };
    sent.iter().map(weigh).collect()
}

/// Current and slope at every point.
pub(super) fn estimate(method: Method, evidence: Evidence<'_>) -> Vec<Gradient> {
    let points = evidence.plan.points.iter();
    points.map(|point| at(method, point, evidence).clamp(evidence.monotonic)).collect()
}

fn at(method: Method, point: &Point, evidence: Evidence<'_>) -> Gradient {
    let Evidence { plan, rows, knowledge, .. } = evidence;
    let shots: Vec<&ShotReading> = point.shots.iter().map(|it| &rows[*it]).collect();
    let levels: Vec<_> =
        point.shots.iter().map(|it| (plan.shots[*it].base, plan.shots[*it].probe)).collect();
    let terms = terms(method, &levels);
    let skews = shots.iter().filter_map(|it| it.skew);
    let mut gradient = Gradient {
        level: point.level,
        delta_v: point.delta_v,
        method,
        device: method.device(),
        current: Err(Absent::TooFewReadings),
        didv: Err(Absent::TooFewReadings),
        clamped: false,
        skew: skews.max_by(|a, b| a.seconds.abs().total_cmp(&b.seconds.abs())),
    };
    let sum = |weight: fn(&Term) -> f64, usable: fn(&Reading, Side) -> Result<f64, Absent>| {
        let counted = terms.iter().filter(|it| weight(it) != 0.0);
        let weighed = counted.map(|it| {
            let reading = shots[it.shot].reading(it.side).ok_or(Absent::TooFewReadings)?;
            Ok(weight(it) * usable(reading, it.side)?)
        });
        weighed.sum::<Result<f64, Absent>>()
    };
    gradient.current = sum(|it| it.current, current).map(|value| Uncertain {
        value,
        uncertainty: uncertainty(point, &levels, &terms, |it| it.current, knowledge, method),
    });
    gradient.didv = sum(|it| it.slope, unlimited).map(|value| Uncertain {
        value,
        uncertainty: uncertainty(point, &levels, &terms, |it| it.slope, knowledge, method),
    });
    if skewed(plan.skew_budget, gradient.skew.map(|it| it.seconds)) {
        gradient.didv = Err(Absent::Skew);
    }
    gradient
}

/// Whether two readings are further apart in time than may be.
pub(super) fn skewed(budget: Option<f64>, skew: Option<f64>) -> bool {
    budget.zip(skew).is_some_and(|(budget, skew)| skew.abs() > budget)
}

/// The current of a reading, also where the source was limiting.
pub(super) fn current(reading: &Reading, side: Side) -> Result<f64, Absent> {
    if reading.overflow {
        return Err(Absent::Overflow(side));
    }
    reading.current.ok_or(Absent::NotANumber(side))
}

/// The current of a reading that was made at its level.
pub(super) fn unlimited(reading: &Reading, side: Side) -> Result<f64, Absent> {
    let current = current(reading, side)?;
    if reading.in_compliance { Err(Absent::InCompliance(side)) } else { Ok(current) }
}

/// The standard uncertainty of a sum of weighted readings: what noise, truncation, mismatch and
/// drift make of it, added in squares.
fn uncertainty(
    point: &Point,
    levels: &[(f64, Option<f64>)],
    terms: &[Term],
    weight: fn(&Term) -> f64,
    knowledge: &Knowledge,
    method: Method,
) -> f64 {
    let Knowledge { noise, curve, mismatch, .. } = knowledge;
    let local = curve.at(point.level);
    let level_of = |term: &Term| match term.side {
        Side::Base => levels[term.shot].0,
        Side::Probe => levels[term.shot].1.unwrap_or(point.level),
    };
    let current_of = |term: &Term| local.current + local.slope * (level_of(term) - point.level);
    let (mut private, mut bias) = (0.0, 0.0);
    let mut together = vec![0.0; levels.len()];
    for term in terms {
        let (weight, current) = (weight(term), current_of(term));
        private += (weight * noise.private(current)).powi(2);
        together[term.shot] += weight * current;
        let away = level_of(term) - point.level;
        bias += weight * (local.second / 2.0 * away.powi(2) + local.third / 6.0 * away.powi(3));
        // The mean device has half of the mismatch on either side, the base none.
        let share = match (method.device(), term.side) {
            (Device::Mean, Side::Base) => -0.5,
            (Device::Mean, Side::Probe) => 0.5,
            (Device::Base, Side::Base) => 0.0,
            (Device::Base, Side::Probe) => 1.0,
        };
        bias += weight * share * mismatch.at(level_of(term)).0;
    }
    let shared: f64 = together.iter().map(|it| (noise.common * it).powi(2)).sum();
    (private + shared + bias * bias).sqrt()
}
