//! Estimators whose slope is that of a curve through all readings.

use smu::Side;

use super::{
    Evidence, Method, linear,
    readings::{Weighing, fault, of_plan, of_session},
    smooth::{Prior, Row, Smooth},
};
use crate::{Absent, Gradient, Knowledge, Point, ShotReading, Uncertain};

/// Shots that a curve is drawn through where the session has so many: more would cost more than
/// they tell.
const SHOTS: usize = 1024;
/// The same where a plan's own shots tell slopes: fewer cannot tell slope and mismatch apart.
const CHOPPED_SHOTS: usize = 64;
/// Fewer distinct levels, or shots, determine no curve.
const FEWEST_LEVELS: usize = 6;
const FEWEST_SHOTS: usize = 4;

/// Current and slope at every point.
pub(super) fn estimate(method: Method, evidence: Evidence<'_>) -> Vec<Gradient> {
    let weighing = Weighing::of(evidence);
    let mut rows = of_plan(evidence, weighing);
    let shots = if method == Method::LocalRegression { SHOTS } else { CHOPPED_SHOTS };
    if rows.len() < shots {
        of_session(evidence, weighing, shots, &mut rows);
    }
    let curve = enough(&rows).then(|| Smooth::new(&rows, prior(evidence.knowledge))).flatten();
    let Some(curve) = curve else {
        return alone(method, evidence);
    };
    let drift = Drift::of(evidence);
    let points = evidence.plan.points.iter();
    points.map(|it| at(method, it, evidence, &curve, drift).clamp(evidence.monotonic)).collect()
}

/// Each point by its own readings.
fn alone(method: Method, evidence: Evidence<'_>) -> Vec<Gradient> {
    let mut gradients = linear::estimate(method, evidence);
    if method == Method::LocalRegression {
        // Two readings at one level have no slope, unless a fault hides even that.
        for (gradient, point) in gradients.iter_mut().zip(&evidence.plan.points) {
            gradient.didv = Err(own(point, evidence).err().unwrap_or(Absent::TooFewReadings));
            gradient.clamped = false;
        }
    }
    gradients
}

/// Whether readings are enough for a curve.
fn enough(rows: &[Row]) -> bool {
    if rows.len() < FEWEST_SHOTS {
        return false;
    }
    let mut levels: Vec<f64> = Vec::with_capacity(FEWEST_LEVELS);
    for datum in rows.iter().flat_map(Row::data) {
        if !levels.contains(&datum.level) {
            levels.push(datum.level);
        }
        if levels.len() == FEWEST_LEVELS {
            return true;
        }
    }
    false
}

fn at(
    method: Method,
    point: &Point,
    evidence: Evidence<'_>,
    curve: &Smooth,
    drift: Drift,
) -> Gradient {
    let [current, slope] = curve.at(point.level);
    let drifted = drift.added(point, current, slope);
    let own = own(point, evidence);
    let skews = point.places().filter_map(|it| evidence.rows[it].skew);
    Gradient {
        level: point.level,
        delta_v: point.delta_v,
        method,
        device: method.device(),
        current: match own {
            Ok(()) | Err(Absent::Skew) => Ok(drifted.0),
            Err(fault) => limited(point, evidence).ok_or(fault),
        },
        didv: own.map(|()| drifted.1),
        clamped: false,
        skew: skews.max_by(|a, b| a.seconds.abs().total_cmp(&b.seconds.abs())),
    }
}

/// Whether one of a point's own shots is sound; where none is, why the first is not.
fn own(point: &Point, evidence: Evidence<'_>) -> Result<(), Absent> {
    let mut first = None;
    for shot in point.places() {
        match fault(evidence, &evidence.rows[shot]) {
            Ok(()) => return Ok(()),
            Err(fault) => first = first.or(Some(fault)),
        }
    }
    Err(first.unwrap_or(Absent::TooFewReadings))
}

