//! Two 2400s whose Trigger Link lines are joined, driven as one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod pairing_bench;

use std::time::Duration;

use pairing_bench::{SETTINGS, Station, configured, ten_kilohms};
use smu::{Coupling, Duo, Lines, Reading, Side, SmuError, Wiring};

const MODEL: &str = "keithley-2400";
/// From one's source to the other's, s.
const LATENCY: f64 = 225e-6;

/// A cable that joins lines of equal number.
const STRAIGHT: &[(u32, u32)] = &[(1, 1), (2, 2), (3, 3), (4, 4)];

struct Bench {
    base: Station,
    probe: Station,
    duo: Duo,
}

async fn bench(cable: Option<&[(u32, u32)]>, coupling: Coupling) -> Bench {
    bench_of([String::new(), String::new()], cable, coupling).await
}

async fn bench_of(more: [String; 2], cable: Option<&[(u32, u32)]>, coupling: Coupling) -> Bench {
    let [one, other] = more.map(|it| ten_kilohms(MODEL, &it));
    let (mut base, mut probe) = (Station::new(&one), Station::new(&other));
    if let Some(cable) = cable {
        assert!(base.host.join(&probe.host, Some(cable)));
    }
    let smus = (
        configured("a1", MODEL, base.connect(), SETTINGS).await,
        configured("b1", MODEL, probe.connect(), SETTINGS).await,
    );
    let mut duo = Duo::new(smus.0, smus.1, coupling).unwrap();
    duo.output_on().await.unwrap();
    Bench { base, probe, duo }
}

fn linked() -> Coupling {
    Coupling::TriggerLink(Wiring::default())
}

/// `count` levels from -1 V to 1 V.
fn grid(count: usize) -> Vec<f64> {
    (0..count)
        .map(|it| ((-1.0 + 2.0 * it as f64 / (count - 1) as f64) * 2e4).round() / 2e4)
        .collect()
}

/// 10 kOhm at the level asked, to the last digits of the range.
#[track_caller]
fn is_ten_kilohms(reading: &Reading) {
    let found = reading.current.unwrap();
    assert!((found - reading.level * 1e-4).abs() < 5e-9, "{reading:?}");
}

#[tokio::test]
async fn a_pair_measures_every_level_within_the_latency_of_the_link() {
    let mut bench = bench(Some(STRAIGHT), linked()).await;
    let levels = grid(101);
    let beyond: Vec<_> = levels.iter().map(|it| it + 0.05).collect();
    let rows = bench.duo.sweep(&levels, &beyond).await.unwrap();
    assert_eq!(rows.len(), levels.len());
    for (row, level) in rows.iter().zip(&levels) {
        assert_eq!((row.base.level, row.probe.level), (*level, level + 0.05));
        is_ten_kilohms(&row.base);
        is_ten_kilohms(&row.probe);
        let skew = row.skew.unwrap();
        assert!((0.0..=LATENCY + 2e-4).contains(&(row.probe.time - row.base.time)), "{row:?}");
        assert!(skew.seconds.abs() <= LATENCY + skew.uncertainty, "{row:?}");
    }
    // Neither runs ahead: a point of one begins when the other has measured the one before.
    for pair in rows.windows(2) {
        assert!(pair[1].base.time > pair[0].probe.time);
    }
    assert!(bench.base.said().iter().any(|it| it.contains("TRIG:DIR SOUR")));
}

#[tokio::test]
async fn single_readings_and_sweeps_of_one_work_after_a_coupled_sweep() {
    let mut bench = bench(Some(STRAIGHT), linked()).await;
    for level in [0.2, -0.3] {
        bench.duo.sweep(&grid(7), &grid(7)).await.unwrap();
        let row = bench.duo.read(level, level + 0.01).await.unwrap();
        is_ten_kilohms(&row.base);
        is_ten_kilohms(&row.probe);
        assert!(row.skew.unwrap().uncertainty > 0.0);
    }
    let [mut base, mut probe] = bench.duo.split().await.unwrap();
    for smu in [&mut base, &mut probe] {
        for reading in smu.list_sweep(&grid(5)).await.unwrap() {
            is_ten_kilohms(&reading);
        }
        smu.output_off().await.unwrap();
    }
    assert!(!bench.base.output_is_on() && !bench.probe.output_is_on());
}

#[tokio::test]
async fn what_the_coupling_changed_is_as_before() {
    const ASKED: &str = ":TRIG:SOUR?;:TRIG:DIR?;:TRIG:ILIN?;:TRIG:OLIN?;:TRIG:INP?;:TRIG:OUTP?";
    let mut bench = bench(Some(STRAIGHT), linked()).await;
    bench.duo.sweep(&grid(3), &grid(3)).await.unwrap();
    for station in [&mut bench.base, &mut bench.probe] {
        let session = station.connect();
        let answer = session.query(ASKED, Duration::from_secs(1)).await.unwrap();
        assert_eq!(answer, b"IMM;ACC;1;2;SOUR;NONE");
        assert_eq!(session.query(":SYST:ERR?", Duration::from_secs(1)).await.unwrap()[..2], *b"0,");
    }
}

