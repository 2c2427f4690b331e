//! The estimators: which shots each makes at a point, and what it makes of the readings.

mod baseline;
mod calibrated;
mod covering;
mod linear;
mod pattern;
mod readings;
mod regression;
mod run;
mod small_signal;
mod smooth;
mod terms;
mod uncertainty;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use self::pattern::pattern;
use crate::{Calibration, Device, Gradient, Knowledge, Monotonic, Plan, ShotReading, Store};

/// The estimators of dI/dV at V with a step d. σ is the noise of one reading, m(V) the mismatch
/// I_probe − I_base at common bias. "Mean device" is the mean of the two currents at one level. What is
/// known of a bias is part of the uncertainty and never subtracted; the current of a central estimator
/// is the mean of its readings, whose bias d²·I″/8 is in its uncertainty too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// The paper's: (I_probe(V+d) − I_base(V))/d. Bias d·I″/2 + m/d, noise √2·σ/d, two operations.
    Forward,
    /// (I_probe(V+d/2) − I_base(V−d/2))/d. Bias d²·I‴/24 + m/d, noise √2·σ/d, two operations.
    Central,
    /// The mean of both assignments of the forward pair. Bias d·I″/2 of the mean device, noise σ/d,
    /// four operations.
    ChoppedForward,
    /// The mean of both assignments of the central pair: the central difference of the mean device.
    /// Bias d²·I‴/24, noise σ/d, four operations.
    ChoppedCentral,
    /// A central pair whose roles are exchanged from each point to the next along the sorted plan.
    /// The slope is that of the smooth mean curve through all readings of the plan, fitted together
    /// with a smooth mismatch, which the exchange tells from it, and with what both devices of a
    /// shot have in common. How smooth, the readings decide; bias and noise are in the uncertainty.
    /// A plan of few shots takes the newest of the session along. Two operations.
    AlternatelyChopped,
    /// Chopped central in the order A B B A: what drifts in proportion to time cancels. Eight
    /// operations, noise σ/(√2·d).
    Abba,
    /// The central pair less the mismatch curve m(V) measured at common bias. Bias d²·I‴/24 of the mean
    /// device, noise √2·σ/d and what the calibration's noise and age leave, u(m)/d. Two operations and
    /// a calibration that ages.
    BaselineSubtracted,
    /// The central pair with the probe's current brought to the base's by the gain and offset that
    /// were measured at common bias. Bias d²·I‴/24 of the base + r/d, where r(V) is what the straight
    /// line from one current to the other leaves; noise √(1 + 1/gain²)·σ/d. Two operations and a
    /// calibration that ages.
    CalibratedPair,
    /// The central difference of the base alone, one reading after the other. Bias d²·I‴/24 of the
    /// base, noise √2·σ/d; drift between the two readings enters. Two operations.
    OwnDevice,
    /// Both devices at V; the slope of the smooth mean curve through the readings of the plan and the
    /// newest of the session, which count less the further the devices may have drifted since. Two
    /// operations, which a forward pass makes anyway.
    LocalRegression,
    /// A sine of amplitude d/2 on V, opposite on the two devices, demodulated: least squares with
    /// curvature and drift beside it. Bias (d/2)²·I‴/8 of the mean device, noise 2σ/(d·√N) with N
    /// samples in all, and some per cent for the drift; four samples a period have d/√2 between two
    /// levels, and the bias of a central difference of that. Operations: two for each sample.
    SmallSignal,
}

/// What a plan's slopes are formed of.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What was measured.
    pub plan: &'a Plan,
    /// What came back: one for each shot.
    pub rows: &'a [ShotReading],
    /// What is known of the pair.
    pub knowledge: &'a Knowledge,
    /// The last calibration at common bias, where one was made.
    pub calibration: Option<&'a Calibration>,
    /// The session's readings before this plan, without its own.
    pub store: &'a Store,
    /// Whether negative slopes are errors.
    pub monotonic: Monotonic,
}

impl Method {
    /// Every estimator.
    pub const ALL: [Method; 11] = [
        Method::Forward,
        Method::Central,
        Method::ChoppedForward,
        Method::ChoppedCentral,
        Method::AlternatelyChopped,
        Method::Abba,
        Method::BaselineSubtracted,
        Method::CalibratedPair,
        Method::OwnDevice,
        Method::LocalRegression,
        Method::SmallSignal,
    ];

    /// As experiment files and the campaign call it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Forward => "forward",
            Method::Central => "central",
            Method::ChoppedForward => "chopped-forward",
            Method::ChoppedCentral => "chopped-central",
            Method::AlternatelyChopped => "alternately-chopped",
            Method::Abba => "abba",
            Method::BaselineSubtracted => "baseline-subtracted",
            Method::CalibratedPair => "calibrated-pair",
            Method::OwnDevice => "own-device",
            Method::LocalRegression => "local-regression",
            Method::SmallSignal => "small-signal",
        }
    }

    /// Whose current and slope it gives.
    pub fn device(self) -> Device {
        match self {
            Method::Forward | Method::CalibratedPair | Method::OwnDevice => Device::Base,
            _ => Device::Mean,
        }
    }

    /// Whether it rests on a calibration at common bias.
    pub fn is_calibrated(self) -> bool {
        matches!(self, Method::BaselineSubtracted | Method::CalibratedPair)
    }

    /// Whether slopes may rest on the session's readings before the plan.
    pub fn looks_back(self) -> bool {
        matches!(self, Method::AlternatelyChopped | Method::LocalRegression)
    }

    /// Current and slope at every point of the plan, in its order.
    pub fn estimate(self, evidence: Evidence<'_>) -> Vec<Gradient> {
        match self {
            Method::AlternatelyChopped | Method::LocalRegression => {
                regression::estimate(self, evidence)
            }
            Method::BaselineSubtracted => baseline::estimate(evidence),
            Method::CalibratedPair => calibrated::estimate(evidence),
            Method::SmallSignal => small_signal::estimate(evidence),
            _ => linear::estimate(self, evidence),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
