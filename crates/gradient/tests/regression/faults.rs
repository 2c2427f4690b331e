//! Readings that are none.
#![allow(clippy::unwrap_used, reason = "tests")]

use gradient::{Absent, Gradient, Method, Store};
use smu::{Side, Skew};

use crate::simulated::*;

/// With the shot of the 41st of 101 points edited, and without.
fn pairs(edit: impl Fn(&mut gradient::ShotReading)) -> [Vec<(Gradient, Gradient)>; 2] {
    [Method::AlternatelyChopped, Method::LocalRegression].map(|method| {
        let mut rng = rng(2);
        let mut plan = plan(method, &grid(), 0.1);
        plan.skew_budget = Some(1e-3);
        let mut rows = Devices::drawn(sat, &mut rng).measure(&plan, STATIONARY, &mut rng);
        let (knowledge, store) = (knowledge(sat, STATIONARY), Store::new(0));
        let whole = estimate(method, &plan, &rows, &knowledge, &store);
        edit(&mut rows[40]);
        let edited = estimate(method, &plan, &rows, &knowledge, &store);
        edited.into_iter().zip(whole).collect()
    })
}

fn assert_absent_alone(edit: impl Fn(&mut gradient::ShotReading), why: Absent) {
    for gradients in pairs(edit) {
        for (number, (edited, whole)) in gradients.iter().enumerate() {
            if number == 40 {
                assert_eq!(edited.didv, Err(why));
            } else {
                let (edited, whole) = (edited.didv.unwrap(), whole.didv.unwrap());
                let moved = (edited.value - whole.value).abs();
                assert!(moved < 3.0 * whole.uncertainty, "point {number} moved by {moved}");
            }
        }
    }
}

#[test]
fn compliance_is_absent_at_its_point_and_disturbs_no_other() {
    let limit = |row: &mut gradient::ShotReading| {
        row.base.in_compliance = true;
        row.base.current = Some(40.0 * FULL_SCALE);
    };
    assert_absent_alone(limit, Absent::InCompliance(Side::Base));
}

#[test]
fn a_source_in_compliance_still_has_a_current() {
    for gradients in pairs(|row| row.base.in_compliance = true) {
        let (edited, whole) = (gradients[40].0.current.unwrap(), gradients[40].1.current.unwrap());
        assert!((edited.value - whole.value).abs() < 4.0 * edited.uncertainty);
    }
}

#[test]
fn overflow_is_absent_at_its_point_with_its_current() {
    let overflow = |row: &mut gradient::ShotReading| {
        let probe = row.probe.as_mut().unwrap();
        probe.overflow = true;
        probe.current = None;
    };
    assert_absent_alone(overflow, Absent::Overflow(Side::Probe));
    for gradients in pairs(overflow) {
        assert_eq!(gradients[40].0.current, Err(Absent::Overflow(Side::Probe)));
    }
}

#[test]
fn readings_too_far_apart_in_time_are_absent_at_their_point() {
    let skew = |row: &mut gradient::ShotReading| {
        row.skew = Some(Skew { seconds: -2e-3, uncertainty: 0.0 });
    };
    assert_absent_alone(skew, Absent::Skew);
}

#[test]
fn a_plan_without_a_sound_reading_has_no_slopes() {
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        let plan = plan(method, &grid(), 0.1);
        let mut rows = Devices::differing(sat, 0.0, 0.0).measure(&plan, STATIONARY, &mut rng(1));
        rows.iter_mut().for_each(|it| it.base.in_compliance = true);
        rows.iter_mut().for_each(|it| it.probe.as_mut().unwrap().in_compliance = true);
        let knowledge = knowledge(sat, STATIONARY);
        for gradient in estimate(method, &plan, &rows, &knowledge, &Store::new(0)) {
            assert_eq!(gradient.didv, Err(Absent::InCompliance(Side::Base)));
        }
    }
}
