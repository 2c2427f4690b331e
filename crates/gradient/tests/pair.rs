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
use gradient::{Absent, Forward, GradientError, Monotonic, Pair, PairedReading};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use smu::{Side, SmuError, units::Volts};

const FORWARD: Forward = Forward { delta_v: Volts(0.1) };
const CODE: f64 = 50e-6;

/// The slope of two equal resistors, within what two uncalibrated instruments make of it.
fn is_of_10_kilohms(row: &PairedReading) -> bool {
    row.didv.is_ok_and(|it| (it - 1e-4).abs() < 5e-6)
}

fn levels(rows: &[PairedReading]) -> Vec<f64> {
    rows.iter().map(|it| it.base.level).collect()
}

#[tokio::test]
async fn rows_come_in_the_order_asked_with_repeats() {
    let (mut pair, _) = pair([10.0, 10.0]).await;
    let asked = [0.5, -0.5, 0.0, 0.5, 0.5, 0.25];
    let rows = pair.measure(&asked, &FORWARD).await.unwrap();
    assert_eq!(levels(&rows), asked);
    for row in &rows {
        assert!(is_of_10_kilohms(row), "{row:?}");
        assert!((row.probe.level - row.base.level - 0.1).abs() < 1e-12);
        assert_eq!(row.delta_v, row.probe.level - row.base.level);
    }
    assert_eq!(pair.measure(&[], &FORWARD).await.unwrap(), []);
}

#[tokio::test]
async fn both_lists_are_sent_before_either_sweep_starts() {
    let (mut pair, said) = pair([10.0, 10.0]).await;
    pair.measure(&[0.1, 0.2], &FORWARD).await.unwrap();
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

#[tokio::test]
async fn more_levels_than_a_list_holds_are_two_sweeps_and_one_answer() {
    let (mut pair, said) = pair([10.0, 10.0]).await;
    let asked: Vec<_> = (0..2600).map(|it| f64::from(it % 37) * 0.02).collect();
    let rows = pair.measure(&asked, &FORWARD).await.unwrap();
    let sourced: Vec<_> = asked.iter().map(|it| pair.base().level_as_sourced(*it)).collect();
    assert_eq!(levels(&rows), sourced);
    assert!(rows.iter().all(is_of_10_kilohms));
    assert_eq!(take(&said).iter().filter(|it| it.1.starts_with(":READ?")).count(), 4);
}

#[tokio::test]
async fn levels_and_step_are_whole_codes_of_the_source_and_the_slope_uses_what_was_sourced() {
    let (mut pair, said) = pair([10.0, 10.0]).await;
    let method = Forward { delta_v: Volts(0.020_04) };
    let rows = pair.measure(&[0.30001, 0.30003], &method).await.unwrap();
    assert_eq!(levels(&rows), [0.3, 0.30005]);
    assert_eq!([rows[0].probe.level, rows[1].probe.level], [0.32005, 0.3201]);
    for row in rows {
        assert!((row.delta_v - 0.02005).abs() < 1e-12);
        let currents = row.probe.current.unwrap() - row.base.current.unwrap();
        assert_eq!(row.didv, Ok(currents / row.delta_v));
    }
    let said = take(&said);
    assert!(said.contains(&("base".into(), ":SOUR:LIST:VOLT 0.3,0.30005".into())), "{said:?}");
    assert!(said.contains(&("probe".into(), ":SOUR:LIST:VOLT 0.32005,0.3201".into())));
}

#[test]
fn any_plan_is_measured_in_its_order_on_whole_codes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    // Proptest calls a closure that may not change anything, so the pair is in a cell.
    let (pair, _) = runtime.block_on(pair([10.0, 10.0]));
    let pair = RefCell::new(pair);
    let plans = (vec(-0.8..0.8_f64, 1..40), prop_oneof![CODE..0.2, -0.2..-CODE]);
    let mut runner = TestRunner::new(Config::with_cases(64));
    let run = |(asked, delta_v): (Vec<f64>, f64)| {
        let method = Forward { delta_v: Volts(delta_v) };
        let rows = runtime.block_on(pair.borrow_mut().measure(&asked, &method)).unwrap();
        prop_assert_eq!(rows.len(), asked.len());
        for (row, level) in rows.iter().zip(&asked) {
            prop_assert!((row.base.level - level).abs() <= CODE / 2.0 + 1e-12);
            for codes in [row.base.level / CODE, row.delta_v / CODE] {
                prop_assert!((codes - codes.round()).abs() < 1e-6, "{} codes", codes);
            }
            prop_assert!((row.delta_v - delta_v).abs() <= CODE / 2.0 + 1e-12);
            let current = row.base.current.unwrap();
            prop_assert!((current - row.base.level * 1e-4).abs() < 0.02 * 1e-4);
        }
        Ok(())
    };
    runner.run(&plans, run).unwrap();
}

