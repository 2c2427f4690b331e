//! Estimators whose slope is that of a curve through all readings.

use smu::{Reading, Side};

use super::{
    Evidence, Method,
    smooth::{Datum, Prior, Row, Smooth},
};
use crate::{Absent, Gradient, Knowledge, Point, Purpose, Shot, ShotReading, Uncertain};

/// Shots that a curve is drawn through, where the session has so many.
const SHOTS: u64 = 1024;
/// The least noise that is believed, as a share of the largest current.
const LEAST_NOISE: f64 = 1e-6;

/// Current and slope at every point.
pub(super) fn estimate(method: Method, evidence: Evidence<'_>) -> Vec<Gradient> {
    let curve = Smooth::new(&rows(evidence), prior(evidence.knowledge));
    let points = evidence.plan.points.iter();
    points.map(|it| at(method, it, evidence, curve.as_ref()).clamp(evidence.monotonic)).collect()
}

fn at(method: Method, point: &Point, evidence: Evidence<'_>, curve: Option<&Smooth>) -> Gradient {
    let absent = Err(Absent::TooFewReadings);
    Gradient {
        level: point.level,
        delta_v: point.delta_v,
        method,
        device: method.device(),
        current: curve.map_or(absent, |it| Ok(it.current(point.level))),
        didv: curve.map_or(absent, |it| Ok(it.slope(point.level))),
        clamped: false,
        skew: None,
    }
}

fn rows(evidence: Evidence<'_>) -> Vec<Row> {
    let noise = evidence.knowledge.noise;
    let largest = evidence
        .rows
        .iter()
        .flat_map(|it| [it.base.current, it.probe.and_then(|it| it.current)])
        .flatten()
        .fold(0.0_f64, |a, b| a.max(b.abs()));
    let least = (LEAST_NOISE * largest).powi(2);
    let datum = |level: f64, current: f64| Datum {
        level,
        current,
        variance: noise.private(current).powi(2) + least,
    };
    evidence
        .plan
        .shots
        .iter()
        .zip(evidence.rows)
        .map(|(shot, row)| Row {
            base: Some(datum(shot.base, row.base.current.unwrap())),
            probe: Some(datum(shot.probe.unwrap(), row.probe.unwrap().current.unwrap())),
            common: noise.common.powi(2),
        })
        .collect()
}

fn prior(knowledge: &Knowledge) -> Prior {
    let range = knowledge.curve.range();
    let span = knowledge.curve.levels.last().unwrap() - knowledge.curve.levels[0];
    // 1e-3 fs at 48 intervals, 3e-4 fs at 16 intervals
    Prior {
        curve: (0.5e-3 * range / (span / 48.0).powi(4)).powi(2),
        mismatch: (1.5e-4 * range / (span / 16.0).powi(2)).powi(2),
    }
}
