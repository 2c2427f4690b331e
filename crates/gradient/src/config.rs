//! How slopes are measured, as experiment files say it.

mod check;

use std::fmt;

use serde::{Deserialize, Serialize};
use smu::units::{Seconds, Volts};

use crate::Method;

/// The `[gradient]` table of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradientConfig {
    /// The estimator.
    pub method: Method,
    /// The step between the two levels of a shot: a voltage, or `auto`.
    pub delta_v: Step,
    /// Which of the three derivatives of a device with memory is meant.
    #[serde(default)]
    pub derivative: Derivative,
    /// In which order the points of a batch are visited.
    #[serde(default)]
    pub order: Order,
    /// The level between readings that count; none where the devices have no memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Pulse>,
    /// A pulse before every part of a plan: before the sentinel, before the calibration, and before
    /// the points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Pulse>,
    /// Readings at the held level before each one that counts, of `frozen-state` and
    /// `quasi-static`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_counted")]
    pub hold: Option<usize>,
    /// The most that the two readings of a shot may be apart in time; without it any skew is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skew: Option<Seconds>,
    /// Whether the state is compared before and after every batch.
    #[serde(default, skip_serializing_if = "is_false")]
    pub check_state: bool,
    /// Shots of each kind at every point, averaged.
    #[serde(default = "once", skip_serializing_if = "is_one", deserialize_with = "counted")]
    pub repeats: usize,
    /// A level that is measured again from time to time, to see the devices drift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentinel: Option<SentinelConfig>,
    /// The common-bias calibration of `baseline-subtracted` and `calibrated-pair`.
    #[serde(default)]
    pub calibration: CalibrationConfig,
    /// The dither of `small-signal`.
    #[serde(default)]
    pub dither: Dither,
    /// What is measured of a pair before its first batch.
    #[serde(default)]
    pub survey: SurveyConfig,
}

/// The step between the two levels of a shot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// As asked, rounded to source codes.
    Fixed(Volts),
    /// Chosen from the survey's noise and curvature.
    Auto,
}

/// A device with memory has three derivatives. Back-propagation needs the one that belongs to the
/// forward pass: the protocol's, whose readings have the same history as the forward ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Derivative {
    /// Every reading is made as a forward reading is: same rest, same settle, same order.
    #[default]
    Protocol,
    /// dI/dV at constant state: the devices are held at V before every reading, and leave it only
    /// for the reading. Needs readings that are short against the device's time constant.
    FrozenState,
    /// dI/dV of the steady curve: the devices are held at the reading's own level until they have
    /// followed.
    QuasiStatic,
}

/// In which order points are visited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// From the lowest level to the highest: the smallest steps, one direction.
    #[default]
    Sorted,
    /// As the batch asks: the history is that of the forward pass.
    AsAsked,
}

/// A level held for some readings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { level = \"0 V\", readings = 4 }")]
pub struct Pulse {
    /// Of both devices.
    pub level: Volts,
    /// How many readings long.
    #[serde(default = "once", deserialize_with = "counted")]
    pub readings: usize,
}

/// A level that is measured again from time to time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { level = \"0.5 V\", every = 500 }")]
pub struct SentinelConfig {
    /// Of both devices.
    pub level: Volts,
    /// Shots between two looks; a look is made at the start of a batch.
    pub every: u64,
    /// Readings of a look.
    #[serde(default = "once", deserialize_with = "counted")]
    pub readings: usize,
    /// The change of the mismatch, in its standard uncertainties, at which it is calibrated anew.
    #[serde(default = "four")]
    pub threshold: f64,
}

/// How two devices are compared at common bias.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a table such as { levels = 21, passes = 2, refresh = 5000 }"
)]
pub struct CalibrationConfig {
    /// Levels of the grid, over the window of the levels that will be asked and half a step beyond,
    /// as far as the devices' windows allow.
    pub levels: usize,
    /// How often each is measured.
    pub passes: usize,
    /// Shots after which it is made anew, also where nothing has moved.
    pub refresh: u64,
}

/// A sine of several periods on top of each level, opposite on the two devices.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table such as { samples = 4, periods = 2 }")]
pub struct Dither {
    /// Readings in one period.
    pub samples: usize,
    /// Periods at each level.
    pub periods: usize,
}

/// What is measured of a pair before its first batch: both devices at common bias, there and back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table such as { levels = 41, passes = 8 }")]
pub struct SurveyConfig {
    /// Equally spaced levels from one end of the window to the other.
    pub levels: usize,
    /// Passes over them, up and down in turn.
    pub passes: usize,
}

impl Derivative {
    /// As experiment files call it.
    pub fn name(self) -> &'static str {
        match self {
            Derivative::Protocol => "protocol",
            Derivative::FrozenState => "frozen-state",
            Derivative::QuasiStatic => "quasi-static",
        }
    }
}

impl fmt::Display for Derivative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Default for CalibrationConfig {
    fn default() -> Self {
        CalibrationConfig { levels: 21, passes: 2, refresh: 5000 }
    }
}

impl Default for Dither {
    fn default() -> Self {
        Dither { samples: 4, periods: 2 }
    }
}

impl Default for SurveyConfig {
    fn default() -> Self {
        SurveyConfig { levels: 41, passes: 8 }
    }
}

impl Serialize for Step {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Step::Fixed(volts) => volts.serialize(serializer),
            Step::Auto => serializer.serialize_str("auto"),
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(StepVisitor)
    }
}

struct StepVisitor;

impl serde::de::Visitor<'_> for StepVisitor {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a voltage in quotes with its unit, such as \"20 mV\", or \"auto\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Step, E> {
        if text == "auto" {
            return Ok(Step::Auto);
        }
        let wrong = |error| E::custom(format!("{error}, or \"auto\""));
        text.parse().map(Step::Fixed).map_err(wrong)
    }
}

/// A count that is 1 or more: so that what is refused says so. 0 is refused with its key, later.
struct CountVisitor;

impl serde::de::Visitor<'_> for CountVisitor {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of 1 or more")
    }

    fn visit_i64<E: serde::de::Error>(self, found: i64) -> Result<usize, E> {
        let wrong = |_| E::invalid_value(serde::de::Unexpected::Signed(found), &self);
        usize::try_from(found).map_err(wrong)
    }

    fn visit_u64<E: serde::de::Error>(self, found: u64) -> Result<usize, E> {
        let wrong = |_| E::invalid_value(serde::de::Unexpected::Unsigned(found), &self);
        usize::try_from(found).map_err(wrong)
    }
}

fn counted<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    deserializer.deserialize_u64(CountVisitor)
}

fn some_counted<'de, D: serde::Deserializer<'de>>(found: D) -> Result<Option<usize>, D::Error> {
    // JSON that a campaign keeps has null where there is none.
    #[derive(Deserialize)]
    struct Counted(#[serde(deserialize_with = "counted")] usize);
    Ok(Option::<Counted>::deserialize(found)?.map(|it| it.0))
}

fn once() -> usize {
    1
}

fn four() -> f64 {
    4.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
fn is_one(repeats: &usize) -> bool {
    *repeats == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
fn is_false(given: &bool) -> bool {
    !given
}