/// The mean current of the point's own readings, which a source in compliance has too.
fn limited(point: &Point, evidence: Evidence<'_>) -> Option<Uncertain> {
    let noise = evidence.knowledge.noise;
    let both = |row: &ShotReading| {
        let base = linear::current(&row.base, Side::Base).ok()?;
        let probe = linear::current(row.probe.as_ref()?, Side::Probe).ok()?;
        Some(0.5 * (base + probe))
    };
    let means: Vec<f64> = point.places().filter_map(|it| both(&evidence.rows[it])).collect();
    if means.is_empty() {
        return None;
    }
    let count = means.len() as f64;
    let value = means.iter().sum::<f64>() / count;
    let variance = 0.5 * noise.private(value).powi(2) + (noise.common * value).powi(2);
    // The readings lie half a step to either side.
    let curvature = 0.125 * evidence.knowledge.curve.at(point.level).second * point.delta_v.powi(2);
    Some(Uncertain { value, uncertainty: (variance / count).sqrt().hypot(curvature) })
}

/// What the walk of the mean device's gain since the plan's first shot adds to an uncertainty.
#[derive(Clone, Copy, Debug)]
struct Drift {
    /// Variance of the gain from shot to shot.
    walk: f64,
    /// V that the levels go on from shot to shot.
    pace: f64,
}

impl Drift {
    fn of(evidence: Evidence<'_>) -> Drift {
        let noise = evidence.knowledge.noise;
        let walk = noise.common_walk.powi(2) + 0.25 * noise.private_walk.powi(2);
        let points = &evidence.plan.points;
        let way: f64 = points.windows(2).map(|it| (it[1].level - it[0].level).abs()).sum();
        Drift { walk, pace: way / evidence.plan.shots.len() as f64 }
    }

    /// The gain has walked since the start, and it walks while the readings are made that a slope
    /// is formed of: over a length L of levels a straight line through a walk has the slope variance
    /// 6/5·walk/(pace·L). L follows from the uncertainties of value and slope of such a line.
    fn added(self, point: &Point, current: Uncertain, slope: Uncertain) -> (Uncertain, Uncertain) {
        if self.walk <= 0.0 {
            return (current, slope);
        }
        let shots = point.first() as f64;
        let length = 12.0_f64.sqrt() * current.uncertainty / slope.uncertainty;
        let since = self.walk * shots;
        let during = 1.2 * self.walk / (self.pace * length);
        let add = |it: Uncertain, squares: f64| Uncertain {
            uncertainty: (it.uncertainty * it.uncertainty + squares).sqrt(),
            ..it
        };
        let of_slope = since * slope.value.powi(2) + during * current.value.powi(2);
        (add(current, since * current.value.powi(2)), add(slope, of_slope))
    }
}

/// How rough curve and mismatch are expected to be: as the survey's curve, and the mismatch as the
/// curve in proportion.
fn prior(knowledge: &Knowledge) -> Prior {
    let Knowledge { curve, mismatch, .. } = knowledge;
    let square = |values: &[f64]| mean_square(values.iter().copied());
    let fourths = curve.levels.windows(2).zip(curve.thirds.windows(2));
    let fourths = fourths.map(|(level, third)| (third[1] - third[0]) / (level[1] - level[0]));
    let (seconds, thirds) = (square(&curve.seconds), square(&curve.thirds));
    let fourths = mean_square(fourths);
    // The length of a derivative: as of a sine whose next derivative is so much larger.
    let length = |this: f64, next: f64| if next > 0.0 { 2.0 * (this / next).sqrt() } else { 0.0 };
    let apart = square(&mismatch.differences);
    let share = apart / square(&curve.currents);
    Prior {
        curve: fourths * length(thirds, fourths),
        mismatch: share * seconds * length(seconds, thirds),
        apart,
    }
}

fn mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = values.fold((0.0, 0.0), |(count, sum), it| (count + 1.0, sum + it * it));
    sum / count
}
