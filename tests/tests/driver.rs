//! The driver against the simulator, byte for byte over a wire: two readings of one manual.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::time::Duration;

use memloop_tests::wire::{TEN_KILOHMS, Wire, configured, instrument, ready};
use smu::Reading;

const LIMIT: Duration = Duration::from_secs(5);

/// Levels within 1 V, on whole source codes, none twice, in no order.
fn scattered(count: usize) -> Vec<f64> {
    let golden = 0.618_033_988_749_894_9_f64;
    let code = |it: usize| ((it as f64 * golden).fract() * 40_000.0).round() - 20_000.0;
    (0..count).map(|it| code(it) / 20_000.0).collect()
}

#[track_caller]
fn is_of_10_kilohms(reading: &Reading, level: f64) {
    assert_eq!(reading.level, level);
    let current = reading.current.unwrap();
    assert!((current - level * 1e-4).abs() < 1e-9, "{current} A at {level} V");
    assert!(!reading.in_compliance && !reading.overflow, "{reading:?}");
}

/// Every reply that ends with an entry of the error queue says that there is none.
#[track_caller]
fn no_error_was_reported(wire: &Wire) {
    let said = wire.said();
    let entries = || said.iter().filter(|it| it.starts_with('<') && it.contains('"'));
    assert!(entries().count() > 0);
    for entry in entries() {
        assert!(entry.ends_with("0,\"No error\""), "{entry}");
    }
}

#[tokio::test]
async fn a_configured_instrument_has_its_output_off_and_an_empty_error_queue() {
    let (session, wire) = Wire::connect(instrument(TEN_KILOHMS));
    let smu = configured("a0", session.clone()).await;
    assert_eq!(smu.identity().model, "MODEL 2400");
    let back = smu.read_back();
    assert_eq!(back.compliance.to_string(), "105 uA");
    assert_eq!((back.nplc, back.four_wire), (1.0, false));
    assert_eq!(session.query(":SYST:ERR?", LIMIT).await.unwrap(), b"0,\"No error\"");
    no_error_was_reported(&wire);
    drop((smu, session));
    assert!(!wire.instrument().await.output_is_on());
}

#[tokio::test]
async fn sweeps_of_any_length_return_every_level_in_its_order() {
    let (mut smu, wire) = ready("a0", TEN_KILOHMS).await;
    let mut time = 0.0;
    for count in [1, 16, 100, 101, 2500, 2600, 3] {
        let levels = scattered(count);
        let readings = smu.list_sweep(&levels).await.unwrap();
        assert_eq!(readings.len(), count);
        for (reading, level) in readings.iter().zip(levels) {
            is_of_10_kilohms(reading, level);
            // A sweep of 2600 is two: no point of one is taken for a point of the other.
            assert!(reading.time > time, "{reading:?} after {time} s");
            time = reading.time;
        }
    }
    smu.output_off().await.unwrap();
    no_error_was_reported(&wire);
    drop(smu);
    assert!(!wire.instrument().await.output_is_on());
}

#[tokio::test]
async fn the_simulators_clock_keeps_the_time_that_the_driver_reckons_with() {
    let (mut smu, _) = ready("a0", TEN_KILOHMS).await;
    let readings = smu.list_sweep(&scattered(1000)).await.unwrap();
    let a_point = (readings[999].time - readings[0].time) / 999.0;
    let reckoned = smu.seconds_per_point();
    assert!((a_point / reckoned - 1.0).abs() < 0.1, "{a_point} s and {reckoned} s");
}

#[tokio::test]
async fn single_readings_and_sweeps_mix() {
    let (mut smu, wire) = ready("a0", TEN_KILOHMS).await;
    for round in 0..3 {
        let level = 0.25 * f64::from(round);
        is_of_10_kilohms(&smu.read(level).await.unwrap(), level);
        let levels = [0.5, -level, 0.75];
        let readings = smu.list_sweep(&levels).await.unwrap();
        for (reading, level) in readings.iter().zip(levels) {
            is_of_10_kilohms(reading, level);
        }
    }
    no_error_was_reported(&wire);
}

#[tokio::test]
async fn one_volt_and_a_microvolt_more_arrive_as_two_numbers() {
    let (session, wire) = Wire::connect(instrument(TEN_KILOHMS));
    let mut smu = configured("a0", session.clone()).await;
    smu.output_on().await.unwrap();
    smu.read(1.0).await.unwrap();
    smu.read(1.000001).await.unwrap();
    smu.stage(&[1.0, 1.000001]).await.unwrap();
    let held = session.query(":SOUR:LIST:VOLT?", LIMIT).await.unwrap();
    assert_eq!(String::from_utf8(held).unwrap(), "+1.000000E+00,+1.000001E+00");
    let said = wire.said();
    for line in ["> :SOUR:VOLT 1;", "> :SOUR:VOLT 1.000001;", "> :SOUR:LIST:VOLT 1,1.000001"] {
        assert!(said.iter().any(|it| it.starts_with(line)), "{line} is not in {said:?}");
    }
}

#[tokio::test]
async fn compliance_is_data_on_the_reading_that_met_it() {
    let six = "accuracy = \"0 %\"\ndevice = { preset = \"resistor\", resistance = \"6 kOhm\" }";
    let (mut smu, wire) = ready("a0", six).await;
    let readings = smu.list_sweep(&[0.3, 0.9, -0.9, 0.6]).await.unwrap();
    let limiting: Vec<_> = readings.iter().map(|it| it.in_compliance).collect();
    assert_eq!(limiting, [false, true, true, false]);
    assert!((readings[1].current.unwrap() - 105e-6).abs() < 1e-7, "{readings:?}");
    no_error_was_reported(&wire);
}

#[tokio::test]
async fn the_output_is_on_between_on_and_off_only() {
    let (session, wire) = Wire::connect(instrument(TEN_KILOHMS));
    let mut smu = configured("a0", session.clone()).await;
    for _ in 0..2 {
        assert_eq!(session.query(":OUTP?", LIMIT).await.unwrap(), b"0");
        smu.output_on().await.unwrap();
        assert_eq!(session.query(":OUTP?", LIMIT).await.unwrap(), b"1");
        is_of_10_kilohms(&smu.read(1.0).await.unwrap(), 1.0);
        smu.output_off().await.unwrap();
    }
    no_error_was_reported(&wire);
    drop((smu, session));
    assert!(!wire.instrument().await.output_is_on());
}

#[tokio::test]
async fn the_kill_switch_needs_no_fetch_before() {
    let (mut smu, wire) = ready("a0", TEN_KILOHMS).await;
    smu.stage(&scattered(2500)).await.unwrap();
    smu.start().await.unwrap();
    smu.kill_switch().off().await.unwrap();
    drop(smu);
    assert!(!wire.instrument().await.output_is_on());

    // A driver that is only dropped says nothing: it was the switch.
    let (smu, wire) = ready("a0", TEN_KILOHMS).await;
    drop(smu);
    assert!(wire.instrument().await.output_is_on());
}
