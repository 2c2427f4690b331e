//! Two 2450s whose digital ports are joined, driven as one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod pairing_bench;

use std::time::Duration;

use pairing_bench::{SETTINGS, Station, configured, ten_kilohms};
use smu::{Coupling, Duo, Lines, Reading, Side, SmuError, Wiring};

const MODEL: &str = "keithley-2450";

async fn duo(cable: Option<&[(u32, u32)]>, wiring: Wiring) -> (Duo, [Station; 2]) {
    let config = ten_kilohms(MODEL, "");
    let (mut base, mut probe) = (Station::new(&config), Station::new(&config));
    if let Some(cable) = cable {
        base.host.join(&probe.host, Some(cable));
    }
    let at = configured("a1", MODEL, base.connect(), SETTINGS).await;
    let beyond = configured("b1", MODEL, probe.connect(), SETTINGS).await;
    let mut duo = Duo::new(at, beyond, Coupling::DigitalLines(wiring)).unwrap();
    duo.output_on().await.unwrap();
    (duo, [base, probe])
}

#[track_caller]
fn is_ten_kilohms(reading: &Reading) {
    let found = reading.current.unwrap();
    assert!((found - reading.level * 1e-4).abs() < 5e-9, "{reading:?}");
}

fn one_wire(line: u32) -> Wiring {
    Wiring { base: Some(Lines { output: line, input: line }), ..Wiring::default() }
}

#[tokio::test]
async fn two_wires_or_one_make_the_two_take_turns_and_the_outputs_stay_on() {
    let probe_leads = Wiring { leader: Side::Probe, ..Wiring::default() };
    let cases: [(&[(u32, u32)], Wiring); 3] = [
        (&[(1, 1), (2, 2)], Wiring::default()),
        (&[(1, 1), (2, 2)], probe_leads),
        (&[(3, 3)], one_wire(3)),
    ];
    for (cable, wiring) in cases {
        let (mut duo, stations) = duo(Some(cable), wiring).await;
        for count in [21, 1, 30] {
            let levels: Vec<_> = (0..count).map(|it| 0.9 - 0.02 * f64::from(it)).collect();
            let beyond: Vec<_> = levels.iter().map(|it| it + 0.05).collect();
            let rows = duo.sweep(&levels, &beyond).await.unwrap();
            assert_eq!(rows.len(), levels.len());
            for (index, row) in rows.iter().enumerate() {
                assert_eq!((row.base.level, row.probe.level), (levels[index], beyond[index]));
                is_ten_kilohms(&row.base);
                is_ten_kilohms(&row.probe);
                assert!(row.skew.unwrap().seconds.abs() < 1e-4, "{wiring:?} {row:?}");
            }
            assert!(stations.iter().all(Station::output_is_on));
            let row = duo.read(0.1, 0.2).await.unwrap();
            is_ten_kilohms(&row.base);
            is_ten_kilohms(&row.probe);
        }
        duo.output_off().await.unwrap();
        assert!(!stations.iter().any(Station::output_is_on));
    }
}

#[tokio::test]
async fn more_levels_than_a_list_holds_come_back_in_their_order() {
    let (mut duo, _stations) = duo(Some(&[(1, 1), (2, 2)]), Wiring::default()).await;
    let levels: Vec<_> = (0..2600).map(|it| f64::from(it * 7919 % 40_001) * 5e-5 - 1.0).collect();
    let beyond: Vec<_> = levels.iter().rev().copied().collect();
    let rows = duo.sweep(&levels, &beyond).await.unwrap();
    assert_eq!(rows.len(), levels.len());
    for (index, row) in rows.iter().enumerate() {
        assert_eq!((row.base.level, row.probe.level), (levels[index], beyond[index]));
        is_ten_kilohms(&row.base);
        is_ten_kilohms(&row.probe);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_wire_the_error_names_it_and_both_are_left_in_step() {
    for cable in [None, Some(&[(1, 1)][..]), Some(&[(2, 2)][..])] {
        let (mut duo, stations) = duo(cable, Wiring::default()).await;
        let error = duo.sweep(&[0.1, 0.2], &[0.1, 0.2]).await.unwrap_err();
        assert!(matches!(error, SmuError::NoTrigger { .. }), "{error}");
        assert!(
            error.to_string().contains("line 1 of \"a1\" must reach line 1 of \"b1\""),
            "{error}"
        );
        let row = duo.read(0.1, 0.2).await.unwrap();
        is_ten_kilohms(&row.base);
        is_ten_kilohms(&row.probe);
        // A dropped sweep is no different.
        let (levels, limit) = ([0.1, 0.2], Duration::from_secs(1));
        tokio::time::timeout(limit, duo.sweep(&levels, &levels)).await.unwrap_err();
        duo.output_off().await.unwrap();
        assert!(!stations.iter().any(Station::output_is_on));
    }
}
