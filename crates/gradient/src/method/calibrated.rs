//! The central pair with the probe's current brought to the base's by gain and offset.

use smu::Side;

use super::{Evidence, Method, baseline::calibrated, uncertainty::Correction};
use crate::Gradient;

/// Current and slope of the base at every point: ((I_probe(V+d/2) − offset)/gain − I_base(V−d/2))/d.
/// What the straight line from one current to the other leaves of the mismatch is a bias; the
/// calibration tells how large, and it is part of the uncertainty. There is no slope beyond the
/// levels of the calibration, and none without one.
pub(super) fn estimate(evidence: Evidence<'_>) -> Vec<Gradient> {
    calibrated(Method::CalibratedPair, evidence, Correction::Line, |calibration, terms| {
        for term in terms.iter_mut().filter(|it| it.side == Side::Probe) {
            term.slope /= calibration.gain;
            term.current /= calibration.gain;
        }
    })
}
