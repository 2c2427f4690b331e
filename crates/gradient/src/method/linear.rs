//! Estimators that are one sum of weighted readings of one point.

use smu::{Reading, Side};

use super::{
    Evidence, Method,
    uncertainty::{Correction, Judged, Sum},
};
use crate::{Absent, Device, Gradient, Plan, Point, ShotReading, Uncertain};

/// The most that voltages off their levels may change a slope by, as a share of it.
const OFF_LEVEL: f64 = 0.1;

/// How much one reading counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Term {
    /// Its place in [`Plan::shots`].
    pub(super) shot: usize,
    pub(super) side: Side,
    /// As sent, V.
    pub(super) level: f64,
    /// Its weight in the slope, 1/V.
    pub(super) slope: f64,
    /// Its weight in the current.
    pub(super) current: f64,
}

/// Current and slope at every point.
pub(super) fn estimate(method: Method, evidence: Evidence<'_>) -> Vec<Gradient> {
    let mut terms = Vec::new();
    let points = evidence.plan.points.iter();
    let estimates = points.map(|point| {
        list(point, evidence.plan, &mut terms);
        weigh(method, point, &mut terms);
        of_terms(method, point, &terms, Correction::None, evidence)
    });
    estimates.collect()
}

/// The readings of a point in the order of its shots, of no weight yet.
pub(super) fn list(point: &Point, plan: &Plan, terms: &mut Vec<Term>) {
    terms.clear();
    for &number in &point.shots {
        let shot = &plan.shots[number];
        for side in [Side::Base, Side::Probe] {
            let level = shot.level(side);
            terms.extend(level.map(|level| Term {
                shot: number,
                side,
                level,
                slope: 0.0,
                current: 0.0,
            }));
        }
    }
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

/// One point from its weighted readings.
pub(super) fn of_terms(
    method: Method,
    point: &Point,
    terms: &[Term],
    correction: Correction<'_>,
    evidence: Evidence<'_>,
) -> Gradient {
    let Evidence { plan, rows, monotonic, .. } = evidence;
    let skews = point.shots.iter().filter_map(|it| rows.get(*it)?.skew);
    let skew = skews.max_by(|a, b| a.seconds.abs().total_cmp(&b.seconds.abs()));
    let sum = Sum::new(method.device(), point, terms, correction, evidence);
    let [of_current, of_slope] = sum.judge([|it| it.current, |it| it.slope]);
    let less = |judged: Judged| {
        move |value| Uncertain { value: value - judged.subtracted, uncertainty: judged.uncertainty }
    };
    let current = total(terms, rows, |it| it.current, current).map(less(of_current));
    let didv = if skewed(plan.skew_budget, skew.map(|it| it.seconds)) {
        Err(Absent::Skew)
    } else {
        total(terms, rows, |it| it.slope, unlimited)
            .and_then(|value| on_level(point, terms, rows).map(|()| value))
            .map(less(of_slope))
    };
    let (level, delta_v, device) = (point.level, point.delta_v, method.device());
    Gradient { level, delta_v, method, device, current, didv, clamped: false, skew }
        .clamp(monotonic)
}

/// Σ weight · current.
fn total(
    terms: &[Term],
    rows: &[ShotReading],
    weight: fn(&Term) -> f64,
    usable: fn(&Reading, Side) -> Result<f64, Absent>,
) -> Result<f64, Absent> {
    // No device, or levels that are all the same: there are no weights.
    if terms.is_empty() || terms.iter().any(|it| !weight(it).is_finite()) {
        return Err(Absent::TooFewReadings);
    }
    let counted = terms.iter().filter(|it| weight(it) != 0.0);
    let weighed = counted.map(|it| {
        let reading = rows.get(it.shot).and_then(|row| row.reading(it.side));
        Ok(weight(it) * usable(reading.ok_or(Absent::TooFewReadings)?, it.side)?)
    });
    weighed.sum()
}

/// Refuses a slope whose voltages, where they were measured, were not the levels: one further off
/// than the step, so that the slope would belong elsewhere, or several that change the slope by more
/// than a tenth, Σ weight · (voltage − level). What a source is always off by cancels in that sum
/// where the roles are exchanged. The current stays: it is what flowed.
fn on_level(point: &Point, terms: &[Term], rows: &[ShotReading]) -> Result<(), Absent> {
    let (mut change, mut worst) = (0.0, (0.0, Side::Base));
    for term in terms {
        let reading = rows.get(term.shot).and_then(|row| row.reading(term.side));
        let Some(voltage) = reading.and_then(|it| it.voltage) else { continue };
        let off: f64 = voltage - term.level;
        change += term.slope * off;
        if off.abs() > worst.0 {
            worst = (off.abs(), term.side);
        }
    }
    if change.abs() > OFF_LEVEL || worst.0 > point.delta_v.abs() {
        return Err(Absent::OffLevel(worst.1));
    }
    Ok(())
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

/// How much of the mismatch a device's current is away from the one that an estimator speaks of.
pub(super) fn share(device: Device, side: Side) -> f64 {
    match (device, side) {
        (Device::Mean, Side::Base) => -0.5,
        (Device::Mean, Side::Probe) => 0.5,
        (Device::Base, Side::Base) => 0.0,
        (Device::Base, Side::Probe) => 1.0,
    }
}
