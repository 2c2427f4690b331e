//! Estimators that are one sum of weighted readings of one point.

use std::ops::Range;

use smu::{Reading, Side, Skew};

use super::{
    Evidence, Method,
    run::{Run, Runs},
    terms::{Term, weigh},
    uncertainty::{Correction, Judge, Judged},
};
use crate::{Absent, Device, Gradient, Point, ShotReading, Uncertain};

/// The most that voltages off their levels may change a slope by, as a share of it.
const OFF_LEVEL: f64 = 0.1;

/// Current and slope at every point.
pub(super) fn estimate(method: Method, evidence: Evidence<'_>) -> Vec<Gradient> {
    weighed(method, evidence, |point, terms| weigh(method, point, terms))
}

/// The same, with weights of its own.
pub(super) fn weighed(
    method: Method,
    evidence: Evidence<'_>,
    weigh: impl Fn(&Point, &mut [Term]),
) -> Vec<Gradient> {
    let mut judge = Judge::new(method.device(), Correction::None, evidence);
    let mut gradients = Vec::with_capacity(evidence.plan.points.len());
    Runs::default().each(evidence.plan, weigh, |run| {
        of_run(method, run, run.all(), &mut judge, &mut gradients);
    });
    gradients
}

/// Some points of a run from their weighted readings.
pub(super) fn of_run(
    method: Method,
    run: Run<'_>,
    over: Range<usize>,
    judge: &mut Judge<'_>,
    gradients: &mut Vec<Gradient>,
) {
    let Evidence { plan, rows, monotonic, .. } = judge.evidence();
    let device = method.device();
    let [of_current, of_slope] = judge.judge(run, over.clone());
    gradients.extend(over.map(|at| {
        let point = &run.points[at];
        let skew = skew(point, rows);
        let less = |judged: &Judged| {
            let (subtracted, uncertainty) = (judged.subtracted[at], judged.uncertainty[at]);
            move |value| Uncertain { value: value - subtracted, uncertainty }
        };
        let (current, slope) = totals(run, at, rows);
        let current = current.map(less(of_current));
        let didv = if skewed(plan.skew_budget, skew.map(|it| it.seconds)) {
            Err(Absent::Skew)
        } else {
            slope.map(less(of_slope))
        };
        let (level, delta_v) = (point.level, point.delta_v);
        Gradient { level, delta_v, method, device, current, didv, clamped: false, skew }
            .clamp(monotonic)
    }));
}

/// The largest skew of a point's shots, as far as known.
pub(super) fn skew(point: &Point, rows: &[ShotReading]) -> Option<Skew> {
    let mut largest: Option<Skew> = None;
    for shot in point.places() {
        let Some(skew) = rows.get(shot).and_then(|it| it.skew) else { continue };
        if largest.is_none_or(|it| it.seconds.abs() <= skew.seconds.abs()) {
            largest = Some(skew);
        }
    }
    largest
}

/// Σ weight · current, of the current and of the slope.
///
/// Refuses a slope whose voltages, where they were measured, were not the levels: one further off
/// than the step, so that the slope would belong elsewhere, or several that change the slope by more
/// than a tenth, Σ weight · (voltage − level). What a source is always off by cancels in that sum
/// where the roles are exchanged. The current stays: it is what flowed.
fn totals(
    run: Run<'_>,
    at: usize,
    rows: &[ShotReading],
) -> (Result<f64, Absent>, Result<f64, Absent>) {
    let point = &run.points[at];
    // No device, or levels that are all the same: there are no weights.
    let start = |weight: fn(&Term) -> f64| {
        let sound = !run.terms.is_empty() && run.terms.iter().all(|it| weight(it).is_finite());
        if sound { Ok(0.0) } else { Err(Absent::TooFewReadings) }
    };
    let (mut of_current, mut of_slope) = (start(|it| it.current), start(|it| it.slope));
    let (mut change, mut worst) = (0.0, (0.0, Side::Base));
    for (place, term) in run.terms.iter().enumerate() {
        let reading = rows.get(run.shot(place, point)).and_then(|it| it.reading(term.side));
        let side = term.side;
        add(&mut of_current, term.current, reading, side, current);
        add(&mut of_slope, term.slope, reading, side, unlimited);
        let Some(voltage) = reading.and_then(|it| it.voltage) else { continue };
        let off: f64 = voltage - run.levels[place][at];
        change += term.slope * off;
        if off.abs() > worst.0 {
            worst = (off.abs(), side);
        }
    }
    if change.abs() > OFF_LEVEL || worst.0 > point.delta_v.abs() {
        of_slope = of_slope.and(Err(Absent::OffLevel(worst.1)));
    }
    (of_current, of_slope)
}

/// Adds a weighted reading to a sum, or why it cannot be; the first reason stays.
fn add(
    sum: &mut Result<f64, Absent>,
    weight: f64,
    reading: Option<&Reading>,
    side: Side,
    usable: impl FnOnce(&Reading, Side) -> Result<f64, Absent>,
) {
    if let (Ok(before), true) = (*sum, weight != 0.0) {
        let value = reading.ok_or(Absent::TooFewReadings).and_then(|it| usable(it, side));
        *sum = value.map(|it| before + weight * it);
    }
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
