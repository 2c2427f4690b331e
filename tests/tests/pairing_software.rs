//! Two instruments that the host starts back to back, beside a pair that a cable starts.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod pairing_bench;

use pairing_bench::{SETTINGS, Station, configured, ten_kilohms};
use smu::{Coupling, Duo, DuoReading, SmuError, Wiring};

const MODEL: &str = "keithley-2400";
/// From one's source to the other's, s.
const LATENCY: f64 = 225e-6;

async fn duo(coupling: Coupling, probe_settings: &str) -> (Duo, [Station; 2]) {
    let config = ten_kilohms(MODEL, "");
    let (mut base, mut probe) = (Station::new(&config), Station::new(&config));
    base.host.join(&probe.host, None);
    let at = configured("a1", MODEL, base.connect(), SETTINGS).await;
    let beyond = configured("b1", MODEL, probe.connect(), probe_settings).await;
    let mut duo = Duo::new(at, beyond, coupling).unwrap();
    duo.output_on().await.unwrap();
    (duo, [base, probe])
}

fn levels(count: usize) -> Vec<f64> {
    (0..count).map(|it| 0.01 * it as f64).collect()
}

/// The largest distance in time, s, and the largest uncertainty.
fn largest(rows: &[DuoReading]) -> (f64, f64) {
    let skews = || rows.iter().map(|it| it.skew.unwrap());
    let seconds = skews().map(|it| it.seconds.abs()).fold(0.0, f64::max);
    (seconds, skews().map(|it| it.uncertainty).fold(0.0, f64::max))
}

#[tokio::test]
async fn a_coupling_is_within_its_latency_and_software_within_what_the_host_measured() {
    let slower = SETTINGS.replace("source_delay = \"1 ms\"", "source_delay = \"3 ms\"");
    let count = 50;
    let (mut software, _stations) = duo(Coupling::Software, &slower).await;
    let by_host = software.sweep(&levels(count), &levels(count)).await.unwrap();
    let (mut linked, _stations) = duo(Coupling::TriggerLink(Wiring::default()), &slower).await;
    let by_link = linked.sweep(&levels(count), &levels(count)).await.unwrap();

    // Each runs at its own speed: at every point the probe is 2 ms further behind.
    let last = by_host.last().unwrap().skew.unwrap();
    let first = by_host[0].skew.unwrap();
    let drift = 2e-3 * (count - 1) as f64;
    assert!((last.seconds - first.seconds - drift).abs() < 2e-4, "{first:?} {last:?}");
    assert!(first.uncertainty > 0.0);
    // The link makes the faster one wait, so the distance stays what it was.
    let (seconds, uncertainty) = largest(&by_link);
    assert!(seconds < LATENCY + 2e-4 && seconds < 0.1 * drift, "{seconds} s");
    // 1.125e-4 of the latency, and two ticks of 1 ms.
    assert!((uncertainty - 2.1125e-3).abs() < 1e-9, "{uncertainty}");
}

#[tokio::test]
async fn readings_are_the_same_from_run_to_run_and_only_the_skew_is_of_this_machine() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (mut duo, _stations) = duo(Coupling::Software, SETTINGS).await;
        let rows = duo.sweep(&levels(20), &levels(20)).await.unwrap();
        runs.push(rows.iter().map(|it| (it.base, it.probe)).collect::<Vec<_>>());
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn a_single_reading_of_both_says_how_long_it_took() {
    let (mut duo, _stations) = duo(Coupling::Software, SETTINGS).await;
    let row = duo.read(0.3, 0.35).await.unwrap();
    assert_eq!((row.base.level, row.probe.level), (0.3, 0.35));
    let skew = row.skew.unwrap();
    assert!(skew.uncertainty > 0.0 && skew.seconds.abs() <= skew.uncertainty, "{skew:?}");
    let refused = duo.read(0.3, 1.3).await.unwrap_err();
    assert!(matches!(refused, SmuError::OutsideWindow { .. }), "{refused}");
}

#[tokio::test]
async fn channels_are_of_one_instrument() {
    let config = ten_kilohms(MODEL, "");
    let (mut one, mut other) = (Station::new(&config), Station::new(&config));
    let base = configured("a1", MODEL, one.connect(), SETTINGS).await;
    let probe = configured("b1", MODEL, other.connect(), SETTINGS).await;
    let error = Duo::new(base, probe, Coupling::Channels).unwrap_err().to_string();
    assert!(error.contains("keithley-2400 does not start two channels together"), "{error}");
}
