//! Pairs of simulated instruments, over SCPI text.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use common::{Edit, SETTINGS, Said, edited_pair, instrument, pair, take, unedited};
use gradient::{GradientConfig, GradientError, Monotonic, Pair, Plan, Purpose, Shot, ShotReading};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use smu::SmuError;

const CODE: f64 = 50e-6;

/// The base at each level and the probe 0.1 V higher.
fn shots(levels: &[f64]) -> Vec<Shot> {
    let shot = |it: &f64| {
        let probe = ((it + 0.1) / CODE).round() * CODE;
        Shot { base: *it, probe: Some(probe), purpose: Purpose::Survey }
    };
    levels.iter().map(shot).collect()
}

/// The currents of two equal resistors, within what two uncalibrated instruments make of them.
fn is_of_10_kilohms(row: &ShotReading) -> bool {
    let readings = [Some(row.base), row.probe];
    readings.into_iter().all(|it| {
        it.is_some_and(|it| it.current.is_some_and(|i| (i - it.level * 1e-4).abs() < 5e-7))
    })
}

fn levels(rows: &[ShotReading]) -> Vec<f64> {
    rows.iter().map(|it| it.base.level).collect()
}

#[tokio::test]
async fn rows_come_in_the_order_asked_with_repeats() {
    let (mut pair, _) = pair([10.0, 10.0]).await;
    let asked = [0.5, -0.5, 0.0, 0.5, 0.5, 0.25];
    let rows = pair.shoot(&shots(&asked)).await.unwrap();
    assert_eq!(levels(&rows), asked);
    for row in &rows {
        assert!(is_of_10_kilohms(row), "{row:?}");
        assert!((row.probe.unwrap().level - row.base.level - 0.1).abs() < 1e-12);
    }
    assert_eq!(pair.shoot(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_shot_of_the_base_alone_has_the_probe_at_0_v() {
    let (mut pair, said) = pair([10.0, 10.0]).await;
    let alone = |level| Shot { base: level, probe: None, purpose: Purpose::Survey };
    let mut asked = shots(&[0.5]);
    asked.extend([alone(0.4), alone(0.3)]);
    asked.extend(shots(&[0.2]));
    let rows = pair.shoot(&asked).await.unwrap();
    assert_eq!(levels(&rows), [0.5, 0.4, 0.3, 0.2]);
    assert_eq!(
        rows.iter().map(|it| it.probe.is_some()).collect::<Vec<_>>(),
        [true, false, false, true]
    );
    let said = take(&said);
    let at = |who: &str, what: &str| said.iter().position(|it| it.0 == who && it.1 == what);
    let (down, alone) = (at("probe", ":SOUR:VOLT 0"), at("base", ":SOUR:LIST:VOLT 0.4,0.3"));
    assert!(down.is_some() && down < alone, "{said:?}");
}

#[tokio::test]
async fn both_lists_are_sent_before_either_sweep_starts() {
    let (mut pair, said) = pair([10.0, 10.0]).await;
    pair.shoot(&shots(&[0.1, 0.2])).await.unwrap();
    let said = take(&said);
    let of = |what: &str| {
        let found: Vec<_> = (0..said.len()).filter(|it| said[*it].1.starts_with(what)).collect();
        assert_eq!(found.len(), 2, "{what}: {said:?}");
        assert_ne!(said[found[0]].0, said[found[1]].0);
        found
    };
    let (lists, starts) = (of(":SOUR:LIST:VOLT "), of(":READ?"));
    assert!(lists[1] < starts[0], "{said:?}");
    let list = |name: &str| {
        let at = lists.iter().find(|it| said[**it].0 == name).unwrap();
        said[*at].1.clone()
    };
    assert_eq!(list("base"), ":SOUR:LIST:VOLT 0.1,0.2");
    assert_eq!(list("probe"), ":SOUR:LIST:VOLT 0.2,0.3");
}

#[test]
fn any_plan_is_measured_in_its_order_on_whole_codes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    // Proptest calls a closure that may not change anything, so the pair is in a cell.
    let (pair, _) = runtime.block_on(pair([10.0, 10.0]));
    let (codes, pair) = (pair.codes(), RefCell::new(pair));
    let plans = (vec(-0.8..0.8_f64, 1..40), prop_oneof![CODE..0.2, -0.2..-CODE]);
    let config: GradientConfig =
        toml::from_str("method = \"forward\"\ndelta_v = \"20 mV\"\norder = \"as-asked\"").unwrap();
    let mut runner = TestRunner::new(Config::with_cases(64));
    let run = |(asked, delta_v): (Vec<f64>, f64)| {
        let plan = Plan::new(&asked, delta_v, &config, &codes).unwrap();
        let rows = runtime.block_on(pair.borrow_mut().shoot(&plan.shots)).unwrap();
        prop_assert_eq!(rows.len(), plan.points.len());
        for (place, level) in plan.answers.iter().zip(&asked) {
            let (base, probe) = (rows[*place].base, rows[*place].probe.unwrap());
            prop_assert!((base.level - level).abs() <= CODE / 2.0 + 1e-12);
            let step = probe.level - base.level;
            for codes in [base.level / CODE, step / CODE] {
                prop_assert!((codes - codes.round()).abs() < 1e-6, "{} codes", codes);
            }
            prop_assert!((step - delta_v).abs() <= CODE / 2.0 + 1e-12);
            prop_assert!((base.current.unwrap() - base.level * 1e-4).abs() < 0.02 * 1e-4);
        }
        Ok(())
    };
    runner.run(&plans, run).unwrap();
}

#[tokio::test]
async fn a_step_below_a_source_code_is_refused_with_the_resolution() {
    let (pair, _) = pair([10.0, 10.0]).await;
    for (delta_v, shown) in [(20e-6, "20 uV"), (-49.9e-6, "-49.9 uV"), (0.0, "0 V")] {
        let error = pair.codes().check_step(delta_v).unwrap_err();
        assert!(matches!(error, GradientError::StepBelowCode { .. }));
        assert_eq!(
            error.to_string(),
            format!(
                "delta_v {shown} is below one source code, 50 uV, of \"base\" on its 2 V range"
            )
        );
    }
    assert!(pair.codes().check_step(f64::NAN).is_err());
    assert!(pair.codes().check_step(CODE).is_ok());
}

#[tokio::test]
async fn a_step_that_only_the_base_can_make_is_refused_by_the_probe() {
    let said = Said::default();
    let fine = SETTINGS.replace("\"2 V\"", "\"200 mV\"").replace("1 V\"", "0.2 V\"");
    let base = instrument("base", 10.0, &fine, &said, unedited).await;
    let probe = instrument("probe", 10.0, SETTINGS, &said, unedited).await;
    let pair = Pair::new("p0", base, probe, Monotonic::Unknown).unwrap();
    let error = pair.codes().check_step(10e-6).unwrap_err();
    assert_eq!(
        error.to_string(),
        "delta_v 10 uV is below one source code, 50 uV, of \"probe\" on its 2 V range"
    );
}

#[tokio::test]
async fn a_level_outside_either_window_is_refused_with_nothing_sent() {
    let (mut pair, said) = pair([10.0, 10.0]).await;
    let shot = |base, probe| Shot { base, probe, purpose: Purpose::Survey };
    for (wrong, expected) in [
        (shot(-1.05, None), "level -1.05 V is outside the window -1 V to 1 V of \"base\""),
        (shot(0.95, Some(1.05)), "level 1.05 V is outside the window -1 V to 1 V of \"probe\""),
        (shot(f64::NAN, None), "level NaN V is outside the window -1 V to 1 V of \"base\""),
    ] {
        let error = pair.shoot(&[shot(0.0, Some(0.0)), wrong]).await.unwrap_err();
        assert!(matches!(error, GradientError::Smu(SmuError::OutsideWindow { .. })));
        assert_eq!(error.to_string(), expected);
    }
    let error = pair.iv(&[0.0, 1.2]).await.unwrap_err().to_string();
    assert_eq!(error, "level 1.2 V is outside the window -1 V to 1 V of \"base\"");
    assert_eq!(take(&said), []);
}

#[tokio::test]
async fn both_devices_can_be_read_at_the_same_levels() {
    let (mut pair, _) = pair([10.0, 20.0]).await;
    let asked = [-0.5, 0.25, 1.0];
    let rows = pair.iv(&asked).await.unwrap();
    let (base, probe): (Vec<_>, Vec<_>) = rows.iter().map(|it| (it.base, it.probe)).unzip();
    for (at, level) in asked.iter().enumerate() {
        assert_eq!([base[at].level, probe[at].level], [*level; 2]);
        assert!((base[at].current.unwrap() - level * 1e-4).abs() < 1e-6);
        assert!((probe[at].current.unwrap() - level * 5e-5).abs() < 1e-6);
    }
}

fn first_current(reply: String, current: &str) -> String {
    match reply.split_once(',') {
        Some((_, rest)) if reply.matches(',').count() >= 6 => format!("{current},{rest}"),
        _ => reply,
    }
}

#[tokio::test]
async fn a_reading_that_is_no_current_says_so_and_its_neighbour_is_one() {
    let overflow: Edit = |it| first_current(it, "+9.900000E+37");
    let nothing: Edit = |it| first_current(it, "+9.910000E+37");
    for (edit, overflows) in [(overflow, true), (nothing, false)] {
        for (wrong, edits) in [[edit, unedited], [unedited, edit]].into_iter().enumerate() {
            let (mut pair, _) = edited_pair([10.0, 10.0], edits).await;
            let rows = pair.shoot(&shots(&[0.5, 0.6])).await.unwrap();
            let first = [rows[0].base, rows[0].probe.unwrap()];
            assert_eq!((first[wrong].overflow, first[1 - wrong].overflow), (overflows, false));
            assert_eq!(first[wrong].current, None);
            assert!(first[1 - wrong].current.is_some() && is_of_10_kilohms(&rows[1]), "{rows:?}");
        }
    }
    // 0.9 V over 8 kΩ is beyond the compliance of 105 µA.
    for (kilohms, expected) in [([8.0, 10.0], [true, false]), ([10.0, 8.0], [false, true])] {
        let (mut pair, _) = pair(kilohms).await;
        let rows = pair.shoot(&shots(&[0.9, 0.1])).await.unwrap();
        let limited = |row: &ShotReading| [row.base, row.probe.unwrap()].map(|it| it.in_compliance);
        assert_eq!((limited(&rows[0]), limited(&rows[1])), (expected, [false; 2]), "{rows:?}");
    }
}

#[tokio::test]
async fn instruments_that_are_set_up_differently_are_no_pair() {
    for (before, after, expected) in [
        ("nplc = 1", "nplc = 0.1", "nplc of base and probe differ: 1 and 0.1"),
        ("\"50 Hz\"", "\"60 Hz\"", "line_frequency of base and probe differ: 50 Hz and 60 Hz"),
        ("\"1 ms\"", "\"2 ms\"", "source_delay of base and probe differ: 1 ms and 2 ms"),
    ] {
        let said = Said::default();
        let base = instrument("base", 10.0, SETTINGS, &said, unedited).await;
        let other = SETTINGS.replace(before, after);
        let probe = instrument("probe", 10.0, &other, &said, unedited).await;
        let error = Pair::new("p0", base, probe, Monotonic::Yes).unwrap_err();
        assert_eq!(error.to_string(), format!("pair \"p0\": {expected}"));
    }
}

#[tokio::test]
async fn when_one_instrument_fails_the_other_is_left_in_step() {
    let torn: Edit =
        |it| if it.matches(',').count() == 6 { "1,2;0,\"No error\"".into() } else { it };
    let (mut pair, _) = edited_pair([10.0, 10.0], [unedited, torn]).await;
    let error = pair.shoot(&shots(&[0.1, 0.2])).await.unwrap_err().to_string();
    assert_eq!(error, "\"probe\" returned 2 numbers for 2 points of 3 elements");
    let rows = pair.shoot(&shots(&[0.3, 0.4, 0.5])).await.unwrap();
    assert_eq!(levels(&rows), [0.3, 0.4, 0.5]);
    assert!(rows.iter().all(is_of_10_kilohms), "{rows:?}");
}

/// Polls a future a few times and drops it.
async fn give_up_after(polls: usize, future: impl Future) {
    let mut future = pin!(future);
    for _ in 0..polls {
        if poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_measurement_given_up_anywhere_leaves_nothing_behind() {
    let (mut pair, _) = pair([10.0, 10.0]).await;
    for polls in 0..60 {
        give_up_after(polls, pair.shoot(&shots(&[0.7, -0.7]))).await;
        let rows = pair.shoot(&shots(&[0.1, 0.3])).await.unwrap();
        assert_eq!(levels(&rows), [0.1, 0.3]);
        assert!(rows.iter().all(is_of_10_kilohms), "given up after {polls} polls: {rows:?}");
        assert!((rows[0].base.current.unwrap() - 1e-5).abs() < 1e-6);
    }
}

#[tokio::test]
async fn both_outputs_are_tried_and_nothing_is_measured_after() {
    let (mut pair, said) = pair([10.0, 10.0]).await;
    assert_eq!(pair.name(), "p0");
    assert_eq!(pair.kill_switches().map(|it| it.name().to_owned()), ["base", "probe"]);
    pair.output_off().await.unwrap();
    let off = take(&said).into_iter().filter(|it| it.1 == ":OUTP OFF");
    let mut names: Vec<_> = off.map(|it| it.0).collect();
    names.sort();
    assert_eq!(names, ["base", "probe"]);
    let error = pair.shoot(&shots(&[0.1])).await.unwrap_err().to_string();
    assert_eq!(error, "the output of \"base\" is off");
}

#[tokio::test]
async fn two_that_measure_over_different_times_are_no_pair() {
    for (setting, line, other, base, probe) in [
        ("settle", "settle = \"5 ms\"", "", "5 ms", "0 s"),
        ("filter", "filter = { kind = \"repeat\", count = 4 }", "", "repeat of 4", "none"),
        ("auto_zero", "auto_zero = \"off\"", "auto_zero = \"on\"", "off", "on"),
        ("measure_voltage", "", "measure_voltage = true", "false", "true"),
    ] {
        let said = Said::default();
        let (one, two) = (format!("{SETTINGS}{line}\n"), format!("{SETTINGS}{other}\n"));
        let one = instrument("base", 10.0, &one, &said, unedited).await;
        let two = instrument("probe", 10.0, &two, &said, unedited).await;
        let error = Pair::new("p0", one, two, Monotonic::Unknown).unwrap_err();
        let GradientError::Unlike { setting: found, base: of_base, probe: of_probe, .. } = &error
        else {
            panic!("{error}");
        };
        assert_eq!((*found, of_base.as_str(), of_probe.as_str()), (setting, base, probe));
    }
}

#[tokio::test]
async fn what_is_left_out_is_as_a_reset_leaves_it() {
    let said = Said::default();
    let explicit = format!("{SETTINGS}auto_zero = \"on\"\nsettle = \"0 s\"\n");
    let one = instrument("base", 10.0, SETTINGS, &said, unedited).await;
    let two = instrument("probe", 10.0, &explicit, &said, unedited).await;
    assert!(Pair::new("p0", one, two, Monotonic::Unknown).is_ok());
}