#[tokio::test]
async fn more_levels_than_a_list_holds_come_back_in_their_order() {
    let mut bench = bench(Some(STRAIGHT), linked()).await;
    let levels: Vec<_> = (0..5003).map(|it| f64::from(it * 7919 % 40_001) * 5e-5 - 1.0).collect();
    let beyond: Vec<_> = levels.iter().rev().copied().collect();
    let rows = bench.duo.sweep(&levels, &beyond).await.unwrap();
    assert_eq!(rows.len(), levels.len());
    for (index, row) in rows.iter().enumerate() {
        assert_eq!((row.base.level, row.probe.level), (levels[index], beyond[index]));
        is_ten_kilohms(&row.base);
        is_ten_kilohms(&row.probe);
        assert!(row.probe.time >= row.base.time);
    }
    // 2500 points at a time: more are a settings conflict with the arm layer's count.
    assert_eq!(bench.base.said().iter().filter(|it| *it == "> :INIT").count(), 3);
}

#[tokio::test]
async fn either_may_lead_on_any_lines_that_the_cable_joins() {
    let crossed: &[(u32, u32)] = &[(2, 1), (1, 2)];
    let own = |output, input| Some(Lines { output, input });
    for (cable, wiring) in [
        (STRAIGHT, Wiring { leader: Side::Probe, base: None, probe: None }),
        (STRAIGHT, Wiring { leader: Side::Base, base: own(3, 4), probe: None }),
        (STRAIGHT, Wiring { leader: Side::Base, base: None, probe: own(4, 3) }),
        (crossed, Wiring { leader: Side::Base, base: own(2, 1), probe: own(2, 1) }),
    ] {
        let mut bench = bench(Some(cable), Coupling::TriggerLink(wiring)).await;
        for _ in 0..2 {
            let rows = bench.duo.sweep(&grid(11), &grid(11)).await.unwrap();
            // The follower may be on its way to its first wait when the leader begins.
            for row in &rows[1..] {
                let late = row.probe.time - row.base.time;
                let late = if wiring.leader == Side::Base { late } else { -late };
                assert!((0.0..=LATENCY + 2e-4).contains(&late), "{wiring:?} {row:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_cable_the_error_names_it_and_both_are_left_in_step() {
    // One wire of two is no better.
    for cable in [None, Some(&[(2, 2)][..]), Some(&[(1, 1)][..])] {
        let mut bench = bench(cable, linked()).await;
        let error = bench.duo.sweep(&grid(3), &grid(3)).await.unwrap_err();
        assert!(matches!(error, SmuError::NoTrigger { .. }), "{error}");
        assert_eq!(
            error.to_string(),
            "no trigger came between \"a1\" and \"b1\" in 10 s: check the Trigger Link cable, \
             line 2 of \"a1\" must reach line 2 of \"b1\", line 1 of \"b1\" must reach line 1 of \"a1\""
        );
        let row = bench.duo.read(0.1, 0.2).await.unwrap();
        is_ten_kilohms(&row.base);
        is_ten_kilohms(&row.probe);
        bench.base.host.join(&bench.probe.host, Some(STRAIGHT));
        assert_eq!(bench.duo.sweep(&grid(3), &grid(3)).await.unwrap().len(), 3);
        bench.duo.output_off().await.unwrap();
        assert!(!bench.base.output_is_on() && !bench.probe.output_is_on());
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_sweep_leaves_nothing_behind_that_the_next_call_would_meet() {
    let mut bench = bench(None, linked()).await;
    for seconds in [0, 1, 5] {
        let limit = Duration::from_secs(seconds);
        let levels = grid(21);
        tokio::time::timeout(limit, bench.duo.sweep(&levels, &levels)).await.unwrap_err();
        let row = bench.duo.read(0.1, 0.2).await.unwrap();
        is_ten_kilohms(&row.base);
        is_ten_kilohms(&row.probe);
    }
    let levels = grid(21);
    tokio::time::timeout(Duration::from_secs(1), bench.duo.sweep(&levels, &levels))
        .await
        .unwrap_err();
    bench.duo.output_off().await.unwrap();
    assert!(!bench.base.output_is_on() && !bench.probe.output_is_on());
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_waits_for_ever_is_switched_off_without_a_question() {
    let mut bench = bench(None, linked()).await;
    let levels = grid(21);
    tokio::time::timeout(Duration::from_secs(1), bench.duo.sweep(&levels, &levels))
        .await
        .unwrap_err();
    for switch in bench.duo.kill_switches() {
        switch.off().await.unwrap();
    }
    // The links took both messages; the instruments act on what they have read.
    drop(bench.duo);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(!bench.base.output_is_on() && !bench.probe.output_is_on());
}

#[tokio::test]
async fn lists_of_different_length_are_refused_before_anything_is_sent() {
    let mut bench = bench(Some(STRAIGHT), linked()).await;
    let before = bench.base.said().len();
    let error = bench.duo.sweep(&[0.1, 0.2], &[0.1]).await.unwrap_err();
    assert!(matches!(error, SmuError::Unpaired { base: 2, probe: 1 }), "{error}");
    let error = bench.duo.sweep(&[0.1, 0.2], &[0.1, 1.3]).await.unwrap_err();
    assert!(matches!(error, SmuError::OutsideWindow { .. }), "{error}");
    assert_eq!(bench.base.said().len(), before);
    assert!(bench.duo.sweep(&[], &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn compliance_on_one_side_is_data_and_does_not_hold_up_the_other() {
    let more = [String::new(), "mismatch = { gain = \"70 %\" }\n".to_owned()];
    let mut bench = bench_of(more, Some(STRAIGHT), linked()).await;
    let levels = [0.5, 1.0, 0.5];
    let rows = bench.duo.sweep(&levels, &levels).await.unwrap();
    assert_eq!(
        rows.iter().map(|it| it.probe.in_compliance).collect::<Vec<_>>(),
        [false, true, false]
    );
    for row in &rows {
        assert!(!row.base.in_compliance);
        is_ten_kilohms(&row.base);
    }
}

/// Starts a sweep over a cable that has lost a wire, lets both come to where they wait for each
/// other, and does something to them.
async fn in_mid_sweep(bench: &mut Bench, act: impl FnOnce(&mut Station, &mut Station)) -> SmuError {
    let (levels, beyond) = (grid(101), grid(101));
    let Bench { base, probe, duo } = bench;
    let wait = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        act(base, probe);
    };
    let (result, ()) = tokio::join!(duo.sweep(&levels, &beyond), wait);
    result.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn when_one_loses_its_link_in_mid_sweep_the_other_is_aborted_at_once() {
    for loses_base in [false, true] {
        let mut bench = bench(Some(&[(2, 2)]), linked()).await;
        let began = tokio::time::Instant::now();
        let error = in_mid_sweep(
            &mut bench,
            |base, probe| {
                if loses_base { base.cut() } else { probe.cut() }
            },
        );
        let error = error.await.to_string();
        // The clock is virtual: nobody waited for a limit.
        assert!(began.elapsed() < Duration::from_secs(4));
        let (lost, other) = match loses_base {
            true => ("a1", &bench.probe),
            false => ("b1", &bench.base),
        };
        let expected = format!("the link to \"{lost}\" failed");
        assert!(error.starts_with(&expected), "{error}");
        assert!(other.said().iter().any(|it| it == "> :ABOR"));
        assert!(other.output_is_on());
        let error = bench.duo.output_off().await.unwrap_err().to_string();
        assert!(error.starts_with(&expected), "{error}");
        let other = if loses_base { &bench.probe } else { &bench.base };
        assert!(!other.output_is_on());
    }
}

#[tokio::test(start_paused = true)]
async fn when_one_loses_its_power_the_other_is_aborted_and_both_go_off() {
    let mut bench = bench(Some(&[(2, 2)]), linked()).await;
    let error = in_mid_sweep(&mut bench, |_, probe| {
        probe.host.with(|it| it.strike(firmware_sim::Fault::PowerCycle));
    });
    let error = error.await;
    assert!(matches!(error, SmuError::NoTrigger { .. }), "{error}");
    assert!(bench.base.output_is_on() && !bench.probe.output_is_on());
    // What the other says to a ramp that it is not set up for is an error; it is off all the same.
    let _ = bench.duo.output_off().await;
    assert!(!bench.base.output_is_on() && !bench.probe.output_is_on());
}

#[tokio::test]
async fn a_line_that_no_instrument_has_is_refused() {
    let own = |output, input| Some(Lines { output, input });
    for (lines, said) in
        [(own(5, 1), "line 5 of \"a1\": lines are 1 to 4"), (own(1, 0), "line 0 of")]
    {
        let (mut one, mut other) =
            (Station::new(&ten_kilohms(MODEL, "")), Station::new(&ten_kilohms(MODEL, "")));
        let base = configured("a1", MODEL, one.connect(), SETTINGS).await;
        let probe = configured("b1", MODEL, other.connect(), SETTINGS).await;
        let wiring = Wiring { base: lines, ..Wiring::default() };
        let error = Duo::new(base, probe, Coupling::TriggerLink(wiring)).unwrap_err().to_string();
        assert!(
            error.starts_with("\"a1\" and \"b1\" cannot be coupled by trigger-link: "),
            "{error}"
        );
        assert!(error.contains(said), "{error}");
    }
}
