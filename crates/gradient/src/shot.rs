//! One act of both devices, and what it returned.

use serde::{Deserialize, Serialize};
use smu::{Reading, Side, Skew};

/// What a shot is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Purpose {
    /// The slope at a point: its place in [`Plan::points`](crate::Plan::points).
    Point(u32),
    /// Both devices at the resting level; read and not used.
    Rest,
    /// Both devices at a level that their state is to follow; read and not used.
    Hold,
    /// A pulse that brings both devices to a known state, before the first point.
    Condition,
    /// Both at the same level, before the first and after the last point: has the state changed?
    Check,
    /// Both at a level that is measured again from time to time: have they drifted?
    Sentinel,
    /// Both at the same level of the calibration's grid.
    Calibration,
    /// Both at the same level of a survey's grid.
    Survey,
    /// Both at the same level, again and again, after they were elsewhere: do they remember?
    Recall,
}

impl Purpose {
    /// As records call it; of a point without its place.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Point(_) => "point",
            Purpose::Rest => "rest",
            Purpose::Hold => "hold",
            Purpose::Condition => "condition",
            Purpose::Check => "check",
            Purpose::Sentinel => "sentinel",
            Purpose::Calibration => "calibration",
            Purpose::Survey => "survey",
            Purpose::Recall => "recall",
        }
    }

    /// The point's place in [`Plan::points`](crate::Plan::points), where it is for one.
    pub fn point(self) -> Option<usize> {
        match self {
            Purpose::Point(place) => Some(place as usize),
            _ => None,
        }
    }
}

/// The base at one level and the probe at another, at the same time. Levels as sent, V.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shot {
    /// The base's level.
    pub base: f64,
    /// The probe's level; `None` where the base acts alone.
    pub probe: Option<f64>,
    /// What for.
    pub purpose: Purpose,
}

impl Shot {
    /// What one device is sent.
    pub fn level(&self, side: Side) -> Option<f64> {
        match side {
            Side::Base => Some(self.base),
            Side::Probe => self.probe,
        }
    }

    /// Source-measure operations that it takes.
    pub fn operations(&self) -> u64 {
        1 + u64::from(self.probe.is_some())
    }
}

/// The readings of one shot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShotReading {
    /// The base's.
    pub base: Reading,
    /// The probe's, where it took part.
    pub probe: Option<Reading>,
    /// How much later the probe was measured; `None` where nobody can tell.
    pub skew: Option<Skew>,
}

impl ShotReading {
    /// One device's reading.
    pub fn reading(&self, side: Side) -> Option<&Reading> {
        match side {
            Side::Base => Some(&self.base),
            Side::Probe => self.probe.as_ref(),
        }
    }

    /// One device's current, A.
    pub fn current(&self, side: Side) -> Option<f64> {
        self.reading(side)?.current
    }
}
