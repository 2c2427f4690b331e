//! What an asked level came to: a current, a slope and how sure they are, or why there is none.

use std::fmt;

use serde::{Serialize, Serializer};
use smu::{Side, Skew};

use crate::Method;

/// Whose current and slope an estimator gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Device {
    /// The base alone.
    Base,
    /// The mean of the two: (I_base + I_probe)/2 at the same level, and its derivative.
    Mean,
}

impl Device {
    /// As the campaign and the tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Device::Base => "base",
            Device::Mean => "mean",
        }
    }
}

/// A value with its standard uncertainty, both in the same unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Uncertain {
    /// The value.
    pub value: f64,
    /// One standard uncertainty: about 68 % of the values lie so near to the truth.
    pub uncertainty: f64,
}

/// Why there is no slope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absent {
    /// The source was limiting.
    InCompliance(Side),
    /// The current is beyond its range.
    Overflow(Side),
    /// The instrument returned no number.
    NotANumber(Side),
    /// The voltage at the terminals was not the level: off by more than the step, or so that the slope
    /// would change by more than a tenth.
    OffLevel(Side),
    /// The two were not measured at the same time.
    Skew,
    /// The level is beyond the levels that the calibration was made at.
    OutsideCalibration,
    /// Too few readings near the level to form a slope.
    TooFewReadings,
}

/// One point of a plan, estimated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gradient {
    /// V, as sent: where current and slope belong.
    pub level: f64,
    /// V between the levels as sent; zero where an estimator has no step of its own.
    pub delta_v: f64,
    /// Which estimator made it.
    pub method: Method,
    /// Whose it is.
    pub device: Device,
    /// A, or why there is none.
    pub current: Result<Uncertain, Absent>,
    /// S, or why there is none.
    pub didv: Result<Uncertain, Absent>,
    /// The slope came out negative on a device known to be monotonic and was raised to zero; the
    /// readings tell what it was.
    pub clamped: bool,
    /// The largest skew of its shots, as far as known.
    pub skew: Option<Skew>,
}

/// Whether a device's current is known never to fall with the voltage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Monotonic {
    /// Negative slopes are errors of measurement, and raised to zero.
    Yes,
    /// Slopes of either sign are kept.
    Unknown,
}

impl Gradient {
    /// Raises a negative slope of a monotonic device to zero.
    pub(crate) fn clamp(self, monotonic: Monotonic) -> Gradient {
        match self.didv {
            Ok(didv) if monotonic == Monotonic::Yes && didv.value < 0.0 => {
                Gradient { didv: Ok(Uncertain { value: 0.0, ..didv }), clamped: true, ..self }
            }
            _ => self,
        }
    }
}

impl Absent {
    /// Whose reading it was, where it was one device's.
    pub fn side(self) -> Option<Side> {
        match self {
            Absent::InCompliance(side)
            | Absent::Overflow(side)
            | Absent::NotANumber(side)
            | Absent::OffLevel(side) => Some(side),
            Absent::Skew | Absent::OutsideCalibration | Absent::TooFewReadings => None,
        }
    }

    /// What it was, in words and as records write it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Absent::InCompliance(_) => ("in compliance", "in-compliance"),
            Absent::Overflow(_) => ("overflow", "overflow"),
            Absent::NotANumber(_) => ("not a number", "not-a-number"),
            Absent::OffLevel(_) => ("off its level", "off-level"),
            Absent::Skew => ("skew too large", "skew"),
            Absent::OutsideCalibration => ("outside the calibration", "outside-calibration"),
            Absent::TooFewReadings => ("too few readings near the level", "too-few-readings"),
        }
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Base => "base",
        Side::Probe => "probe",
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, _) = self.words();
        match self.side() {
            Some(side) => write!(f, "{} {words}", name(side)),
            None => f.write_str(words),
        }
    }
}

/// As one word, `base-in-compliance`.
impl Serialize for Absent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (_, word) = self.words();
        match self.side() {
            Some(side) => serializer.collect_str(&format_args!("{}-{word}", name(side))),
            None => serializer.serialize_str(word),
        }
    }
}