#[tokio::test]
async fn a_step_below_a_source_code_is_refused_with_the_resolution_and_nothing_sent() {
    let (mut pair, said) = pair([10.0, 10.0]).await;
    for (delta_v, shown) in [(20e-6, "20 uV"), (-49.9e-6, "-49.9 uV"), (0.0, "0 V")] {
        let method = Forward { delta_v: Volts(delta_v) };
        let error = pair.measure(&[0.1], &method).await.unwrap_err();
        assert!(matches!(error, GradientError::StepBelowCode { .. }));
        assert_eq!(
            error.to_string(),
            format!(
                "delta_v {shown} is below one source code, 50 uV, of \"base\" on its 2 V range"
            )
        );
    }
    assert!(Forward { delta_v: Volts(f64::NAN) }.check(pair.base(), pair.probe()).is_err());
    assert_eq!(take(&said), []);
    pair.measure(&[0.1], &Forward { delta_v: Volts(CODE) }).await.unwrap();
}

#[tokio::test]
async fn a_step_that_only_the_base_can_make_is_refused_by_the_probe() {
    let said = Said::default();
    let fine = SETTINGS.replace("\"2 V\"", "\"200 mV\"").replace("1 V\"", "0.2 V\"");
    let base = instrument("base", 10.0, &fine, &said, unedited).await;
    let probe = instrument("probe", 10.0, SETTINGS, &said, unedited).await;
    let error = Forward { delta_v: Volts(10e-6) }.check(&base, &probe).unwrap_err();
    assert_eq!(
        error.to_string(),
        "delta_v 10 uV is below one source code, 50 uV, of \"probe\" on its 2 V range"
    );
}

#[tokio::test]
async fn a_level_outside_either_window_is_refused_with_nothing_sent() {
    let (mut pair, said) = pair([10.0, 10.0]).await;
    for (level, expected) in [
        (-1.05, "level -1.05 V is outside the window -1 V to 1 V of \"base\""),
        (0.95, "level 1.05 V is outside the window -1 V to 1 V of \"probe\""),
        (f64::NAN, "level NaN V is outside the window -1 V to 1 V of \"base\""),
    ] {
        let error = pair.measure(&[0.0, level], &FORWARD).await.unwrap_err();
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
async fn a_slope_that_cannot_be_formed_is_absent_and_its_neighbour_is_not() {
    let overflow: Edit = |it| first_current(it, "+9.900000E+37");
    let nothing: Edit = |it| first_current(it, "+9.910000E+37");
    for (edits, expected) in [
        ([overflow, unedited], Absent::Overflow(Side::Base)),
        ([unedited, overflow], Absent::Overflow(Side::Probe)),
        ([nothing, unedited], Absent::NotANumber(Side::Base)),
        ([unedited, nothing], Absent::NotANumber(Side::Probe)),
    ] {
        let (mut pair, _) = edited_pair([10.0, 10.0], edits).await;
        let rows = pair.measure(&[0.5, 0.6], &FORWARD).await.unwrap();
        assert_eq!(rows[0].didv, Err(expected));
        assert!(is_of_10_kilohms(&rows[1]), "{rows:?}");
    }
    // 0.9 V over 8 kΩ is beyond the compliance of 105 µA.
    for (kilohms, expected) in [
        ([8.0, 10.0], Absent::InCompliance(Side::Base)),
        ([10.0, 8.0], Absent::InCompliance(Side::Probe)),
    ] {
        let (mut pair, _) = pair(kilohms).await;
        let rows = pair.measure(&[0.9, 0.1], &FORWARD).await.unwrap();
        assert_eq!(rows[0].didv, Err(expected), "{rows:?}");
        assert!(rows[1].didv.is_ok());
    }
}

#[tokio::test]
async fn rows_are_written_with_their_slope_or_their_reason() {
    let (mut pair, _) = pair([8.0, 10.0]).await;
    let rows = pair.measure(&[0.9, 0.1], &FORWARD).await.unwrap();
    let json = serde_json::to_value(&rows).unwrap();
    assert_eq!(json[0]["didv"]["Err"], "base in compliance");
    assert_eq!(json[1]["didv"]["Ok"], rows[1].didv.unwrap());
    assert_eq!((&json[0]["base"]["level"], &json[0]["clamped"]), (&0.9.into(), &false.into()));
    assert_eq!(rows[0].didv.unwrap_err().to_string(), "base in compliance");
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
    let error = pair.measure(&[0.1, 0.2], &FORWARD).await.unwrap_err().to_string();
    assert_eq!(error, "\"probe\" returned 2 numbers for 2 points of 3 elements");
    let rows = pair.measure(&[0.3, 0.4, 0.5], &FORWARD).await.unwrap();
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
        give_up_after(polls, pair.measure(&[0.7, -0.7], &FORWARD)).await;
        let rows = pair.measure(&[0.1, 0.3], &FORWARD).await.unwrap();
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
    let error = pair.measure(&[0.1], &FORWARD).await.unwrap_err().to_string();
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
