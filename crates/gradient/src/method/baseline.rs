//! The central pair less the mismatch that was measured at common bias.

use super::{
    Evidence, Method,
    linear::{Term, list, of_terms, weigh},
    uncertainty::Correction,
};
use crate::{Absent, Calibration, Gradient, Monotonic};

/// Current and slope at every point: (I_probe(V+d/2) − I_base(V−d/2))/d less the mean of the
/// calibration's mismatch at the two levels over d. There is no slope beyond the levels of the
/// calibration, and none without one; the current there is the uncorrected one, and less sure.
pub(super) fn estimate(evidence: Evidence<'_>) -> Vec<Gradient> {
    calibrated(Method::BaselineSubtracted, evidence, Correction::Curve, |_, _| ())
}

/// What the two calibrated estimators share. `adjust` changes the weights of the central pair.
pub(super) fn calibrated<'a>(
    method: Method,
    evidence: Evidence<'a>,
    correction: fn(&'a Calibration) -> Correction<'a>,
    adjust: fn(&Calibration, &mut [Term]),
) -> Vec<Gradient> {
    let mut terms = Vec::new();
    let points = evidence.plan.points.iter();
    let estimates = points.map(|point| {
        list(point, evidence.plan, &mut terms);
        weigh(method, point, &mut terms);
        let covers = |it: &&Calibration| terms.iter().all(|term| it.mismatch.covers(term.level));
        if let Some(calibration) = evidence.calibration.filter(covers) {
            adjust(calibration, &mut terms);
            return of_terms(method, point, &terms, correction(calibration), evidence);
        }
        let unclamped = Evidence { monotonic: Monotonic::Unknown, ..evidence };
        let plain = of_terms(method, point, &terms, Correction::None, unclamped);
        Gradient { didv: plain.didv.and(Err(Absent::OutsideCalibration)), ..plain }
    });
    estimates.collect()
}
