//! The central pair less the mismatch that was measured at common bias.

use super::{
    Evidence, Method,
    linear::of_terms,
    terms::{Term, Terms, weigh},
    uncertainty::{Correction, Judge},
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
    let mut terms = Terms::default();
    let unclamped = Evidence { monotonic: Monotonic::Unknown, ..evidence };
    let mut plainly = Judge::new(method.device(), Correction::None, unclamped);
    let judge = |it| (it, Judge::new(method.device(), correction(it), evidence));
    let mut calibrated = evidence.calibration.map(judge);
    let points = evidence.plan.points.iter();
    let estimates = points.map(|point| {
        let terms = terms.of(point, evidence.plan, |terms| weigh(method, point, terms));
        if let Some((calibration, judge)) = &mut calibrated
            && terms.iter().all(|it| calibration.mismatch.covers(it.level))
        {
            adjust(calibration, terms);
            return of_terms(method, point, terms, judge);
        }
        let plain = of_terms(method, point, terms, &mut plainly);
        Gradient { didv: plain.didv.and(Err(Absent::OutsideCalibration)), ..plain }
    });
    estimates.collect()
}
