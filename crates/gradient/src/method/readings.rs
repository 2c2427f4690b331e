//! The readings that a curve is drawn through.

use smu::{Reading, Side};

use super::{
    Evidence,
    linear::{skewed, unlimited},
    smooth::{Datum, Row},
};
use crate::{Absent, Noise, Purpose, Shot, ShotReading, Stored};

/// Older readings count as long as drift has not made them so much more uncertain, in variances.
const AGED: f64 = 25.0;
/// How far beyond the plan's levels older readings count, as a share of the surveyed span.
const BEYOND: f64 = 0.1;
/// The least noise that is believed, as a share of the largest current.
const LEAST_NOISE: f64 = 1e-6;

/// What readings differ by, and age.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighing {
    noise: Noise,
    /// A².
    least: f64,
}

impl Weighing {
    pub(super) fn of(evidence: Evidence<'_>) -> Weighing {
        // Of both devices by themselves: the one does not wait for the other.
        let mut most = [0.0_f64; 2];
        for row in evidence.rows {
            for (most, side) in most.iter_mut().zip([Side::Base, Side::Probe]) {
                let current = row.current(side).map_or(0.0, f64::abs);
                *most = if current > *most { current } else { *most };
            }
        }
        let largest = most[0].max(most[1]);
        Weighing { noise: evidence.knowledge.noise, least: (LEAST_NOISE * largest).powi(2) }
    }

    /// A reading that is so many shots old.
    fn datum(&self, level: f64, current: f64, age: f64) -> Datum {
        let noise = &self.noise;
        let square = current * current;
        let private = noise.floor * noise.floor + noise.relative * noise.relative * square;
        // The two gains walk against each other: each has half of the variance.
        let walked = 0.5 * noise.private_walk * noise.private_walk * age * square;
        Datum { level, current, variance: private + walked + self.least }
    }

    /// The square of what the readings of a shot have in common.
    fn common(&self, age: f64) -> f64 {
        self.noise.common.powi(2) + self.noise.common_walk.powi(2) * age
    }

    /// Shots after which a reading of `current` no longer counts.
    fn oldest(&self, current: f64) -> f64 {
        let fresh = self.noise.private(current).powi(2) + (self.noise.common * current).powi(2);
        let walk = 0.5 * self.noise.private_walk.powi(2) + self.noise.common_walk.powi(2);
        AGED * (fresh + self.least) / (walk * current * current)
    }
}

/// Why a shot forms no slope of its own.
pub(super) fn fault(evidence: Evidence<'_>, row: &ShotReading) -> Result<(), Absent> {
    unlimited(&row.base, Side::Base)?;
    unlimited(row.probe.as_ref().ok_or(Absent::TooFewReadings)?, Side::Probe)?;
    if skewed(evidence.plan.skew_budget, row.skew.map(|it| it.seconds)) {
        return Err(Absent::Skew);
    }
    Ok(())
}

/// The readings of the plan's points.
pub(super) fn of_plan(evidence: Evidence<'_>, weighing: Weighing) -> Vec<Row> {
    let usable = |level: f64, reading: &Reading, side: Side| {
        unlimited(reading, side).ok().map(|current| weighing.datum(level, current, 0.0))
    };
    let row = |(shot, row): (&Shot, &ShotReading)| {
        let late = skewed(evidence.plan.skew_budget, row.skew.map(|it| it.seconds));
        if late || !matches!(shot.purpose, Purpose::Point(_)) {
            return None;
        }
        let base = usable(shot.base, &row.base, Side::Base);
        let probe = shot.probe.zip(row.probe.as_ref());
        let probe = probe.and_then(|(level, it)| usable(level, it, Side::Probe));
        let common = weighing.common(0.0);
        (base.is_some() || probe.is_some()).then_some(Row { base, probe, common })
    };
    let mut rows = Vec::with_capacity(evidence.rows.len());
    rows.extend(evidence.plan.shots.iter().zip(evidence.rows).filter_map(row));
    rows
}

/// Adds the session's readings near the plan's levels, the newest, until there are `most` rows.
pub(super) fn of_session(
    evidence: Evidence<'_>,
    weighing: Weighing,
    most: usize,
    rows: &mut Vec<Row>,
) {
    let Evidence { plan, knowledge, store, .. } = evidence;
    let span = |levels: &[f64]| levels.last().zip(levels.first()).map_or(0.0, |it| it.0 - it.1);
    let beyond = BEYOND * span(&knowledge.curve.levels);
    let levels = || plan.points.iter().map(|it| it.level);
    let low = levels().fold(f64::INFINITY, f64::min) - beyond;
    let high = levels().fold(f64::NEG_INFINITY, f64::max) + beyond;
    let now = store.shots() as f64 + 0.5 * plan.shots.len() as f64;
    let age = |it: &Stored| now - it.shot as f64;
    let oldest = weighing.oldest(0.5 * knowledge.curve.range());
    rows.reserve(most - rows.len());
    let mut last = None;
    for stored in store.newest(low, high).take_while(|it| age(it) <= oldest) {
        let age = age(stored);
        if last != Some(stored.shot) {
            if rows.len() == most {
                break;
            }
            rows.push(Row { base: None, probe: None, common: weighing.common(age) });
            last = Some(stored.shot);
        }
        if let Some(row) = rows.last_mut() {
            let datum = Some(weighing.datum(stored.level, stored.current, age));
            match stored.side {
                Side::Base => row.base = datum,
                Side::Probe => row.probe = datum,
            }
        }
    }
}
