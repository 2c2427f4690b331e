//! The central pair less the mismatch that was measured at common bias.

use super::{
    Evidence, Method,
    linear::of_run,
    run::{Each, Runs},
    terms::{Term, weigh},
    uncertainty::{Correction, Judge},
};
use crate::{Absent, Calibration, Gradient, Monotonic, Point};

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
    let unclamped = Evidence { monotonic: Monotonic::Unknown, ..evidence };
    let mut plainly = Judge::new(method.device(), Correction::None, unclamped);
    let judge = |it| (it, Judge::new(method.device(), correction(it), evidence));
    let mut calibrated = evidence.calibration.map(judge);
    let mut gradients = Vec::with_capacity(evidence.plan.points.len());
    let mut adjusted = Vec::new();
    let weigh = |point: &Point, terms: &mut [Term]| weigh(method, point, terms);
    Runs::default().each(evidence.plan, weigh, |run| {
        let covers = |at: usize| {
            let mut levels = run.levels[..run.terms.len()].iter().map(|it| it[at]);
            calibrated.as_ref().is_some_and(|it| levels.all(|level| it.0.mismatch.covers(level)))
        };
        let covered: Each<bool> = std::array::from_fn(|at| at < run.points.len() && covers(at));
        let mut from = 0;
        for part in covered[..run.points.len()].chunk_by(|one, next| one == next) {
            let over = from..from + part.len();
            from = over.end;
            if let (Some((calibration, judge)), true) = (&mut calibrated, part[0]) {
                adjusted.clear();
                adjusted.extend_from_slice(run.terms);
                adjust(calibration, &mut adjusted);
                of_run(method, run.weighed(&adjusted), over, judge, &mut gradients);
            } else {
                let before = gradients.len();
                of_run(method, run, over, &mut plainly, &mut gradients);
                for plain in &mut gradients[before..] {
                    plain.didv = plain.didv.and(Err(Absent::OutsideCalibration));
                }
            }
        }
    });
    gradients
}
