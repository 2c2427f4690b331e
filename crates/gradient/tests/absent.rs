//! A slope that cannot be formed is absent, with its reason.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use gradient::{Absent, Gradient, Method};
use smu::{Reading, Side, Skew};

use crate::devices::{Devices, OURS, SILENT, Shape, estimate, plan, seeded};

#[path = "common/devices.rs"]
mod devices;

/// The only point of a plan, one reading of which is changed.
fn spoilt(method: Method, shot: usize, side: Side, edit: fn(&mut Reading)) -> Gradient {
    let plan = plan(method, &[0.3], 0.05, "");
    let devices = Devices::drawn(Shape::Sinh, &mut seeded(3));
    let mut rows = devices.shoot(&plan.shots, &SILENT, &mut seeded(0));
    let row = &mut rows[shot % plan.shots.len()];
    edit(match side {
        Side::Base => &mut row.base,
        Side::Probe => row.probe.as_mut().unwrap(),
    });
    let calibration = devices.calibrated(41, 1, &SILENT, &mut seeded(0));
    estimate(method, &plan, &rows, &devices.knowledge(SILENT), Some(&calibration))[0]
}

#[test]
fn a_slope_that_cannot_be_formed_says_why_and_of_which_device() {
    for method in OURS {
        let sides: &[Side] =
            if method == Method::OwnDevice { &[Side::Base] } else { &[Side::Base, Side::Probe] };
        for (&side, shot) in sides.iter().flat_map(|side| (0..8).map(move |shot| (side, shot))) {
            let of = |edit| spoilt(method, shot, side, edit);
            let limited = of(|it| it.in_compliance = true);
            assert_eq!(limited.didv, Err(Absent::InCompliance(side)), "{method}");
            assert!(limited.current.is_ok(), "a limited current did flow");
            let over = of(|it| (it.overflow, it.current) = (true, None));
            assert_eq!(over.didv, Err(Absent::Overflow(side)), "{method}");
            assert_eq!(of(|it| it.current = None).didv, Err(Absent::NotANumber(side)), "{method}");
            let off = of(|it| it.voltage = Some(it.level + 0.06));
            assert_eq!(off.didv, Err(Absent::OffLevel(side)), "{method}");
            assert!(of(|it| it.voltage = Some(it.level + 1e-4)).didv.is_ok(), "{method}");
        }
    }
}

#[test]
fn a_source_that_is_always_off_by_the_same_is_no_matter_where_roles_are_exchanged() {
    let of = |method, by: f64| {
        let plan = plan(method, &[0.3], 0.05, "");
        let devices = Devices::drawn(Shape::Sinh, &mut seeded(3));
        let mut rows = devices.shoot(&plan.shots, &SILENT, &mut seeded(0));
        for probe in rows.iter_mut().filter_map(|it| it.probe.as_mut()) {
            probe.voltage = Some(probe.level + by);
        }
        estimate(method, &plan, &rows, &devices.knowledge(SILENT), None)[0].didv
    };
    assert!(of(Method::ChoppedCentral, 0.02).is_ok());
    assert_eq!(of(Method::Central, 0.02), Err(Absent::OffLevel(Side::Probe)));
    assert_eq!(of(Method::ChoppedCentral, 0.2), Err(Absent::OffLevel(Side::Probe)));
}

#[test]
fn readings_too_far_apart_in_time_make_no_slope() {
    let devices = Devices::drawn(Shape::Sinh, &mut seeded(3));
    for method in OURS.into_iter().filter(|it| *it != Method::OwnDevice) {
        let plan = plan(method, &[0.3], 0.05, "skew = \"1 ms\"");
        let of = |seconds: f64| {
            let mut rows = devices.shoot(&plan.shots, &SILENT, &mut seeded(0));
            let skew = Skew { seconds, uncertainty: 0.0 };
            rows.last_mut().unwrap().skew = Some(skew);
            let calibration = devices.calibrated(41, 1, &SILENT, &mut seeded(0));
            estimate(method, &plan, &rows, &devices.knowledge(SILENT), Some(&calibration))[0]
        };
        assert_eq!(of(-2e-3).didv, Err(Absent::Skew), "{method}");
        assert!(of(-2e-3).current.is_ok() && of(0.5e-3).didv.is_ok(), "{method}");
    }
}

#[test]
fn without_a_calibration_or_beyond_it_there_is_no_calibrated_slope() {
    let devices = Devices::drawn(Shape::Sinh, &mut seeded(3));
    for method in [Method::BaselineSubtracted, Method::CalibratedPair] {
        // The calibration ends at 1.1 V; the upper level is beyond it.
        let plan = plan(method, &[0.3, 1.09], 0.05, "");
        let rows = devices.shoot(&plan.shots, &SILENT, &mut seeded(0));
        let calibration = devices.calibrated(41, 1, &SILENT, &mut seeded(0));
        let knowledge = devices.knowledge(SILENT);
        let found = estimate(method, &plan, &rows, &knowledge, Some(&calibration));
        assert!(found[0].didv.is_ok() && found[1].current.is_ok(), "{method}");
        assert_eq!(found[1].didv, Err(Absent::OutsideCalibration), "{method}");
        let found = estimate(method, &plan, &rows, &knowledge, None);
        assert!(found.iter().all(|it| it.didv == Err(Absent::OutsideCalibration)), "{method}");
    }
}

#[test]
fn reasons_are_written_as_one_word_and_said_in_words() {
    for (absent, word, words) in [
        (Absent::InCompliance(Side::Base), "base-in-compliance", "base in compliance"),
        (Absent::OffLevel(Side::Probe), "probe-off-level", "probe off its level"),
        (Absent::Skew, "skew", "skew too large"),
    ] {
        assert_eq!(serde_json::to_value(absent).unwrap(), word);
        assert_eq!(absent.to_string(), words);
    }
}
